"""A searchable partition in memory: columns of vectors, postings and structure, one row for each memory version.

A `Segment` grows by `extend` and never shrinks; `Segment.view` is what readers hold: fixed in length, so that an append
during a search changes nothing for it. Only the closing of an interval (`close`) is seen by older views, and that is
harmless: a row closed at sequence number s was visible before s, and still is to whoever asks about a time before s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ramet.memory import text
from ramet.memory.postings import Postings, PostingsView

FOREVER: Final = 2**63 - 1
"""The end of an interval that is still open, in sequence numbers and in microseconds."""
_NO_LABEL: Final = -1
NO_ROW: Final = 2**31 - 1
"""Stands for a neighbour that is not there; past every array's end, so that `take(mode="clip")` meets the padding."""
_FIRST_CAPACITY: Final = 16
_TIME_TERMS: Final = np.array(sorted(text.time_terms()), np.uint32)

_COLUMNS: Final[dict[str, type[np.generic]]] = {
    "run": np.int32,
    "speaker": np.int32,
    "said_at_us": np.int64,
    "length": np.float32,
    "is_question": np.bool_,
    "tells_time": np.bool_,
    "previous": np.int32,
    "following": np.int32,
    "seq_from": np.int64,
    "seq_to": np.int64,
    "valid_from": np.int64,
    "valid_to": np.int64,
    "expires_at": np.int64,
    "state": np.int64,
}
_COPIED: Final = ("said_at_us", "is_question", "seq_from", "valid_from", "valid_to", "expires_at", "state")


@dataclass(frozen=True, slots=True)
class Document:
    """What the index keeps of one memory version.

    `terms` is the uint32 blob of `text.analyse`, `vector` int8 and of any positive scale (it is normalised on loading),
    times are microseconds since the epoch, sequence numbers are the project's. Documents of one run are neighbours in
    the order in which they are appended.
    """

    terms: bytes
    vector: bytes
    run: str | None = None
    speaker: str | None = None
    said_at_us: int = 0
    is_question: bool = False
    seq_from: int = 0
    seq_to: int = FOREVER
    valid_from: int = -FOREVER
    valid_to: int = FOREVER
    expires_at: int = FOREVER
    state: int = 0


@dataclass(frozen=True, slots=True)
class Documents:
    """Several documents as columns, the form in which they are read from a store: each a sequence of n values."""

    terms: Sequence[bytes]
    vectors: Sequence[bytes]
    run: Sequence[str | None]
    speaker: Sequence[str | None]
    said_at_us: Sequence[int]
    is_question: Sequence[bool]
    seq_from: Sequence[int]
    valid_from: Sequence[int]
    valid_to: Sequence[int]
    expires_at: Sequence[int]
    state: Sequence[int]
    seq_to: Sequence[int] | None = None

    @classmethod
    def of(cls, documents: Sequence[Document]) -> "Documents":
        """Turn documents into columns."""
        columns = {name: [getattr(document, name) for document in documents] for name in Document.__slots__}
        return cls(vectors=columns.pop("vector"), **columns)

    def __len__(self) -> int:
        return len(self.terms)


