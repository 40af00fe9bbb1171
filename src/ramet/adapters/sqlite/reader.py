"""Reading one project inside a transaction."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apsw

from ramet.adapters.sqlite import queries, rows
from ramet.kernel.clock import wall_us_of
from ramet.kernel.errors import CorruptionError
from ramet.kernel.journal import Head, Operation
from ramet.kernel.scope import ID_NAMES, Scope
from ramet.memory import codec
from ramet.memory.model import MAIN, Branch, Content, Episode, Version
from ramet.memory.ports import Change, Commit, IndexedRow, IndexRow

_NO_PROJECT = 0  # SQLite's integer keys begin at 1


class SqliteReader:
    """Implements `ramet.memory.ports.Reader` over one connection."""

    def __init__(self, connection: apsw.Connection, project: str) -> None:
        self._connection = connection
        self._sql = queries.load()
        self._scopes: dict[int, Scope] = {}
        self._project = project
        row = self._one("project", project)
        self._ref = row[0] if row else _NO_PROJECT
        self._head = Head(*row[1:]) if row else Head()

    def head(self) -> Head:
        return self._head

    def branches(self) -> list[Branch]:
        return [Branch(0, MAIN), *(Branch(*row) for row in self._all("branches", self._ref))]

    def scopes(self, anchor: tuple[str, str] | None) -> dict[int, Scope]:
        sql, values = self._sql["scopes"], [self._ref]
        if anchor is not None:
            name, value = anchor
            sql, values = f"{sql} AND {ID_NAMES[ID_NAMES.index(name)]} = ?", [self._ref, value]
        found = {row[0]: Scope(self._project, *row[1:]) for row in self._connection.execute(sql, values)}
        self._scopes.update(found)
        return found

    def partition(self, branch_id: int, anchor: tuple[str, str], after_seq: int, up_to_seq: int) -> list[IndexedRow]:
        found: list[IndexedRow] = []
        for ref in self.scopes(anchor):
            found.extend(map(IndexedRow._make, self._all("partition", ref, branch_id, after_seq, up_to_seq)))
        found.sort(key=_by_commit)
        return found

    def chain(self, branch_id: int, memory_id: str) -> list[Version]:
        return [rows.version(row, self._scope_of) for row in self._all("chain", memory_id, branch_id, self._ref)]

    def contents(self, ids: Iterable[str]) -> dict[str, Content]:
        return {row[0]: rows.content(row) for row in self._all("contents", codec.dump(list(ids)), self._ref)}

    def tokens(self, content_ids: Sequence[str]) -> list[bytes | None]:
        found: dict[str, bytes] = dict(self._all("tokens", codec.dump(list(content_ids)), self._ref))
        return [found.get(content_id) for content_id in content_ids]

    def index_rows(self, content_ids: Iterable[str]) -> dict[str, IndexRow]:
        found = (self._one("index_row", content_id, self._ref) for content_id in content_ids)
        return {row[0]: rows.index(row) for row in found if row is not None}

    def episodes(self, ids: Iterable[str]) -> list[Episode]:
        found = (self._one("episode", episode_id, self._ref) for episode_id in ids)
        return sorted((self._episode(row) for row in found if row is not None), key=_by_said)

    def episodes_of(self, scope_refs: Iterable[int]) -> list[Episode]:
        found = (self._episode(row) for ref in scope_refs for row in self._all("episodes_of_scope", ref, self._ref))
        return sorted(found, key=_by_said)

    def versions_of(self, scope_refs: Iterable[int]) -> list[Version]:
        found = (
            rows.version(r, self._scope_of)
            for ref in scope_refs
            for r in self._all("versions_of_scope", ref, self._ref)
        )
        return sorted(found, key=lambda v: (v.seq_from, v.ordinal))

    def relations(self, branch_id: int, anchor: tuple[str, str]) -> list[tuple[str, str, str, str]]:
        return [row for ref in self.scopes(anchor) for row in self._all("relations", ref, branch_id)]

    def operation(self, op_id: str) -> tuple[Operation, Change] | None:
        return self._operation(self._one("operation_by_id", self._ref, op_id))

    def operation_by_key(self, idempotency_key: str) -> tuple[Operation, Change] | None:
        return self._operation(self._one("operation_by_key", self._ref, idempotency_key))

    def operations(
        self, *, after_seq: int = 0, branch_id: int | None = None, limit: int = 1000
    ) -> list[tuple[Operation, Change]]:
        if branch_id is None:
            found = self._all("operations", self._ref, after_seq, limit)
        else:
            found = self._all("operations_of_branch", self._ref, branch_id, after_seq, limit)
        return [known for row in found if (known := self._operation(row)) is not None]

    def seq_at(self, time_us: int) -> int:
        row = self._one("first_seq", self._ref)
        kept = range(row[0], self._head.seq + 1) if row and row[0] else range(0)
        earlier = bisect_right(kept, time_us, key=lambda seq: self.commit_of(seq).time_us)
        return kept[earlier - 1] if earlier else 0

    def commit_of(self, seq: int) -> Commit:
        row = self._one("commit_of", self._ref, seq)
        if row is None:
            raise CorruptionError(f"Operation {seq} of project {self._project} is missing.")
        return Commit(row[0], wall_us_of(row[1]))

    def _operation(self, row: rows.Row | None) -> tuple[Operation, Change] | None:
        if row is None:
            return None
        op = rows.operation(self._project, row)
        return op, codec.change_from_json(op.payload, op.seq, op.branch_id, self._scope_of)

    def _episode(self, row: rows.Row) -> Episode:
        episode_id, content_id, scope, said_us, seq = row
        return Episode(episode_id, content_id, self._scope_of(scope), said_us, seq)

    def _scope_of(self, ref: int) -> Scope:
        if ref not in self._scopes:
            row = self._connection.execute(f"{self._sql['scopes']} AND id = ?", (self._ref, ref)).fetchone()
            if row is None:
                raise CorruptionError(f"Scope {ref} of project {self._project} is missing.")
            self._scopes[ref] = Scope(self._project, *row[1:])
        return self._scopes[ref]

    def _one(self, name: str, *values: Any) -> rows.Row | None:  # noqa: ANN401 - SQLite's values
        row: rows.Row | None = self._connection.execute(self._sql[name], values).fetchone()
        return row

    def _all(self, name: str, *values: Any) -> Iterator[rows.Row]:  # noqa: ANN401 - SQLite's values
        found: Iterator[rows.Row] = self._connection.execute(self._sql[name], values)
        return found


def _by_commit(row: IndexedRow) -> tuple[int, int]:
    return (row.seq_from, row.ordinal)


def _by_said(episode: Episode) -> tuple[int, str]:
    return (episode.seq, episode.id)
