"""Reading one project: a snapshot of its tables."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final

from ramet.adapters.inmemory.tables import Tables
from ramet.kernel.clock import wall_us_of
from ramet.kernel.errors import CorruptionError
from ramet.kernel.journal import Head, Operation
from ramet.kernel.scope import Scope
from ramet.memory import codec
from ramet.memory.model import MAIN, Branch, Content, Episode, Version
from ramet.memory.ports import Change, Commit, IndexedRow, IndexRow

_seq_of_op: Final = attrgetter("seq")
_seq_from: Final = attrgetter("seq_from")


class InMemoryReader:
    """Implements `ramet.memory.ports.Reader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def head(self) -> Head:
        return self._tables.head

    def branches(self) -> list[Branch]:
        return [Branch(0, MAIN), *(branch for _, branch in sorted(self._tables.branches.items()))]

    def scopes(self, anchor: tuple[str, str] | None) -> dict[int, Scope]:
        scopes = self._tables.scopes
        return {ref: s for ref, s in scopes.items() if anchor is None or getattr(s, anchor[0]) == anchor[1]}

    def partition(self, branch_id: int, anchor: tuple[str, str], after_seq: int, up_to_seq: int) -> list[IndexedRow]:
        refs = {scope: ref for ref, scope in self.scopes(anchor).items()}
        versions, index = self._tables.versions, self._tables.index
        first, last = (bisect_right(versions, seq, key=_seq_from) for seq in (after_seq, up_to_seq))
        return [
            _partition_row(v, refs[v.scope], index[v.content_id])
            for v in versions[first:last]
            if v.branch_id == branch_id and v.scope in refs and v.content_id in index
        ]

    def chain(self, branch_id: int, memory_id: str) -> list[Version]:
        return self._tables.chain((branch_id, memory_id))

    def contents(self, ids: Iterable[str]) -> dict[str, Content]:
        known = self._tables.contents
        return {content_id: self._tables.content(content_id) for content_id in ids if content_id in known}

    def tokens(self, content_ids: Sequence[str]) -> list[bytes | None]:
        found = self.index_rows(content_ids)
        return [found[content_id].tokens if content_id in found else None for content_id in content_ids]

    def index_rows(self, content_ids: Iterable[str]) -> dict[str, IndexRow]:
        index = self._tables.index
        return {content_id: index[content_id] for content_id in content_ids if content_id in index}

    def episodes(self, ids: Iterable[str]) -> list[Episode]:
        kept = self._tables.episodes
        return sorted((kept[e].episode for e in ids if e in kept), key=_by_said)

    def episodes_of(self, scope_refs: Iterable[int]) -> list[Episode]:
        wanted = self._named(scope_refs)
        return sorted((e for e, _ in self._tables.episodes.values() if e.scope in wanted), key=_by_said)

    def versions_of(self, scope_refs: Iterable[int]) -> list[Version]:
        wanted = self._named(scope_refs)
        lines = [line for line, chain in self._tables.chains.items() if chain[0].scope in wanted]
        return sorted((v for line in lines for v in self._tables.chain(line)), key=attrgetter("seq_from", "ordinal"))

    def relations(self, branch_id: int, anchor: tuple[str, str]) -> list[tuple[str, str, str, str]]:
        ids = {v.content_id for v in self.versions_of(self.scopes(anchor)) if v.branch_id == branch_id}
        found = {(c.id, r.source, r.type, r.target) for c in self.contents(ids).values() for r in c.relations}
        return sorted(found)

    def operation(self, op_id: str) -> tuple[Operation, Change] | None:
        return self._operation(self._tables.by_id.get(op_id))

    def operation_by_key(self, idempotency_key: str) -> tuple[Operation, Change] | None:
        return self._operation(self._tables.by_key.get(idempotency_key))

    def operations(
        self, *, after_seq: int = 0, branch_id: int | None = None, limit: int = 1000
    ) -> list[tuple[Operation, Change]]:
        later = self._tables.journal[bisect_right(self._tables.journal, after_seq, key=_seq_of_op) :]
        wanted = [op for op in later if branch_id is None or op.branch_id == branch_id]
        return [(op, self._tables.change(op)) for op in wanted[:limit]]

    def commit_of(self, seq: int) -> Commit:
        if not 1 <= seq <= self._tables.head.seq:
            raise CorruptionError(f"Operation {seq} is missing.")
        op = self._tables.journal[seq - 1]
        return Commit(op.op_id, wall_us_of(op.hlc))

    def seq_at(self, time_us: int) -> int:
        journal = self._tables.journal
        at = bisect_right(journal, time_us, key=_committed_us)
        return journal[at - 1].seq if at else 0

    def _operation(self, op: Operation | None) -> tuple[Operation, Change] | None:
        return None if op is None else (op, self._tables.change(op))

    def _named(self, scope_refs: Iterable[int]) -> set[Scope]:
        return {self._tables.scopes[ref] for ref in scope_refs if ref in self._tables.scopes}


def _partition_row(v: Version, scope_ref: int, index: IndexRow) -> IndexedRow:
    return IndexedRow(
        v.memory_id, v.content_id, scope_ref, v.seq_from, v.ordinal, v.state.value, v.kind.value, v.created_us,
        v.updated_us, v.said_us, v.valid_from_us, v.valid_to_us, v.expires_us, codec.write_details(v), index.text_key,
        index.slot_key, index.speaker, index.question, index.terms, index.vector,
    )  # fmt: skip


def _committed_us(op: Operation) -> int:
    return wall_us_of(op.hlc)


def _by_said(episode: Episode) -> tuple[int, str]:
    return (episode.seq, episode.id)