class Labels:
    """Small integers for strings, given in order of first use. `None` is always -1."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._names: list[str] = []

    def __len__(self) -> int:
        return len(self._names)

    def code(self, label: str | None) -> int:
        """Return the code of `label`, a new one if it was never seen."""
        if label is None:
            return _NO_LABEL
        code = self._codes.get(label)
        if code is None:
            code = self._codes[label] = len(self._names)
            self._names.append(label)
        return code

    def find(self, label: str) -> int | None:
        """Return the code of `label`, or None if it was never seen."""
        return self._codes.get(label)

    def name(self, code: int) -> str:
        """Return the label of `code`."""
        return self._names[code]

    def names(self) -> list[str]:
        """Return all labels; the index of a label is its code."""
        return self._names.copy()


@dataclass(frozen=True)
class View:
    """A segment as it was when the view was taken: `size` rows. Arrays are shared, and not to be written."""

    size: int
    vectors: NDArray[np.float32]
    leading: NDArray[np.float32]
    postings: PostingsView
    runs: Labels
    speakers: Labels
    run: NDArray[np.int32]
    speaker: NDArray[np.int32]
    said_at_us: NDArray[np.int64]
    length: NDArray[np.float32]
    is_question: NDArray[np.bool_]
    tells_time: NDArray[np.bool_]
    previous: NDArray[np.int32]
    following: NDArray[np.int32]
    seq_from: NDArray[np.int64]
    seq_to: NDArray[np.int64]
    valid_from: NDArray[np.int64]
    valid_to: NDArray[np.int64]
    expires_at: NDArray[np.int64]
    state: NDArray[np.int64]

    @cached_property
    def sessions(self) -> "Sessions":
        """The size of each run."""
        return Sessions.of(self.run, self.length, len(self.runs))


@dataclass(frozen=True, slots=True)
class Sessions:
    """How many rows (`turns`) and terms (`length`) each run has. Slot code + 1; slot 0 is for rows without a run."""

    turns: NDArray[Any]
    length: NDArray[Any]

    @classmethod
    def of(cls, run: NDArray[np.int32], length: NDArray[np.float32], count: int) -> "Sessions":
        """Count the rows with codes `run` < `count`."""
        slots = run + 1
        return cls(np.bincount(slots, minlength=count + 1), np.bincount(slots, weights=length, minlength=count + 1))


class Segment:
    """The growable columns and postings of one partition of one branch.

    One writer at a time is ensured by a lock; readers need none. `like` shares the label tables of a parent's segment,
    which makes the structure of the two comparable without translation. `leading` components of each vector are also
    kept in a matrix of their own, which stays in the processor's cache where the whole would not.
    """

    def __init__(self, dimensions: int, *, leading: int = 0, like: "Segment | None" = None) -> None:
        self.dimensions = dimensions
        self._leading = np.empty((0, leading), np.float32)
        self.runs: Labels = like.runs if like else Labels()
        self.speakers: Labels = like.speakers if like else Labels()
        self._size = 0
        self._vectors = np.empty((0, dimensions), np.float32)
        self._columns: dict[str, NDArray[Any]] = {name: np.empty(0, kind) for name, kind in _COLUMNS.items()}
        self._postings = Postings()
        self._last_of_run: dict[int, int] = {}
        self._view: View | None = None
        self._lock = Lock()

    def __len__(self) -> int:
        return self._size

    @property
    def size_bytes(self) -> int:
        """Memory held by the arrays, for a bounded cache."""
        columns = sum(column.nbytes for column in self._columns.values())
        return self._vectors.nbytes + self._leading.nbytes + columns + self._postings.size_bytes

    def extend(self, documents: Documents) -> None:
        """Append `documents` in order. Amortised cost is linear in the number of documents and their terms.

        Raises:
            ValueError: a vector does not have the segment's number of dimensions.

        """
        if not len(documents):
            return
        vectors = _unit_vectors(documents.vectors, self.dimensions)
        with self._lock:
            first, end = self._size, self._size + len(documents)
            self._reserve(end)
            self._vectors[first:end] = vectors
            self._leading[first:end] = vectors[:, : self._leading.shape[1]]
            self._write_columns(documents, first, end)
            self._link(first, end)
            self._postings.extend(documents.terms)
            self._size = end
            self._view = None

    def succeed(self, old: int, new: int) -> None:
        """Let row `new` be the next version of row `old`: it begins where that ends, and takes its place in its run."""
        with self._lock:
            self._columns["seq_to"][old] = self._columns["seq_from"][new]
            if self._columns["run"][new] == self._columns["run"][old] != _NO_LABEL:
                previous, following = self._columns["previous"], self._columns["following"]
                self._join(int(previous[new]), int(following[new]), new)
                before, after = int(previous[old]), int(following[old])
                self._join(before, new, new)
                self._join(new, after, new)

    def view(self) -> View:
        """Return the rows appended so far; the same object until the next append."""
        with self._lock:
            if self._view is None:
                self._view = View(
                    size=self._size,
                    vectors=self._vectors[: self._size],
                    leading=self._leading[: self._size],
                    postings=self._postings.view(),
                    runs=self.runs,
                    speakers=self.speakers,
                    **{name: column[: self._size] for name, column in self._columns.items()},
                )
            return self._view

    def _reserve(self, size: int) -> None:
        if size <= len(self._vectors):
            return
        capacity = max(_FIRST_CAPACITY, size, 2 * len(self._vectors))
        self._vectors, self._leading = _grown(self._vectors, capacity), _grown(self._leading, capacity)
        self._columns = {name: _grown(column, capacity) for name, column in self._columns.items()}

    def _write_columns(self, documents: Documents, first: int, end: int) -> None:
        columns = self._columns
        columns["run"][first:end] = [self.runs.code(label) for label in documents.run]
        columns["speaker"][first:end] = [self.speakers.code(label) for label in documents.speaker]
        columns["seq_to"][first:end] = FOREVER if documents.seq_to is None else documents.seq_to
        columns["length"][first:end], columns["tells_time"][first:end] = _of_terms(documents.terms)
        for name in _COPIED:
            columns[name][first:end] = getattr(documents, name)

    def _link(self, first: int, end: int) -> None:
        """Chain each row to its neighbours in the same run."""
        run, previous, following = (self._columns[name] for name in ("run", "previous", "following"))
        previous[first:end] = following[first:end] = NO_ROW
        last = self._last_of_run
        for row, code in enumerate(run[first:end].tolist(), first):
            if code == _NO_LABEL:
                continue
            before = last.get(code, NO_ROW)
            if before != NO_ROW:
                previous[row] = before
                following[before] = row
            last[code] = row

    def _join(self, before: int, after: int, of: int) -> None:
        """Make two rows neighbours in the run of row `of`; `NO_ROW` stands for its border."""
        if before != NO_ROW:
            self._columns["following"][before] = after
        if after != NO_ROW:
            self._columns["previous"][after] = before
        elif before != NO_ROW:
            self._last_of_run[int(self._columns["run"][of])] = before


def _grown(array: NDArray[Any], capacity: int) -> NDArray[Any]:
    larger = np.empty((capacity, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger


def _of_terms(blobs: Sequence[bytes]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return how many terms each blob has, and whether a word of time ("yesterday", "June") is among them."""
    lengths = np.fromiter(map(len, blobs), np.int64, len(blobs)) // 4
    timed = np.isin(np.frombuffer(b"".join(blobs), np.uint32), _TIME_TERMS)
    of_time = np.repeat(np.arange(len(blobs)), lengths)[timed]
    tells_time = np.zeros(len(blobs), np.bool_)
    tells_time[of_time] = True
    return lengths, tells_time


def _unit_vectors(blobs: Sequence[bytes], dimensions: int) -> NDArray[np.float32]:
    flat = np.frombuffer(b"".join(blobs), np.int8)
    if flat.size != len(blobs) * dimensions:
        message = f"each vector needs {dimensions} bytes"
        raise ValueError(message)
    vectors = flat.reshape(-1, dimensions).astype(np.float32)
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= np.maximum(norms, 1.0)[:, None]
    return vectors
