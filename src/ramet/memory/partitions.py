"""The recall index in memory: per branch and anchor one partition, loaded on first use, extended with the journal.

A partition is a cache: bounded, valid for one sequence number, never needed for a right answer. An anchor is the one
id, the first given of user, agent, run and app, whose rows are loaded together; the other ids of a scope are a mask.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock, RLock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ramet.kernel.scope import ID_NAMES, Scope
from ramet.memory import codec
from ramet.memory.corpus import Documents, Segment, View
from ramet.memory.index import Encoder
from ramet.memory.model import Branch, Content, MemoryKind, State, Version
from ramet.memory.ports import IndexedRow, PartitionRow, Reader

Anchor = tuple[str, str]
Mask = NDArray[np.bool_]

STATES: Final = {state.value: code for code, state in enumerate(State)}
ACTIVE: Final = STATES[State.ACTIVE.value]
SUPERSEDED: Final = STATES[State.SUPERSEDED.value]
_HEAD: Final = len(PartitionRow._fields)
_BYTES_PER_ROW: Final = 700  # ids, rows and dictionaries in Python objects, measured


def anchor_of(scope: Scope) -> Anchor:
    """Return the id whose partition serves a scope."""
    return next((name, value) for name, value in zip(ID_NAMES, scope.ids, strict=True) if value is not None)


class Partition:
    """All versions that one branch holds in one anchor's scopes, in the order of commit."""

    def __init__(self, branch_id: int, anchor: Anchor, segment: Segment, epoch: int) -> None:
        self.branch_id = branch_id
        self.anchor = anchor
        self.epoch = epoch
        self.loaded_seq = 0
        self.rows: list[PartitionRow] = []
        self.rows_of: dict[str, list[int]] = {}
        self.rows_by_text: dict[int, list[int]] = {}
        self.rows_by_slot: dict[int, list[int]] = {}
        self.scopes: dict[int, Scope] = {}
        self._scope_refs = array("q")
        self._versions: dict[int, Version] = {}
        self._contents: dict[str, Content] = {}
        self._tokens: dict[int, NDArray[np.int8]] = {}
        self._token_bytes = 0
        self._segment = segment
        self._lock = RLock()

    @property
    def size_bytes(self) -> int:
        """Memory held, for the cache's bound."""
        objects = len(self.rows) + len(self._versions) + len(self._contents) + len(self._tokens)
        return self._segment.size_bytes + self._token_bytes + _BYTES_PER_ROW * objects

    def refresh(self, reader: Reader, up_to_seq: int) -> None:
        """Take in what was committed since the last time. Costs one indexed read per scope of the anchor."""
        if up_to_seq <= self.loaded_seq:
            return
        with self._lock:
            if up_to_seq <= self.loaded_seq:
                return
            found = reader.partition(self.branch_id, self.anchor, self.loaded_seq, up_to_seq)
            if any(row.scope_ref not in self.scopes for row in found):
                self.scopes = reader.scopes(self.anchor)
            self._append(found)
            self.loaded_seq = up_to_seq

    def view(self) -> View:
        """Return the columns as they are now."""
        return self._segment.view()

    def scope_mask(self, scope: Scope, size: int) -> Mask | None:
        """Return which of the first ``size`` rows a scope covers; ``None`` when it covers the whole anchor."""
        if len(scope.given()) == 1:
            return None
        covered = [ref for ref, other in self.scopes.items() if scope.covers(other)]
        with self._lock:
            refs = np.array(self._scope_refs, np.int64)[:size]
        return np.isin(refs, covered)

    def tokens(self, reader: Reader, encoder: Encoder, rows: Sequence[int]) -> list[NDArray[np.int8]]:
        """Return the rows' token vectors, read once and kept, for late interaction."""
        missing = [row for row in rows if row not in self._tokens]
        if missing:
            stored = reader.tokens([self.rows[row].content_id for row in missing])
            matrices = encoder.token_matrices([data or b"" for data in stored])
            self._tokens.update(zip(missing, matrices, strict=True))
            self._token_bytes += sum(matrix.nbytes for matrix in matrices)
        return [self._tokens[row] for row in rows]

    def scope_of(self, row: int) -> Scope:
        """Return the scope of a row."""
        return self.scopes[self.rows[row].scope_ref]

    def version(self, row: int) -> Version:
        """Return a row as the version it is, made once and kept."""
        found = self._versions.get(row)
        if found is None:
            found = self._versions[row] = self._version(self.rows[row])
        return found

    def _version(self, r: PartitionRow) -> Version:
        return Version(
            r.memory_id, r.content_id, self.scopes[r.scope_ref], MemoryKind(r.kind), State(r.state), r.created_us,
            r.updated_us, r.said_us, r.valid_from_us, r.valid_to_us, r.expires_us, branch_id=self.branch_id,
            seq_from=r.seq_from, ordinal=r.ordinal, **codec.read_details(r.details),
        )  # fmt: skip

    def contents(self, reader: Reader, rows: Sequence[int]) -> list[Content]:
        """Return the rows' contents, read once and kept, for filters."""
        ids = [self.rows[row].content_id for row in rows]
        missing = {content_id for content_id in ids if content_id not in self._contents}
        if missing:
            self._contents.update(reader.contents(missing))
        return [self._contents[content_id] for content_id in ids]

    def _append(self, found: Sequence[IndexedRow]) -> None:
        if not found:
            return
        first = len(self.rows)
        columns: Any = IndexedRow._make(zip(*found, strict=True))
        self._segment.extend(self._documents(columns))
        self.rows.extend(PartitionRow._make(row[:_HEAD]) for row in found)
        self._scope_refs.extend(columns.scope_ref)
        for n, row in enumerate(self.rows[first:], first):
            self._note(n, row)

    def _note(self, n: int, row: PartitionRow) -> None:
        known = self.rows_of.get(row.memory_id)
        if known is None:
            self.rows_of[row.memory_id] = [n]
        else:
            self._segment.succeed(known[-1], n)
            known.append(n)
        self.rows_by_text.setdefault(row.text_key, []).append(n)
        if row.slot_key is not None:
            self.rows_by_slot.setdefault(row.slot_key, []).append(n)

    def _documents(self, columns: Any) -> Documents:  # noqa: ANN401 - an IndexedRow of columns
        runs = {ref: scope.run_id for ref, scope in self.scopes.items()}
        return Documents(
            terms=columns.terms,
            vectors=columns.vector,
            run=[runs[ref] for ref in columns.scope_ref],
            speaker=columns.speaker,
            said_at_us=columns.said_us,
            is_question=columns.question,
            seq_from=columns.seq_from,
            valid_from=columns.valid_from_us,
            valid_to=columns.valid_to_us,
            expires_at=columns.expires_us,
            state=[STATES[state] for state in columns.state],
        )


