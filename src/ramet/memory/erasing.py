"""Erasing: removing for good, on every branch, with a receipt. The one act that can't be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ramet.kernel.clock import to_iso
from ramet.kernel.errors import BusyError, ValidationError
from ramet.kernel.journal import Operation, OpKind
from ramet.kernel.scope import Scope, parse_scope
from ramet.memory import receipts
from ramet.memory.changing import Place
from ramet.memory.engine import Engine
from ramet.memory.model import Episode, Version
from ramet.memory.partitions import anchor_of
from ramet.memory.ports import Erasure, Reader, Writer
from ramet.memory.reading import not_found
from ramet.memory.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Findings:
    """What an erase is about to remove."""

    versions: Sequence[Version] = ()
    episodes: Sequence[Episode] = ()
    content_ids: frozenset[str] = frozenset()
    scopes: Sequence[Scope] = ()

    @property
    def memory_ids(self) -> list[str]:
        return sorted({v.memory_id for v in self.versions})

    @property
    def episode_ids(self) -> list[str]:
        return sorted(e.id for e in self.episodes)

    def counts(self) -> dict[str, int]:
        """Return how many of each there are."""
        return {
            "memories": len(self.memory_ids),
            "versions": len(self.versions),
            "episodes": len(self.episodes),
            "contents": len(self.content_ids),
        }

    def erasure(self) -> Erasure:
        """Return the ids alone, as the store is told."""
        return Erasure(self.memory_ids, self.episode_ids, sorted(self.content_ids), self.scopes)


def erase(engine: Engine, place: Place, scope: Scope) -> Receipt:
    """Remove all that a scope covers, on every branch: memories, episodes, vectors, terms, and the scope's ids.

    Erasing again, when nothing is left, is harmless: it scrubs the files anew and returns a receipt of zeros.
    ``scrubbed`` is false, with a ``reason``, while another process still reads what was there; erase again later.

    Returns:
        A signed receipt, see `ramet.memory.receipts`. Costs a rewrite of the store's files.

    Raises:
        BusyError: another process held the write lock for too long; nothing was erased.
    """
    with engine.store.write(place.project) as writer:
        found = _of_scope(writer, scope)
        op, at_us = _record(writer, place, found)
    return _finish(engine, op, at_us, found, scope.given())


def erase_memories(engine: Engine, place: Place, memory_ids: Sequence[str]) -> Receipt:
    """Remove memories with all their versions on every branch, and the episodes that no other memory cites.

    What was said in an episode that another memory cites stays with that memory.

    Returns:
        A signed receipt, as ``erase`` does.

    Raises:
        NotFoundError: there is no such memory; nothing was erased.
    """
    wanted = list(dict.fromkeys(memory_ids))
    with engine.store.write(place.project) as writer:
        found = _of_memories(writer, wanted)
        op, at_us = _record(writer, place, found)
    return _finish(engine, op, at_us, found, {"memory_ids": wanted})


def verify_against(engine: Engine, receipt: object) -> list[str]:
    """Check a receipt by itself, and that the store holds nothing of what it says was erased.

    Returns:
        What is wrong, in sentences; nothing when all is as the receipt says.
    """
    key = receipts.sign({}, engine.store.signing_key())["public_key"]
    problems = receipts.verify_receipt(receipt, public_key=key)
    if problems or not isinstance(receipt, Mapping):
        return problems
    with engine.store.read(receipt["project"]) as reader:
        recorded = reader.operation(receipt["operation_id"])
        if recorded is None:
            return ["The store knows no such operation."]
        op, _ = recorded
        return [*_journal_problems(op, receipt), *_left_over(reader, op, receipt)]


def _of_scope(reader: Reader, scope: Scope) -> Findings:
    covered = {ref: other for ref, other in reader.scopes(anchor_of(scope)).items() if scope.covers(other)}
    versions, episodes = reader.versions_of(covered), reader.episodes_of(covered)
    return Findings(versions, episodes, _contents_of(versions, episodes), list(covered.values()))


def _of_memories(reader: Reader, memory_ids: Sequence[str]) -> Findings:
    branch_ids = [branch.id for branch in reader.branches()]
    chains = {m: [v for b in branch_ids for v in reader.chain(b, m)] for m in memory_ids}
    for memory_id, chain in chains.items():
        if not chain:
            raise not_found(memory_id)
    gone = [v for chain in chains.values() for v in chain]
    refs = _refs_of(reader, {v.scope for v in gone})
    staying = [v for v in reader.versions_of(refs) if v.memory_id not in chains]
    cited = {s.episode_id for v in staying for s in v.sources}
    sources = {s.episode_id for v in gone for s in v.sources}
    episodes = reader.episodes(sources - cited)
    needed = _contents_of(staying, reader.episodes(sources & cited))
    return Findings(gone, episodes, _contents_of(gone, episodes) - needed)


def _refs_of(reader: Reader, scopes: Iterable[Scope]) -> list[int]:
    return [ref for scope in scopes for ref, other in reader.scopes(anchor_of(scope)).items() if other == scope]


def _contents_of(versions: Iterable[Version], episodes: Iterable[Episode]) -> frozenset[str]:
    return frozenset([*(v.content_id for v in versions), *(e.content_id for e in episodes)])


def _record(writer: Writer, place: Place, found: Findings) -> tuple[Operation, int]:
    op = writer.erase(found.erasure(), principal=place.principal)
    at_us = writer.commit_of(op.seq).time_us
    writer.commit()
    return op, at_us


def _finish(engine: Engine, op: Operation, at_us: int, found: Findings, asked: Mapping[str, Any]) -> Receipt:
    """Scrub the files, then state and sign what was done."""
    engine.partitions.clear()
    reason = _scrub(engine)
    statement = {
        "format": receipts.FORMAT,
        "version": receipts.VERSION,
        "project": op.project,
        "asked": dict(asked),
        "counts": found.counts(),
        "digest": receipts.digest([*found.memory_ids, *found.episode_ids]),
        "erased_at": to_iso(at_us),
        "operation_id": op.op_id,
        "seq": op.seq,
        "replica": op.replica,
        "scrubbed": reason is None,
        "not_reached": list(receipts.NOT_REACHED),
    }
    return receipts.sign(statement if reason is None else {**statement, "reason": reason}, engine.store.signing_key())


def _scrub(engine: Engine) -> str | None:
    """Return why the files still hold erased bytes, ``None`` when they don't."""
    try:
        engine.store.scrub()
    except BusyError as error:
        return f"{error.message} Erase again when no other process reads."
    return None


