"""Branches of memory: fork in O(1), see what differs, merge with nothing lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ramet.kernel.clock import to_iso
from ramet.kernel.errors import ConflictError, LimitError, ValidationError
from ramet.kernel.journal import Operation, OpKind
from ramet.memory import present
from ramet.memory.changing import Place, former_version
from ramet.memory.engine import Engine, find_branch
from ramet.memory.model import MAIN, Branch, State, Version
from ramet.memory.partitions import lineage
from ramet.memory.ports import Change, Reader

Line = Sequence[tuple[int, int]]
_NAME: Final = re.compile(r"[\w][\w./-]{0,127}")
_BATCH: Final = 500


def fork(engine: Engine, place: Place, name: str) -> Branch:
    """Begin a branch at this moment of ``place.branch``. One row, whatever the size.

    Raises:
        ValidationError: the name is malformed.
        ConflictError: the name is taken.
        LimitError: too many branches, or too deep.
    """
    if not _NAME.fullmatch(name):
        raise ValidationError(
            f"{name!r} is no name for a branch.",
            code="VALIDATION_011",
            remedy="Use letters, digits and . / - _, at most 128, beginning with a letter or digit.",
        )
    with engine.store.write(place.project) as writer:
        branches = writer.branches()
        parent = find_branch(branches, place.branch)
        if any(b.name == name for b in branches):
            raise ConflictError(f"Branch {name!r} exists already.", remedy="Choose another name or delete it first.")
        if len(branches) >= engine.limits.branches:
            raise LimitError(f"There are {len(branches)} branches already.", remedy="Delete some.")
        if len(lineage(branches, parent, 0)) > engine.limits.branch_depth:
            raise LimitError(
                f"{place.branch!r} is {engine.limits.branch_depth} forks deep.",
                remedy="Merge it, then fork its parent.",
            )
        seq = writer.head().seq
        op = writer.append(
            OpKind.FORK, Change(branch=Branch(0, name, parent.id, seq)), branch_id=parent.id, principal=place.principal
        )
        writer.commit()
        return Branch(op.seq, name, parent.id, seq, engine.clock())


def branches(engine: Engine, project: str) -> list[present.Record]:
    """Return all branches with their parents and when they left them."""
    with engine.store.read(project) as reader:
        found = reader.branches()
    names = {b.id: b.name for b in found}
    return [
        {
            "name": b.name,
            "parent": None if b.parent_id is None else names[b.parent_id],
            "fork_seq": b.fork_seq,
            "created_at": to_iso(b.created_us) if b.created_us else None,
        }
        for b in found
    ]


def delete_branch(engine: Engine, place: Place) -> Operation:
    """Remove a branch and all that only it knew.

    Raises:
        ConflictError: it is ``main``, or other branches grew from it.
    """
    with engine.store.write(place.project) as writer:
        found = writer.branches()
        branch = find_branch(found, place.branch)
        children = [b.name for b in found if b.parent_id == branch.id]
        if branch.name == MAIN:
            raise ConflictError("The branch main can't be deleted.", remedy="delete_all closes its memories.")
        if children:
            raise ConflictError(
                f"Branch {branch.name!r} has children: {', '.join(children)}.", remedy="Delete them first."
            )
        op = writer.delete_branch(branch, principal=place.principal)
        writer.commit()
        return op


@dataclass(frozen=True, slots=True)
class Difference:
    """What two lines hold of one memory, and what both held when they parted. ``None``: it was never there."""

    memory_id: str
    base: Version | None
    left: Version | None
    right: Version | None


def differences(reader: Reader, left: Branch, right: Branch) -> list[Difference]:
    """Compare all memories that either line touched since they parted. Costs what was touched, not what is stored."""
    all_branches = reader.branches()
    head = reader.head().seq
    lines = [lineage(all_branches, branch, head) for branch in (left, right)]
    base = common(*lines)
    touched = dict.fromkeys(memory_id for line in lines for memory_id in _touched(reader, line, base))
    found = [Difference(m, *(former_version(reader, line, m) for line in (base, *lines))) for m in touched]
    return [d for d in found if not _same(d.left, d.right)]


def common(left: Line, right: Line) -> list[tuple[int, int]]:
    """Return the lineage that two lines share: up to where they parted, and all before."""
    ours = dict(right)
    for n, (branch_id, at_seq) in enumerate(left):
        if branch_id in ours:
            return [(branch_id, min(at_seq, ours[branch_id])), *left[n + 1 :]]
    return []


def _touched(reader: Reader, line: Line, base: Line) -> Iterator[str]:
    """Yield the ids of the memories that a line touched after it left what it shares with another."""
    for _, change in _since(reader, line, base):
        yield from (v.memory_id for v in change.versions)


def _since(reader: Reader, line: Line, base: Line) -> Iterator[tuple[Operation, Change]]:
    """Yield the operations of a line after it left what it shares with another."""
    shared = dict(base)
    for branch_id, at_seq in line:
        for op, change in _operations(reader, branch_id, shared.get(branch_id, 0)):
            if op.seq <= at_seq:
                yield op, change
        if branch_id in shared:
            return


def _operations(reader: Reader, branch_id: int, after_seq: int) -> Iterator[tuple[Operation, Change]]:
    while batch := reader.operations(after_seq=after_seq, branch_id=branch_id, limit=_BATCH):
        yield from batch
        after_seq = batch[-1][0].seq


def _same(one: Version | None, other: Version | None) -> bool:
    if one is None or other is None or one.state is other.state is State.DELETED:
        return _gone(one) and _gone(other)
    return one.says_the_same(other)


def _gone(version: Version | None) -> bool:
    return version is None or version.state is State.DELETED


def diff(engine: Engine, project: str, left_name: str, right_name: str) -> present.Record:
    """Return what ``right`` added, removed and changed compared with ``left``."""
    with engine.store.read(project) as reader:
        found = reader.branches()
        changes = differences(reader, find_branch(found, left_name), find_branch(found, right_name))
        ids = {v.content_id for d in changes for v in (d.left, d.right) if v is not None}
        contents = reader.contents(ids)
    out: present.Record = {"added": [], "removed": [], "changed": []}
    for d in changes:
        left, right = (None if v is None or _gone(v) else present.memory(v, contents[v.content_id])
                       for v in (d.left, d.right))  # fmt: skip
        if left and right:
            out["changed"].append({"id": d.memory_id, "before": left, "after": right})
        else:
            out["added" if right else "removed"].append(right or left)
    return out


def merge_branch(engine: Engine, place: Place, source_name: str) -> present.Record:
    """Bring what a branch learned into ``place.branch``: a three-way merge in one operation.

    What only the source changed is taken; what both changed goes to the later write (by hybrid logical time), and
    the losing side is kept in the memory's history as a sibling and listed under ``conflicts``.
    """
    with engine.store.write(place.project) as writer:
        found = writer.branches()
        source, target = find_branch(found, source_name), find_branch(found, place.branch)
        if source.id == target.id:
            raise ValidationError("A branch can't be merged into itself.", code="VALIDATION_011")
        met = _last_met(writer, found, source, target)
        compared = differences(writer, target, source)
        resolved = [r for d in compared if (r := _resolve(writer, d, met, source.name))]
        versions = [v for r in resolved for v in r.versions]
        if not versions:
            return {"merged": 0, "results": [], "conflicts": [], "operation_id": None}
        op = writer.append(
            OpKind.MERGE_BRANCH,
            Change(versions=versions, merged=(source.id, writer.head().seq)),
            branch_id=target.id,
            principal=place.principal,
        )
        contents = writer.contents({v.content_id for v in versions})
        writer.commit()
    return {
        "merged": len(resolved),
        "results": [present.written(r.versions[-1], contents[r.versions[-1].content_id]) for r in resolved],
        "conflicts": [
            {"id": r.versions[-1].memory_id, "kept": contents[r.versions[-1].content_id].text,
             "sibling": contents[r.versions[0].content_id].text, "kept_from": r.kept_from}
            for r in resolved
            if r.kept_from
        ],
        "operation_id": op.op_id,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resolution:
    """The versions that the target gets for one memory: the winner last; before it, after a conflict, the sibling."""

    versions: tuple[Version, ...]
    kept_from: str | None = None


def _last_met(reader: Reader, found: Sequence[Branch], source: Branch, target: Branch) -> Line | None:
    """Return the line as of the last merge between two branches, which both have seen; ``None`` if none stands."""
    by_id = {b.id: b for b in found}
    lines = [lineage(found, branch, reader.head().seq) for branch in (source, target)]
    base = common(*lines)
    met = [m for one, other in (lines, lines[::-1]) if (m := _last_merge(reader, one, other, base))]
    if not met:
        return None
    _, branch_id, at_seq = max(met)
    return lineage(found, by_id[branch_id], at_seq)


def _last_merge(reader: Reader, other: Line, line: Line, base: Line) -> tuple[int, int, int] | None:
    """Return (when, branch id, sequence number) of the last merge that brought into a line what another line sees.

    Merges that were undone don't count, nor do those that brought no more than ``base``, which both see anyway.
    """
    seen_to, shared = dict(other), dict(base)
    undone: set[str | None] = set()
    for op, change in sorted(_since(reader, line, base), key=lambda found: -found[0].seq):
        if op.op_id in undone:
            continue
        undone.add(change.undoes)
        branch_id, at_seq = change.merged or (None, 0)
        if branch_id is None or branch_id not in seen_to:
            continue
        at_seq = min(at_seq, seen_to[branch_id])
        if at_seq > shared.get(branch_id, 0):
            return op.seq, branch_id, at_seq
    return None


def _resolve(reader: Reader, d: Difference, met: Line | None, source_name: str) -> Resolution | None:
    """Decide one memory; ``None`` when the source brings nothing new."""
    base = d.base if met is None else former_version(reader, met, d.memory_id)
    mine, theirs = d.left, d.right
    if theirs is None or _same(theirs, base):
        return None
    if mine is None or _same(mine, base):
        return Resolution((theirs.evolve(event="MERGE"),))
    later, earlier = (theirs, mine) if theirs.seq_from > mine.seq_from else (mine, theirs)
    sibling = earlier.evolve(state=State.SIBLING, event="SIBLING")
    return Resolution((sibling, later.evolve(event="MERGE")), source_name if later is theirs else "target")
