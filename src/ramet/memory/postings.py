"""An inverted index over 32-bit terms: a sorted base in arrays, and a small tail in a dict for what was just appended.

The tail is folded into the base when it exceeds an eighth of it (a two-level log-structured merge), so that an append
costs microseconds and a bulk load one sort.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

_SMALLEST_FOLD: Final = 512
_FOLD_SHARE: Final = 8
_ROW_BITS: Final = np.uint64(32)
_ROW_MASK: Final = np.uint64(2**32 - 1)
_BYTES_PER_TAIL_ENTRY: Final = 40

Rows = NDArray[np.int64]
Counts = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Base:
    """Postings in compressed sparse rows: entries of term i are `rows[starts[i]:starts[i + 1]]`, ascending."""

    terms: NDArray[np.uint32]
    starts: NDArray[np.int64]
    rows: NDArray[np.uint32]
    counts: NDArray[np.uint16]

    @property
    def size_bytes(self) -> int:
        return self.terms.nbytes + self.starts.nbytes + self.rows.nbytes + self.counts.nbytes


@dataclass(frozen=True, slots=True)
class _TailEntry:
    """The rows that hold a term, ascending, and how often each does. Only the last row's count ever changes."""

    rows: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def add(self, row: int) -> None:
        if self.rows and self.rows[-1] == row:
            self.counts[-1] += 1
        else:
            self.counts.append(1)  # first, so that a reader finds a count for every row
            self.rows.append(row)


@dataclass(frozen=True, slots=True)
class PostingsView:
    """The postings of the first `size` rows."""

    size: int
    _base: _Base
    _tail: dict[int, _TailEntry]

    def find(self, term: int) -> tuple[Rows, Counts]:
        """Return the rows that hold `term`, ascending, and how often each holds it."""
        base = self._base
        at = int(base.terms.searchsorted(np.uint32(term)))
        span = slice(base.starts[at], base.starts[at + 1]) if _holds(base.terms, at, term) else slice(0, 0)
        rows, counts = base.rows[span].astype(np.int64), base.counts[span].astype(np.float32)
        tail = self._tail.get(term)
        if tail is None:
            return rows, counts
        known = bisect_left(tail.rows, self.size)
        tail_rows, tail_counts = np.array(tail.rows[:known], np.int64), np.array(tail.counts[:known], np.float32)
        if not len(rows):
            return tail_rows, tail_counts
        return np.concatenate([rows, tail_rows]), np.concatenate([counts, tail_counts])


class Postings:
    """The growable index of one segment. Not thread-safe by itself: the segment's lock guards it."""

    def __init__(self) -> None:
        self._size = 0
        self._base = _Base(
            np.empty(0, np.uint32), np.zeros(1, np.int64), np.empty(0, np.uint32), np.empty(0, np.uint16)
        )
        self._base_size = 0
        self._tail: dict[int, _TailEntry] = {}
        self._tail_entries = 0

    @property
    def size_bytes(self) -> int:
        """Memory held, the tail's share estimated."""
        return self._base.size_bytes + self._tail_entries * _BYTES_PER_TAIL_ENTRY

    def view(self) -> PostingsView:
        """Return the index over the rows appended so far."""
        return PostingsView(self._size, self._base, self._tail)

    def extend(self, blobs: Sequence[bytes]) -> None:
        """Index one more row for each blob of terms."""
        fold_at = max(_SMALLEST_FOLD, self._base_size // _FOLD_SHARE)
        if self._size + len(blobs) - self._base_size > fold_at:
            self._fold(blobs)
        else:
            self._append(blobs)
        self._size += len(blobs)

    def _append(self, blobs: Sequence[bytes]) -> None:
        tail = self._tail
        for row, blob in enumerate(blobs, self._size):
            terms = np.frombuffer(blob, np.uint32).tolist()
            self._tail_entries += len(terms)
            for term in terms:
                entry = tail.get(term)
                if entry is None:
                    entry = tail[term] = _TailEntry()
                entry.add(row)

    def _fold(self, blobs: Sequence[bytes]) -> None:
        """Build a new base from the old one, the tail and `blobs`; older views keep theirs."""
        keys = np.concatenate([self._base_keys(), self._tail_keys(), _keys(blobs, self._size)])
        keys.sort()
        firsts = _run_starts(keys)
        counts = np.diff(np.append(firsts, len(keys)))
        unique = keys[firsts]
        terms = (unique >> _ROW_BITS).astype(np.uint32)
        starts = _run_starts(terms)
        self._base = _Base(
            terms=terms[starts],
            starts=np.append(starts, len(terms)),
            rows=(unique & _ROW_MASK).astype(np.uint32),
            counts=np.minimum(counts, np.iinfo(np.uint16).max).astype(np.uint16),
        )
        self._base_size = self._size + len(blobs)
        self._tail, self._tail_entries = {}, 0

    def _base_keys(self) -> NDArray[np.uint64]:
        base = self._base
        terms = np.repeat(base.terms, np.diff(base.starts)).astype(np.uint64)
        return np.repeat((terms << _ROW_BITS) | base.rows, base.counts)

    def _tail_keys(self) -> NDArray[np.uint64]:
        keys = [
            (term << 32) | row
            for term, entry in self._tail.items()
            for row, count in zip(entry.rows, entry.counts, strict=True)
            for _ in range(count)
        ]
        return np.array(keys, np.uint64)


def _keys(blobs: Sequence[bytes], first_row: int) -> NDArray[np.uint64]:
    terms = np.frombuffer(b"".join(blobs), np.uint32).astype(np.uint64)
    lengths = [len(blob) // 4 for blob in blobs]
    rows = np.repeat(np.arange(first_row, first_row + len(blobs), dtype=np.uint64), lengths)
    return (terms << _ROW_BITS) | rows


def _run_starts(ordered: NDArray[np.generic]) -> NDArray[np.int64]:
    """Return where each run of equal values begins."""
    if not len(ordered):
        return np.empty(0, np.int64)
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


def _holds(terms: NDArray[np.uint32], at: int, term: int) -> bool:
    return at < len(terms) and int(terms[at]) == term
