"""The visible rows of several views under one numbering: *positions*, from 0 to `size - 1`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ramet.memory.corpus import NO_ROW, Labels, Sessions, View

Positions = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]

_LARGE = 4096
"""Positions from which the leading components preselect: below, the vectors fit into the processor's cache."""

_GATHER_BELOW = 1 / 4
"""Below this share of visible rows, gathering their vectors first is faster than multiplying all."""


@dataclass(frozen=True)
class Part:
    """One view within a scope. `rows` are its visible rows, ascending, or None when all are."""

    view: View
    rows: NDArray[np.int64] | None
    offset: int

    @property
    def size(self) -> int:
        return self.view.size if self.rows is None else len(self.rows)

    def similarities(self, vector: Floats, *, leading: bool) -> Floats:
        vectors = self.view.leading if leading else self.view.vectors
        vector = vector[: vectors.shape[1]]
        if self.rows is None:
            return vectors @ vector
        if len(self.rows) < len(vectors) * _GATHER_BELOW:
            return vectors[self.rows] @ vector
        similarities: Floats = (vectors @ vector)[self.rows]
        return similarities

    def find(self, term: int) -> tuple[Positions, Floats]:
        rows, counts = self.view.postings.find(term)
        if self.rows is None:
            return rows + self.offset if self.offset else rows, counts
        positions = self._position_of_row[rows]
        seen = positions != NO_ROW
        return positions[seen], counts[seen]

    def column(self, name: str) -> NDArray[Any]:
        column: NDArray[Any] = getattr(self.view, name)
        return column if self.rows is None else column[self.rows]

    def neighbours(self, name: str) -> NDArray[Any]:
        """Return the positions that a column of rows points to."""
        column = self.column(name)
        if self.rows is None and not self.offset:
            return column
        return self._position_of_row.take(column, mode="clip")

    @cached_property
    def _position_of_row(self) -> Positions:
        positions = np.full(self.view.size + 1, NO_ROW, np.int64)
        positions[slice(0, -1) if self.rows is None else self.rows] = np.arange(self.offset, self.offset + self.size)
        return positions


class Scope:
    """What one search may see: parts end to end."""

    def __init__(self, views: Sequence[View], masks: Sequence[NDArray[np.bool_]] | None) -> None:
        self.parts: list[Part] = []
        offset = 0
        for number, view in enumerate(views):
            mask = masks[number] if masks is not None else None
            rows = None if mask is None or mask.all() else np.flatnonzero(mask[: view.size])
            part = Part(view, rows, offset)
            self.parts.append(part)
            offset += part.size
        self.size = offset
        self.is_large = offset > _LARGE and all(view.leading.shape[1] for view in views)

    def similarities(self, vector: Floats) -> Floats:
        """Return the cosine of every position with `vector` (n,); of a large scope, what the leading components say."""
        return _joined([part.similarities(vector, leading=self.is_large) for part in self.parts])

    def vectors(self, positions: Positions) -> Floats:
        """Return the unit vectors of `positions` (k, d)."""
        if len(self.parts) == 1:
            (part,) = self.parts
            found: Floats = part.view.vectors[positions if part.rows is None else part.rows[positions]]
            return found
        rows = [self.parts[segment].view.vectors[row] for segment, row in self.locate(positions)]
        return np.array(rows, np.float32).reshape(len(rows), -1)

    def find(self, term: int) -> tuple[Positions, Floats]:
        """Return the positions that hold `term`, each once, and how often."""
        if len(self.parts) == 1:
            return self.parts[0].find(term)
        found = [part.find(term) for part in self.parts]
        return np.concatenate([rows for rows, _ in found]), np.concatenate([counts for _, counts in found])

    def column(self, name: str) -> NDArray[Any]:
        """Return a column of the views (n,)."""
        return _joined([part.column(name) for part in self.parts])

    @cached_property
    def previous(self) -> NDArray[Any]:
        """The position before, in the same run of the same view, or `NO_ROW`."""
        return _joined([part.neighbours("previous") for part in self.parts])

    @cached_property
    def following(self) -> NDArray[Any]:
        """The position after, in the same run of the same view, or `NO_ROW`."""
        return _joined([part.neighbours("following") for part in self.parts])

    @cached_property
    def run(self) -> tuple[NDArray[Any], Labels]:
        """The code of each position's run, -1 for none, and what the codes stand for."""
        return self._labelled("run", [part.view.runs for part in self.parts])

    @cached_property
    def speaker(self) -> tuple[NDArray[Any], Labels]:
        """The code of each position's speaker, -1 for none, and what the codes stand for."""
        return self._labelled("speaker", [part.view.speakers for part in self.parts])

    @cached_property
    def sessions(self) -> Sessions:
        """The size of each run, by code."""
        if len(self.parts) == 1 and self.parts[0].rows is None:
            return self.parts[0].view.sessions
        run, labels = self.run
        return Sessions.of(run, self.column("length"), len(labels))

    def locate(self, positions: Positions) -> list[tuple[int, int]]:
        """Return (segment, row) of each position."""
        if len(self.parts) == 1:
            rows = self.parts[0].rows
            return [(0, row) for row in (positions if rows is None else rows[positions]).tolist()]
        starts = np.array([part.offset for part in self.parts])
        numbers = np.searchsorted(starts, positions, side="right") - 1
        located = []
        for number, position in zip(numbers.tolist(), positions.tolist(), strict=True):
            part = self.parts[number]
            inside = position - part.offset
            located.append((number, inside if part.rows is None else int(part.rows[inside])))
        return located

    def _labelled(self, name: str, labels: Sequence[Labels]) -> tuple[NDArray[Any], Labels]:
        """Join a column of codes, translated to one set of labels where the parts have their own."""
        columns = [part.column(name) for part in self.parts]
        if all(own is labels[0] for own in labels):
            return _joined(columns), labels[0]
        merged = Labels()
        tables = [np.array([*map(merged.code, own.names()), -1]) for own in labels]
        return np.concatenate([table[column] for table, column in zip(tables, columns, strict=True)]), merged


def _joined(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