class Partitions:
    """A cache of partitions, bounded in bytes; the least recently used go first."""

    def __init__(self, encoder: Encoder, max_bytes: int) -> None:
        self._encoder = encoder
        self._max_bytes = max_bytes
        self._kept: OrderedDict[tuple[str, int, Anchor], Partition] = OrderedDict()
        self._lock = Lock()

    def get(self, reader: Reader, project: str, branch_id: int, anchor: Anchor, up_to_seq: int) -> Partition:
        """Return the partition, complete up to a sequence number."""
        key = (project, branch_id, anchor)
        epoch = reader.head().epoch
        with self._lock:
            partition = self._kept.get(key)
            if partition is None or partition.epoch != epoch:
                segment = Segment(self._encoder.dimensions, leading=self._encoder.calibration.leading)
                partition = self._kept[key] = Partition(branch_id, anchor, segment, epoch)
            self._kept.move_to_end(key)
        if partition.loaded_seq < up_to_seq:
            partition.refresh(reader, up_to_seq)
            self._shrink()
        return partition

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def _shrink(self) -> None:
        with self._lock:
            total = sum(partition.size_bytes for partition in self._kept.values())
            while total > self._max_bytes and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                total -= dropped.size_bytes


@dataclass(frozen=True, slots=True)
class Part:
    """What one branch of a lineage contributes to a view: its rows up to ``at_seq``."""

    partition: Partition
    columns: View
    at_seq: int
    untouched: Mask | None


def lineage(branches: Sequence[Branch], branch: Branch, at_seq: int) -> list[tuple[int, int]]:
    """Return (branch id, sequence number up to which it is seen), the branch itself first, ``main`` last."""
    by_id = {b.id: b for b in branches}
    found = [(branch.id, at_seq)]
    while branch.parent_id is not None:
        at_seq = min(at_seq, branch.fork_seq)
        branch = by_id[branch.parent_id]
        found.append((branch.id, at_seq))
    return found


def parts_of(
    cache: Partitions, reader: Reader, project: str, line: Sequence[tuple[int, int]], anchor: Anchor
) -> list[Part]:
    """Return what each branch of a lineage shows of an anchor; a memory touched nearer hides it further up."""
    parts: list[Part] = []
    for branch_id, at_seq in line:
        partition = cache.get(reader, project, branch_id, anchor, at_seq)
        columns = partition.view()
        parts.append(Part(partition, columns, at_seq, _untouched(partition, columns.size, parts)))
    return parts


def _untouched(partition: Partition, size: int, nearer: Sequence[Part]) -> Mask | None:
    """Return which rows are of memories that no nearer branch has touched; ``None`` for all."""
    mask = None
    for part in nearer:
        seen_from = part.columns.seq_from
        for memory_id, rows in part.partition.rows_of.items():
            hidden = partition.rows_of.get(memory_id)
            if hidden and rows[0] < part.columns.size and seen_from[rows[0]] <= part.at_seq:
                mask = np.ones(size, np.bool_) if mask is None else mask
                mask[[row for row in hidden if row < size]] = False
    return mask


def visible(part: Part) -> Mask:
    """Return the rows that hold at the part's sequence number: one version of each memory at most."""
    columns = part.columns
    mask: Mask = columns.seq_to > part.at_seq
    if part.partition.loaded_seq > part.at_seq:
        mask &= columns.seq_from <= part.at_seq
    if part.untouched is not None:
        mask &= part.untouched
    return mask
