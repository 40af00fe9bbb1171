"""What every act of memory needs, and the window through which a scope is seen on a branch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ramet.kernel.clock import Clock, now_us
from ramet.kernel.errors import NotFoundError
from ramet.kernel.scope import ID_NAMES, Scope
from ramet.memory import filters
from ramet.memory.index import Encoder
from ramet.memory.limits import Limits
from ramet.memory.model import Branch, Content, Version
from ramet.memory.partitions import (
    ACTIVE,
    SUPERSEDED,
    Mask,
    Part,
    Partition,
    Partitions,
    anchor_of,
    lineage,
    parts_of,
    visible,
)
from ramet.memory.ports import LanguageModel, MemoryStore, PartitionRow, Reader

Place = tuple[Part, int]
"""A row of a part."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The ports and limits that memory's services work with."""

    store: MemoryStore
    encoder: Encoder
    partitions: Partitions
    limits: Limits = field(default_factory=Limits)
    clock: Clock = now_us
    llm: LanguageModel | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which of a scope's memories are asked for."""

    filter: filters.Filter = field(default_factory=lambda: filters.parse(None))
    as_of_us: int | None = None
    now_us: int = 0
    include_superseded: bool = False
    show_expired: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """A scope on a branch at one moment: the rows of each branch of the lineage, loaded."""

    reader: Reader
    scope: Scope
    branch: Branch
    parts: Sequence[Part]

    def masks(self, conditions: Conditions) -> list[Mask]:
        """Return, for each part, the rows that the conditions let through."""
        return [self._mask(part, conditions) for part in self.parts]

    def rows(self, masks: Sequence[Mask]) -> Iterator[Place]:
        """Yield the rows let through, nearest branch first."""
        for part, mask in zip(self.parts, masks, strict=True):
            for row in np.flatnonzero(mask).tolist():
                yield part, row

    def records(self, places: Sequence[Place]) -> list[tuple[Version, Content]]:
        """Return the versions at some rows, with their contents."""
        contents = self.contents(places)
        return [(part.partition.version(row), content) for (part, row), content in zip(places, contents, strict=True)]

    def contents(self, places: Sequence[Place]) -> list[Content]:
        """Return the contents at some rows."""
        found: dict[str, Content] = {}
        for part in self.parts:
            rows = [row for other, row in places if other is part]
            found.update((content.id, content) for content in part.partition.contents(self.reader, rows))
        return [found[part.partition.rows[row].content_id] for part, row in places]

    def _scoped(self, part: Part) -> Mask:
        mask = visible(part)
        covered = part.partition.scope_mask(self.scope, part.columns.size)
        return mask if covered is None else mask & covered

    def _mask(self, part: Part, wanted: Conditions) -> Mask:
        columns = part.columns
        mask = self._scoped(part)
        state = columns.state
        if wanted.include_superseded or wanted.as_of_us is not None:
            mask &= (state == ACTIVE) | (state == SUPERSEDED)
        else:
            mask &= state == ACTIVE
        if wanted.as_of_us is not None:
            mask &= (columns.valid_from <= wanted.as_of_us) & (columns.valid_to > wanted.as_of_us)
        if not wanted.show_expired:
            mask &= columns.expires_at > wanted.now_us
        if not wanted.filter.is_empty:
            mask = self._filtered(part, mask, wanted.filter)
        return mask

    def _filtered(self, part: Part, mask: Mask, wanted: filters.Filter) -> Mask:
        rows = np.flatnonzero(mask).tolist()
        contents = part.partition.contents(self.reader, rows)
        kept = np.zeros(len(mask), np.bool_)
        kept[
            [n for n, content in zip(rows, contents, strict=True) if wanted.matches(getter(part.partition, n, content))]
        ] = True
        return kept


def open_window(
    engine: Engine, reader: Reader, scope: Scope, branch_name: str, known_at_us: int | None = None
) -> Window:
    """Load what a scope sees on a branch, now or as it was known at a time.

    Raises:
        NotFoundError: there is no such branch.
    """
    branches = reader.branches()
    branch = find_branch(branches, branch_name)
    at_seq = reader.head().seq if known_at_us is None else reader.seq_at(known_at_us)
    line = lineage(branches, branch, at_seq)
    parts = parts_of(engine.partitions, reader, scope.project, line, anchor_of(scope))
    return Window(reader, scope, branch, parts)


def find_branch(branches: Sequence[Branch], name: str) -> Branch:
    """Return the branch of a name."""
    for branch in branches:
        if branch.name == name:
            return branch
    known = ", ".join(branch.name for branch in branches)
    raise NotFoundError(f"Branch {name!r} was not found.", remedy=f"Branches of this project: {known}.")


def getter(partition: Partition, row: int, content: Content) -> Callable[[str], Any]:
    """Return what a filter reads the fields of a row with."""
    return lambda name: _field(name, partition.rows[row], partition.scopes[partition.rows[row].scope_ref], content)


def _field(name: str, row: PartitionRow, scope: Scope, content: Content) -> Any:  # noqa: ANN401 - JSON values
    if name in ID_NAMES:
        value = getattr(scope, name)
        return filters.MISSING if value is None else value
    if name in _ROW_FIELDS:
        return getattr(row, _ROW_FIELDS[name])
    if name in ("role", "name"):
        value = getattr(content, name)
        return filters.MISSING if value is None else value
    return _descend(content.metadata, name)


def _descend(metadata: Any, name: str) -> Any:  # noqa: ANN401 - JSON values
    if isinstance(metadata, dict) and name in metadata:
        return metadata[name]
    first, dot, rest = name.partition(".")
    if dot and isinstance(metadata, dict) and first in metadata:
        return _descend(metadata[first], rest)
    return filters.MISSING


_ROW_FIELDS = {
    "id": "memory_id",
    "kind": "kind",
    "created_at": "created_us",
    "updated_at": "updated_us",
    "said_at": "said_us",
    "valid_from": "valid_from_us",
    "valid_to": "valid_to_us",
    "expires_at": "expires_us",
}


def current(reader: Reader, line: Sequence[tuple[int, int]], memory_id: str) -> Version | None:
    """Return the version that a lineage sees of a memory, tombstones included; ``None`` if it never saw one."""
    for branch_id, at_seq in line:
        seen = [v for v in reader.chain(branch_id, memory_id) if v.seq_from <= at_seq < v.seq_to]
        if seen:
            return seen[-1]
    return None
