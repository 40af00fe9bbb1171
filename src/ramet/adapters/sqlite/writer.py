"""Writing one project inside a transaction: a journal row, and the projections that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import apsw

from ramet.adapters.sqlite import rows
from ramet.adapters.sqlite.reader import SqliteReader
from ramet.kernel.clock import FOREVER_US, Clock, tick, to_iso
from ramet.kernel.errors import ConflictError, CorruptionError
from ramet.kernel.ids import new_id
from ramet.kernel.journal import Head, Operation, OpKind
from ramet.kernel.scope import Scope
from ramet.memory import codec
from ramet.memory.model import Branch, Content, Episode, Version
from ramet.memory.ports import Change, Erasure, IndexRow


class SqliteWriter(SqliteReader):
    """Implements `ramet.memory.ports.Writer` over the writing connection."""

    def __init__(self, connection: apsw.Connection, project: str, *, clock: Clock, replica: str) -> None:
        super().__init__(connection, project)
        self._clock = clock
        self._replica = replica
        self._scope_refs: dict[Scope, int] = {}
        if not self._ref:
            row = self._one("add_project", project)
            if row is None:
                raise CorruptionError(f"Project {project} could not be added.")
            self._ref, self._head = row[0], Head(*row[1:])

    def append(
        self,
        kind: OpKind,
        change: Change,
        *,
        branch_id: int = 0,
        principal: str,
        contents: Sequence[Content] = (),
        index_rows: Sequence[IndexRow] = (),
        idempotency_key: str | None = None,
    ) -> Operation:
        if idempotency_key is not None and self._one("operation_by_key", self._ref, idempotency_key):
            raise ConflictError("An operation was committed under this idempotency key before.")
        self._add_contents(contents)
        self._add_index(index_rows)
        now_us = self._clock()
        payload = codec.change_to_json(change, now_us, self._scope_ref)
        op = self._journal(kind, payload, branch_id=branch_id, principal=principal, now_us=now_us, key=idempotency_key)
        placed = tuple(
            v.evolve(branch_id=branch_id, seq_from=op.seq, ordinal=n, seq_to=FOREVER_US)
            for n, v in enumerate(change.versions)
        )
        self.project_change(op, replace(change, versions=placed))
        return op

    def project_change(self, op: Operation, change: Change) -> None:
        """Write what follows from a journal row into the projections. Rebuilding goes through here too."""
        if change.branch is not None:
            b = change.branch
            row = (self._ref, op.seq, b.name, b.parent_id, b.fork_seq, op.payload["at"])
            self._connection.execute(self._sql["add_branch"], row)
        self._add_episodes(op, change.episodes)
        self._add_versions(op, change.versions)

    def erase(self, erasure: Erasure, *, principal: str) -> Operation:
        payload = {
            "memories": list(erasure.memory_ids),
            "episodes": list(erasure.episode_ids),
            "contents": len(erasure.content_ids),
        }
        self._delete_contents(erasure.content_ids)
        self._forget_scopes(erasure.scopes)
        op = self._journal(OpKind.ERASE, payload, branch_id=0, principal=principal, now_us=self._clock())
        self.project_erasure(erasure.memory_ids, erasure.episode_ids)
        self._connection.execute(self._sql["new_epoch"], (self._ref,))
        return op

    def project_erasure(self, memory_ids: Iterable[str], episode_ids: Iterable[str]) -> None:
        """Remove memories and episodes from the projections."""
        self._each("delete_versions", ((memory_id,) for memory_id in memory_ids))
        self._each("delete_episode", ((episode_id,) for episode_id in episode_ids))

    def delete_branch(self, branch: Branch, *, principal: str) -> Operation:
        payload = {"branch": branch.id, "name": branch.name}
        now_us = self._clock()
        op = self._journal(OpKind.DELETE_BRANCH, payload, branch_id=branch.id, principal=principal, now_us=now_us)
        self._delete_contents(self.project_branch_deletion(branch.id))
        self._connection.execute(self._sql["new_epoch"], (self._ref,))
        return op

    def project_branch_deletion(self, branch_id: int) -> set[str]:
        """Remove a branch's rows; return the ids of the contents that nothing needs any more.

        Episodes stay when a memory that lives on elsewhere (after a merge) cites them.
        """
        gone: list[tuple[str, str]] = list(self._all("delete_versions_of_branch", branch_id, self._ref))
        survivors = [v for memory_id in {row[0] for row in gone} for v in self._anywhere(memory_id)]
        kept = {source.episode_id for v in survivors for source in v.sources}
        episodes = self._all("episodes_of_branch", branch_id, self._ref)
        dropped = [row for row in list(episodes) if row[0] not in kept]
        self._each("delete_episode", ((row[0],) for row in dropped))
        self._connection.execute(self._sql["delete_branch"], (self._ref, branch_id))
        contents = {row[1] for row in gone} | {row[1] for row in dropped}
        needed = {v.content_id for v in survivors} | {e.content_id for e in self.episodes(kept)}
        return contents - needed

    def reindex(self, index_rows: Sequence[IndexRow]) -> None:
        self._each("delete_tokens", ((row.content_id,) for row in index_rows))
        self._add_index(index_rows)
        self._connection.execute(self._sql["new_epoch"], (self._ref,))

    def foreign(self, ids: Iterable[str]) -> list[str]:
        return [found for found in ids if self._one("foreign", found, found, found, self._ref) is not None]

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def _journal(
        self,
        kind: OpKind,
        payload: codec.Json,
        *,
        branch_id: int,
        principal: str,
        now_us: int,
        key: str | None = None,
    ) -> Operation:
        hlc = tick(self._head.hlc, now_us)
        ((seq,),) = self._all("advance", hlc, self._ref)
        self._head = replace(self._head, seq=seq, hlc=hlc)
        op = Operation(self._project, seq, new_id(), hlc, self._replica, branch_id, principal, kind, payload, key)
        row = (self._ref, seq, op.op_id, hlc, self._replica, branch_id, principal, kind.value, codec.dump(payload), key)
        self._connection.execute(self._sql["add_operation"], row)
        return op

    def _add_contents(self, contents: Sequence[Content]) -> None:
        self._each("add_content", (rows.content_row(content, self._ref) for content in contents))
        self.project_relations(contents)

    def project_relations(self, contents: Iterable[Content]) -> None:
        """Write the relations that contents state."""
        stated = ((c.id, r.source, r.type, r.target) for c in contents for r in c.relations)
        self._each("add_relation", stated)

    def _add_index(self, index_rows: Sequence[IndexRow]) -> None:
        self._each("add_index", map(rows.index_row, index_rows))
        self._each("add_tokens", ((row.content_id, row.tokens) for row in index_rows if row.tokens is not None))

    def _add_episodes(self, op: Operation, episodes: Sequence[Episode]) -> None:
        self._each(
            "add_episode",
            ((e.id, e.content_id, self._scope_ref(e.scope), op.branch_id, e.said_us, op.seq) for e in episodes),
        )

    def _add_versions(self, op: Operation, versions: Sequence[Version]) -> None:
        """Open the new versions; each closes the one that its memory had on the branch.

        A sibling is closed at once: it was never what the branch held to be so.
        """
        self._each("close_version", ((op.seq, v.memory_id, op.branch_id) for v in versions if v.event != "ADD"))
        last = {v.memory_id: v.ordinal for v in versions}
        closed = (v if last[v.memory_id] == v.ordinal else v.evolve(seq_to=op.seq) for v in versions)
        self._each("add_version", (rows.version_row(v, self._scope_ref(v.scope)) for v in closed))

    def _anywhere(self, memory_id: str) -> list[Version]:
        return [rows.version(row, self._scope_of) for row in self._all("versions_anywhere", memory_id)]

    def _delete_contents(self, content_ids: Iterable[str]) -> None:
        keys = [(content_id,) for content_id in content_ids]
        for statement in ("delete_content", "delete_index", "delete_tokens", "delete_relations"):
            self._each(statement, keys)

    def _forget_scopes(self, scopes: Sequence[Scope]) -> None:
        """Replace the ids of erased scopes by a token that says when, so that not even they can be read."""
        for scope in scopes:
            ref = self._scope_ref(scope)
            token = f"erased:{to_iso(self._clock())}:{ref}"
            self._connection.execute(self._sql["forget_scope"], (token, ref))
        self._scopes.clear()
        self._scope_refs.clear()

    def _scope_ref(self, scope: Scope) -> int:
        known = self._scope_refs.get(scope)
        if known is None:
            row = self._one("scope_ref", self._ref, *scope.ids) or self._one("add_scope", self._ref, *scope.ids)
            if row is None:
                raise CorruptionError("A scope could not be added.")
            known = self._scope_refs[scope] = row[0]
        return known

    def _each(self, name: str, values: Iterable[tuple[object, ...]]) -> None:
        self._connection.executemany(self._sql[name], values)
