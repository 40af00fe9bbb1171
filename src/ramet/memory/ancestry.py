"""What branches have seen of each other, whichever way it came: the base of a three-way merge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import Final, NamedTuple

from ramet.kernel.errors import CorruptionError
from ramet.kernel.journal import Operation
from ramet.memory.model import Branch, Version
from ramet.memory.partitions import lineage
from ramet.memory.ports import Change, Reader

Line = Sequence[tuple[int, int]]
Seen = Mapping[int, int]
_BATCH: Final = 500


def common(left: Line, right: Line) -> list[tuple[int, int]]:
    """Return the lineage that two lines share: up to where they parted, and all before."""
    ours = dict(right)
    for n, (branch_id, at_seq) in enumerate(left):
        if branch_id in ours:
            return [(branch_id, min(at_seq, ours[branch_id])), *left[n + 1 :]]
    return []


def operations_of(reader: Reader, branch_id: int, after_seq: int) -> Iterator[tuple[Operation, Change]]:
    """Yield a branch's operations in order of ``seq``."""
    while batch := reader.operations(after_seq=after_seq, branch_id=branch_id, limit=_BATCH):
        yield from batch
        after_seq = batch[-1][0].seq


class _Tie(NamedTuple):
    """An operation that made a branch see another, or that undid one."""

    seq: int
    op_id: str
    merged: tuple[int, int] | None
    undoes: str | None


class _Point(NamedTuple):
    """A moment of a branch: its lineage there, and all that it had seen."""

    line: Line
    seen: Seen


class Ancestry:
    """What two branches both have seen.

    What a branch has seen is a version vector (Parker et al., 1983): per branch the sequence number up to which its
    writes are known. It holds the branch's lineage and, for every merge in it that stands, what the merged branch had
    seen. What both have seen is the elementwise minimum. Branches that were deleted since count like all others: the
    journal still says what they were. Reads each branch's operations once, and only those since the lines parted.
    """

    def __init__(self, reader: Reader, left: Branch, right: Branch) -> None:
        self._reader = reader
        self._branches = {b.id: b for b in reader.branches()}
        self._living = frozenset(self._branches)
        self._ties: dict[int, list[_Tie]] = {}
        self._lost: dict[tuple[int, str], list[Version]] = {}
        head, known = reader.head().seq, list(self._branches.values())
        self._parted = dict(common(lineage(known, left, head), lineage(known, right, head)))
        self._points = self._latest(self._seen(left.id, head), self._seen(right.id, head))

    def bases(self, memory_id: str) -> list[Version]:
        """Return the last versions of a memory that both branches have seen: one, several after crossed merges."""
        held = [(version, p.seen) for p in self._points if (version := self._version(p.line, memory_id))]
        last = [v for v, _ in held if not any(_knows(seen, v) for other, seen in held if other != v)]
        return last or [v for v, _ in held]

    def is_common(self, version: Version) -> bool:
        """Tell whether both branches have seen a version, be it the last or not."""
        return any(_knows(p.seen, version) for p in self._points)

    def _latest(self, left: Seen, right: Seen) -> list[_Point]:
        """Return the moments that both have seen and that no other such moment has seen."""
        both = sorted(((min(seq, right[b]), b) for b, seq in left.items() if b in right), reverse=True)
        points: list[_Point] = []
        for at_seq, branch_id in both:
            if not any(p.seen.get(branch_id, -1) >= at_seq for p in points):
                seen = self._seen(branch_id, at_seq)
                line = lineage(list(self._branches.values()), self._branches[branch_id], at_seq)
                points.append(_Point(line, seen))
        return points

    def _seen(self, branch_id: int, at_seq: int) -> Seen:
        """Return what a branch had seen. Later moments are visited first, so that each branch is visited once."""
        seen: dict[int, int] = {}
        ahead = [(-at_seq, branch_id)]
        while ahead:
            negative_seq, branch_id = heappop(ahead)
            if branch_id not in seen:
                seen[branch_id] = -negative_seq
                for other_id, seq in self._sources(branch_id, -negative_seq):
                    heappush(ahead, (-seq, other_id))
        return seen

    def _sources(self, branch_id: int, at_seq: int) -> Iterator[tuple[int, int]]:
        """Yield the moments of other branches that one had taken in: its parent's, and of merges that stood."""
        branch = self._branch(branch_id)
        if branch.parent_id is not None:
            yield branch.parent_id, min(at_seq, branch.fork_seq)
        undone: set[str | None] = set()
        for tie in reversed(self._ties_of(branch_id)):
            if tie.seq > at_seq or tie.op_id in undone:
                continue
            undone.add(tie.undoes)
            if tie.merged is not None:
                yield tie.merged

    def _ties_of(self, branch_id: int) -> list[_Tie]:
        if branch_id not in self._ties:
            self._ties[branch_id] = list(self._read_ties(branch_id))
        return self._ties[branch_id]

    def _read_ties(self, branch_id: int) -> Iterator[_Tie]:
        for op, change in operations_of(self._reader, branch_id, self._parted.get(branch_id, 0)):
            if change.merged is not None or change.undoes is not None:
                yield _Tie(op.seq, op.op_id, change.merged, change.undoes)
            if branch_id not in self._living:
                for version in change.versions:
                    self._lost.setdefault((branch_id, version.memory_id), []).append(version)

    def _branch(self, branch_id: int) -> Branch:
        """Return a branch; one that was deleted is read from the operation that made it, whose number is its id."""
        if branch_id not in self._branches:
            ((_, change),) = self._reader.operations(after_seq=branch_id - 1, limit=1)
            if change.branch is None:
                raise CorruptionError(f"Operation {branch_id} made no branch, but one of that id was merged.")
            self._branches[branch_id] = change.branch
        return self._branches[branch_id]

    def _version(self, line: Line, memory_id: str) -> Version | None:
        for branch_id, at_seq in line:
            living = branch_id in self._living
            chain = self._reader.chain(branch_id, memory_id) if living else self._lost.get((branch_id, memory_id), ())
            seen = [v for v in chain if v.seq_from <= at_seq]
            if seen:
                return seen[-1]
        return None


def _knows(seen: Seen, version: Version) -> bool:
    return seen.get(version.branch_id, -1) >= version.seq_from
