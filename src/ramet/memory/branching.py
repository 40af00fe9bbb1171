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
from ramet.memory.ancestry import Ancestry, Line, common, operations_of
from ramet.memory.changing import Place, former_version
from ramet.memory.engine import Engine, find_branch
from ramet.memory.model import MAIN, Branch, State, Version
from ramet.memory.partitions import lineage
from ramet.memory.ports import Change, Reader

_NAME: Final = re.compile(r"[\w][\w./-]{0,127}")


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
    """What two lines hold of one memory. ``None``: it was never there."""

    memory_id: str
    left: Version | None
    right: Version | None


def differences(reader: Reader, left: Branch, right: Branch) -> list[Difference]:
    """Compare all memories that either line touched since they parted. Costs what was touched, not what is stored."""
    all_branches = reader.branches()
    head = reader.head().seq
    lines = [lineage(all_branches, branch, head) for branch in (left, right)]
    base = common(*lines)
    touched = dict.fromkeys(memory_id for line in lines for memory_id in _touched(reader, line, base))
    found = [Difference(m, *(former_version(reader, line, m) for line in lines)) for m in touched]
    return [d for d in found if not _same(d.left, d.right)]


def _touched(reader: Reader, line: Line, base: Line) -> Iterator[str]:
    """Yield the ids of the memories that a line touched after it left what it shares with another."""
    shared = dict(base)
    for branch_id, at_seq in line:
        for op, change in operations_of(reader, branch_id, shared.get(branch_id, 0)):
            if op.seq <= at_seq:
                yield from (v.memory_id for v in change.versions)
        if branch_id in shared:
            return


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

    What only the source changed is taken; what both changed goes to the later write, wherever they meet, and
    the losing side is kept in the memory's history as a sibling and listed under ``conflicts``.
    """
    with engine.store.write(place.project) as writer:
        found = writer.branches()
        source, target = find_branch(found, source_name), find_branch(found, place.branch)
        if source.id == target.id:
            raise ValidationError("A branch can't be merged into itself.", code="VALIDATION_011")
        ancestry = Ancestry(writer, target, source)
        compared = differences(writer, target, source)
        resolved = [r for d in compared if (r := _resolve(d, ancestry, source.name))]
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


def _resolve(d: Difference, ancestry: Ancestry, source_name: str) -> Resolution | None:
    """Decide one memory; ``None`` when the source brings nothing that the target has not seen."""
    mine, theirs, bases = d.left, d.right, ancestry.bases(d.memory_id)
    if theirs is None or ancestry.is_common(theirs) or _unchanged(theirs, bases):
        return None
    if mine is None or _unchanged(mine, bases):
        return Resolution((theirs.evolve(event="MERGE"),))
    earlier, later = sorted((mine, theirs), key=_written)
    sibling = earlier.evolve(state=State.SIBLING, event="SIBLING")
    return Resolution((sibling, later.evolve(event="MERGE")), source_name if later is theirs else "target")


def _unchanged(version: Version, bases: Sequence[Version]) -> bool:
    """Tell whether a side still holds what both sides have seen; several bases remain where merges crossed."""
    if not bases:
        return _gone(version)
    return any(base.says_the_same(version) and base.updated_us == version.updated_us for base in bases)


def _written(version: Version) -> tuple[int, str, str]:
    """Order writes by their own time, which a merge keeps, so that wherever two meet, the same one wins."""
    return (version.updated_us, version.content_id, version.state)