def _journal_problems(op: Operation, receipt: Mapping[str, Any]) -> list[str]:
    if op.kind is not OpKind.ERASE or op.seq != receipt["seq"]:
        return ["The operation in the store is another one."]
    if receipts.digest([*op.payload["memories"], *op.payload["episodes"]]) != receipt["digest"]:
        return ["The operation in the store erased other ids."]
    return []


def _left_over(reader: Reader, op: Operation, receipt: Mapping[str, Any]) -> list[str]:
    """Look for what the operation erased, and for older rows of the scope that was asked for."""
    branch_ids = [branch.id for branch in reader.branches()]
    erased = op.payload.get("memories", ())
    memories = [m for m in erased if any(reader.chain(b, m) for b in branch_ids)]
    problems = [f"Memory {memory_id} is in the store again." for memory_id in memories]
    problems += [f"Episode {e.id} is in the store again." for e in reader.episodes(op.payload.get("episodes", ()))]
    if "memory_ids" in receipt["asked"]:
        return problems
    try:
        found = _of_scope(reader, parse_scope(op.project, **receipt["asked"]))
    except (ValidationError, TypeError):
        return [*problems, "What was asked is no scope."]
    older = sum(row <= op.seq for row in (*(v.seq_from for v in found.versions), *(e.seq for e in found.episodes)))
    return [*problems, f"{older} rows of the scope are older than the erasure."] if older else problems
