"""Changing what is known: update, delete, supersede, merge, undo. All are new versions; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ramet.kernel.clock import FOREVER_US
from ramet.kernel.errors import ConflictError, NotFoundError, ValidationError
from ramet.kernel.ids import new_id
from ramet.kernel.journal import Operation, OpKind
from ramet.kernel.scope import Scope
from ramet.memory import inputs, present
from ramet.memory.engine import Conditions, Engine, current, find_branch, open_window
from ramet.memory.index import lexical_row
from ramet.memory.model import MAIN, Branch, Content, State, Version
from ramet.memory.partitions import lineage
from ramet.memory.ports import Change, IndexRow, Reader, Writer
from ramet.memory.reading import not_found

_UNDOABLE: Final = frozenset(
    {OpKind.ADD, OpKind.UPDATE, OpKind.SUPERSEDE, OpKind.MERGE, OpKind.DELETE, OpKind.UNDO, OpKind.IMPORT,
     OpKind.MERGE_BRANCH}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change is made, and by whom."""

    project: str
    branch: str = MAIN
    principal: str = "local"


@dataclass(frozen=True, slots=True)
class Patch:
    """What an update changes; ``None`` leaves a field as it is."""

    text: str | None = None
    metadata: Mapping[str, Any] | None = None
    expires_us: int | None = None


def update(engine: Engine, place: Place, memory_id: str, patch: Patch) -> Operation:
    """Write a new version under the same id. Metadata merges; without a new text nothing is embedded.

    Raises:
        NotFoundError: there is no such memory, or it was deleted.
        LimitError: with what was there, the metadata is too large.
    """
    row = None
    if patch.text is not None:
        (row,) = engine.encoder.rows([Content(new_id(), patch.text)])
    with engine.store.write(place.project) as writer:
        branch, line = _here(writer, place)
        version = _living(writer, line, memory_id)
        old = writer.contents([version.content_id])[version.content_id]
        content = _patched(old, patch, row.content_id if row else new_id())
        inputs.read_metadata(content.metadata, engine.limits)
        row = lexical_row(content, row or replace(writer.index_rows([old.id])[old.id], content_id=content.id))
        changed = version.evolve(
            content_id=content.id,
            updated_us=max(engine.clock(), version.updated_us + 1),
            expires_us=version.expires_us if patch.expires_us is None else patch.expires_us,
            event="UPDATE",
        )
        op = _append(writer, OpKind.UPDATE, [changed], branch, place, [content], [row])
        writer.commit()
        return op


def _patched(old: Content, patch: Patch, content_id: str) -> Content:
    metadata = {**old.metadata, **(patch.metadata or {})}
    if patch.text is None or patch.text == old.text:
        return replace(old, id=content_id, metadata=metadata)
    return replace(old, id=content_id, text=patch.text, metadata=metadata, entities=(), relations=(), slot=None)


def delete(engine: Engine, place: Place, memory_id: str) -> Operation:
    """Close a memory. It can be undone; ``erase`` can't.

    Raises:
        NotFoundError: there is no such memory, or it was deleted already.
    """
    with engine.store.write(place.project) as writer:
        branch, line = _here(writer, place)
        version = _living(writer, line, memory_id)
        op = _append(writer, OpKind.DELETE, [_tombstone(version, engine.clock())], branch, place)
        writer.commit()
        return op


def delete_all(engine: Engine, place: Place, scope: Scope) -> tuple[Operation | None, int]:
    """Close all memories of a scope, in one operation; return it and how many there were."""
    with engine.store.write(place.project) as writer:
        window = open_window(engine, writer, scope, place.branch)
        living = list(window.rows(window.masks(_EVERYTHING)))
        if not living:
            return None, 0
        now = engine.clock()
        gone = [_tombstone(part.partition.version(row), now) for part, row in living]
        op = _append(writer, OpKind.DELETE, gone, window.branch, place)
        writer.commit()
        return op, len(gone)


def supersede(engine: Engine, place: Place, memory_ids: Sequence[str], text: str, kind: OpKind) -> present.Record:
    """Write one new memory that takes the place of others; they stay readable as superseded.

    Raises:
        NotFoundError: one of them does not exist.
        ValidationError: they belong to different scopes.
        ConflictError: one of them was superseded before.
    """
    content = Content(new_id(), text)
    (row,) = engine.encoder.rows([content])
    now = engine.clock()
    with engine.store.write(place.project) as writer:
        branch, line = _here(writer, place)
        olds = [_living(writer, line, memory_id) for memory_id in dict.fromkeys(memory_ids)]
        _check_replaceable(olds)
        old_contents = writer.contents([v.content_id for v in olds])
        merged = _merged_metadata([old_contents[v.content_id] for v in olds])
        content = replace(content, metadata=inputs.read_metadata(merged, engine.limits))
        new = _successor(olds, content, now)
        ended = [
            v.evolve(
                state=State.SUPERSEDED, superseded_by=new.memory_id, valid_to_us=max(now, v.valid_from_us),
                updated_us=now, event="SUPERSEDE",
            )
            for v in olds
        ]  # fmt: skip
        op = _append(writer, kind, [*ended, new], branch, place, [content], [row])
        writer.commit()
    previous = " / ".join(old_contents[v.content_id].text for v in olds)
    return {"results": [present.written(new, content, previous=previous)], "operation_id": op.op_id}


