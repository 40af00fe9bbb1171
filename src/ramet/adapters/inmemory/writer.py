"""Writing one project: on a copy of its tables, which commit publishes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ramet.adapters.inmemory.reader import InMemoryReader
from ramet.adapters.inmemory.tables import Tables, as_json
from ramet.kernel.clock import Clock, tick, to_iso
from ramet.kernel.errors import ConflictError
from ramet.kernel.ids import new_id
from ramet.kernel.journal import Operation, OpKind
from ramet.kernel.scope import Scope
from ramet.memory import codec
from ramet.memory.model import Branch, Content
from ramet.memory.ports import Change, Erasure, IndexRow


class InMemoryWriter(InMemoryReader):
    """Implements `ramet.memory.ports.Writer`.

    Args:
        tables: the copy to write on.
        project: the name of the project.
        clock: wall time in microseconds.
        replica: the store's id.
        scope_refs: numbers for new scopes, never given twice.
        publish: called with the tables at commit.
        others: the tables of all other projects.
    """

    def __init__(
        self,
        tables: Tables,
        project: str,
        *,
        clock: Clock,
        replica: str,
        scope_refs: Iterator[int],
        publish: Callable[[Tables], None],
        others: Sequence[Tables],
    ) -> None:
        super().__init__(tables)
        self._project = project
        self._clock = clock
        self._replica = replica
        self._new_refs = scope_refs
        self._publish = publish
        self._others = others
        self._refs = {scope: ref for ref, scope in tables.scopes.items()}

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
        if idempotency_key is not None and idempotency_key in self._tables.by_key:
            raise ConflictError("An operation was committed under this idempotency key before.")
        for content in contents:
            self._tables.keep(content)
        self._tables.index_all(index_rows)
        now_us = self._clock()
        payload = codec.change_to_json(change, now_us, self._scope_ref)
        return self._journal(kind, payload, branch_id, principal, at_us=now_us, key=idempotency_key)

    def erase(self, erasure: Erasure, *, principal: str) -> Operation:
        payload = {
            "memories": list(erasure.memory_ids),
            "episodes": list(erasure.episode_ids),
            "contents": len(erasure.content_ids),
        }
        self._delete_contents(erasure.content_ids)
        for scope in erasure.scopes:
            self._forget(scope)
        op = self._journal(OpKind.ERASE, payload, 0, principal)
        self._tables.new_epoch()
        return op

    def delete_branch(self, branch: Branch, *, principal: str) -> Operation:
        unneeded = self._tables.unneeded_without(branch.id)
        payload = {"branch": branch.id, "name": branch.name}
        op = self._journal(OpKind.DELETE_BRANCH, payload, branch.id, principal)
        self._delete_contents(unneeded)
        self._tables.new_epoch()
        return op

    def reindex(self, rows: Sequence[IndexRow]) -> None:
        self._tables.index_all(rows)
        self._tables.new_epoch()

    def foreign(self, ids: Iterable[str]) -> list[str]:
        return [id for id in ids if any(tables.holds(id) for tables in self._others)]

    def commit(self) -> None:
        self._publish(self._tables)

    def _journal(
        self,
        kind: OpKind,
        payload: codec.Json,
        branch_id: int,
        principal: str,
        *,
        at_us: int | None = None,
        key: str | None = None,
    ) -> Operation:
        head = self._tables.head
        hlc = tick(head.hlc, self._clock() if at_us is None else at_us)
        op = Operation(
            self._project, head.seq + 1, new_id(), hlc, self._replica, branch_id, principal, kind, as_json(payload), key
        )
        self._tables.record(op)
        self._tables.project(op)
        return op

    def _delete_contents(self, content_ids: Iterable[str]) -> None:
        for content_id in content_ids:
            self._tables.contents.pop(content_id, None)
            self._tables.index.pop(content_id, None)

    def _scope_ref(self, scope: Scope) -> int:
        if scope not in self._refs:
            self._refs[scope] = next(self._new_refs)
            self._tables.scopes[self._refs[scope]] = scope
        return self._refs[scope]

    def _forget(self, scope: Scope) -> None:
        """Replace the ids of an erased scope by a token that says when, so that not even they can be read."""
        ref = self._scope_ref(scope)
        self._tables.forget_scope(ref, f"erased:{to_iso(self._clock())}:{ref}")
        del self._refs[scope]