def _check_replaceable(olds: Sequence[Version]) -> None:
    if len({v.scope for v in olds}) > 1:
        raise ValidationError(
            "Memories of different scopes can't be merged.", code="VALIDATION_010", remedy="Merge within one scope."
        )
    for version in olds:
        if version.state is State.SUPERSEDED:
            raise ConflictError(
                f"Memory {version.memory_id} was superseded by {version.superseded_by} already.",
                remedy="Supersede that one, or undo the operation that did it.",
            )


def _merged_metadata(contents: Sequence[Content]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for content in contents:
        merged.update(content.metadata)
    return merged


def _successor(olds: Sequence[Version], content: Content, now: int) -> Version:
    return olds[0].evolve(
        memory_id=new_id(),
        content_id=content.id,
        state=State.ACTIVE,
        created_us=now,
        updated_us=now,
        said_us=now,
        valid_from_us=now,
        valid_to_us=FOREVER_US,
        expires_us=olds[0].expires_us if olds[0].expires_us > now else FOREVER_US,
        supersedes=tuple(v.memory_id for v in olds),
        superseded_by=None,
        sources=tuple(dict.fromkeys(source for v in olds for source in v.sources)),
        event="ADD",
    )


def undo(engine: Engine, place: Place, op_id: str) -> Operation:
    """Restore what each memory was before an operation. An undo can be undone.

    Raises:
        NotFoundError: there is no such operation.
        ConflictError: it can't be undone, or a memory that it touched was changed since.
    """
    with engine.store.write(place.project) as writer:
        op, change = _undoable(writer, op_id)
        branches = writer.branches()
        branch = next((b for b in branches if b.id == op.branch_id), None)
        if branch is None:
            raise ConflictError(f"Operation {op_id} is of a branch that was deleted.", remedy="")
        before = lineage(branches, branch, op.seq - 1)
        restored = [
            _restored(writer, before, version, engine.clock())
            for version in {v.memory_id: v for v in change.versions}.values()
        ]
        done = writer.append(
            OpKind.UNDO, Change(versions=restored, undoes=op_id), branch_id=branch.id, principal=place.principal
        )
        writer.commit()
        return done


def _undoable(reader: Reader, op_id: str) -> tuple[Operation, Change]:
    found = reader.operation(op_id)
    if found is None:
        raise NotFoundError(f"Operation {op_id!r} was not found.", remedy="add, update and delete return their id.")
    op, change = found
    if op.kind not in _UNDOABLE:
        raise ConflictError(
            f"An operation of kind {op.kind.value} can't be undone.", remedy="Delete the branch, or add anew."
        )
    return op, change


def _restored(reader: Reader, before: Sequence[tuple[int, int]], version: Version, now: int) -> Version:
    chain = reader.chain(version.branch_id, version.memory_id)
    if not chain:
        raise ConflictError(f"Memory {version.memory_id} was erased.", remedy="What was erased can't come back.")
    if chain[-1].seq_from != version.seq_from:
        raise ConflictError(
            f"Memory {version.memory_id} was changed since by operation {chain[-1].seq_from}.",
            remedy="Undo the later operations first; history(memory_id) lists them.",
        )
    former = former_version(reader, before, version.memory_id)
    return _tombstone(version, now).evolve(event="UNDO") if former is None else former.evolve(event="UNDO")


def former_version(reader: Reader, line: Sequence[tuple[int, int]], memory_id: str) -> Version | None:
    """Return what a lineage saw of a memory at its sequence number, though it may be closed by now."""
    for branch_id, at_seq in line:
        seen = [v for v in reader.chain(branch_id, memory_id) if v.seq_from <= at_seq]
        if seen:
            return seen[-1]
    return None


def _here(writer: Writer, place: Place) -> tuple[Branch, list[tuple[int, int]]]:
    branches = writer.branches()
    branch = find_branch(branches, place.branch)
    return branch, lineage(branches, branch, writer.head().seq)


def _living(reader: Reader, line: Sequence[tuple[int, int]], memory_id: str) -> Version:
    version = current(reader, line, memory_id)
    if version is None or version.state is State.DELETED:
        raise not_found(memory_id)
    return version


def _tombstone(version: Version, now: int) -> Version:
    return version.evolve(state=State.DELETED, updated_us=now, event="DELETE")


def _append(  # noqa: PLR0917 - one line of the journal
    writer: Writer,
    kind: OpKind,
    versions: Sequence[Version],
    branch: Branch,
    place: Place,
    contents: Sequence[Content] = (),
    index_rows: Sequence[IndexRow] = (),
) -> Operation:
    return writer.append(
        kind,
        Change(versions=versions),
        branch_id=branch.id,
        principal=place.principal,
        contents=contents,
        index_rows=index_rows,
    )


_EVERYTHING: Final = Conditions(include_superseded=True, show_expired=True)
