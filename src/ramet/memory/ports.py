"""What memory needs from the outside: a store and an embedder; a language model if there is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ramet.kernel.journal import Head, Operation, OpKind
from ramet.kernel.scope import Scope
from ramet.memory.model import Branch, Content, Episode, Version

Vectors = NDArray[np.float32]


@runtime_checkable
class Embedder(Protocol):
    """Turns text into vectors. Any object with these two methods will do.

    Rows are L2-normalised by the caller if they are not. ``model_id``, if the object has one, is kept beside every
    vector; without it the class's qualified name is used. ``calibration``, if it has one, is the
    `ramet.memory.recall.Calibration` that says what its similarities mean.
    """

    def embed_documents(self, texts: Sequence[str]) -> Vectors | Sequence[Sequence[float]]:
        """Return one row per text: shape (len(texts), dimensions)."""
        ...

    def embed_query(self, text: str) -> Vectors | Sequence[float]:
        """Return the vector of a question: shape (dimensions,)."""
        ...


@runtime_checkable
class TokenEmbedder(Embedder, Protocol):
    """An embedder that also yields one small vector per token, for late interaction (ColBERT, SIGIR 2020)."""

    token_dimensions: int

    def encode_documents(self, texts: Sequence[str]) -> tuple[Vectors, Sequence[bytes]]:
        """Return the documents' vectors and, for each, what its token vectors are stored as."""
        ...

    def token_matrices(self, stored: Sequence[bytes]) -> list[NDArray[np.int8]]:
        """Return a (tokens, token_dimensions) matrix for each of what ``encode_documents`` gave to be stored."""
        ...

    def encode_query(self, text: str) -> tuple[Vectors, Vectors]:
        """Return the question's vector and its (tokens, token_dimensions) matrix."""
        ...


@runtime_checkable
class LanguageModel(Protocol):
    """A chat model. Calls go through it and nothing else."""

    def complete(self, system: str, user: str, *, json: bool = False) -> str:
        """Return the reply's text.

        Raises:
            LLMError: the provider failed or timed out.
        """
        ...


@dataclass(frozen=True, slots=True)
class IndexRow:
    """What recall needs of a content: its embedding with the model's id, its terms, its speaker, its keys.

    ``vector`` is int8, scaled by the largest component; ``terms`` uint32; ``tokens`` int8 (t, token_dimensions).
    """

    content_id: str
    model: str
    text_key: int
    slot_key: int | None
    speaker: str | None
    question: bool
    vector: bytes
    terms: bytes
    tokens: bytes | None = None


class PartitionRow(NamedTuple):
    """One version with what is indexed of it, as a partition of the recall index keeps it.

    ``details`` is what `ramet.memory.codec.write_details` writes.
    """

    memory_id: str
    content_id: str
    scope_ref: int
    seq_from: int
    ordinal: int
    state: str
    kind: str
    created_us: int
    updated_us: int
    said_us: int
    valid_from_us: int
    valid_to_us: int
    expires_us: int
    details: str
    text_key: int
    slot_key: int | None
    speaker: str | None
    question: bool


class IndexedRow(NamedTuple):
    """A `PartitionRow` with its terms and its vector, as a partition is loaded from."""

    memory_id: str
    content_id: str
    scope_ref: int
    seq_from: int
    ordinal: int
    state: str
    kind: str
    created_us: int
    updated_us: int
    said_us: int
    valid_from_us: int
    valid_to_us: int
    expires_us: int
    details: str
    text_key: int
    slot_key: int | None
    speaker: str | None
    question: bool
    terms: bytes
    vector: bytes


class Commit(NamedTuple):
    """Which operation, and the wall time of its commit."""

    op_id: str
    time_us: int


@dataclass(frozen=True, slots=True)
class Change:
    """What one operation writes: episodes, versions (each closes its memory's last one on the branch), a branch.

    ``sources`` names, for the merge of a branch, that branch's id and the sequence number merged up to.
    ``undoes`` names the operation that an undo reverts.
    """

    episodes: Sequence[Episode] = ()
    versions: Sequence[Version] = ()
    branch: Branch | None = None
    merged: tuple[int, int] | None = None
    undoes: str | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erase found and removed: ids only, never content."""

    memory_ids: Sequence[str] = ()
    episode_ids: Sequence[str] = ()
    content_ids: Sequence[str] = ()
    scopes: Sequence[Scope] = field(default=())


class Reader(Protocol):
    """One consistent view of one project. Rows of other projects are never returned, whatever the ids asked for."""

    def head(self) -> Head:
        """Return where the journal stands; zeros for a project without operations."""
        ...

    def branches(self) -> list[Branch]:
        """Return all branches, ``main`` (id 0) first."""
        ...

    def scopes(self, anchor: tuple[str, str] | None) -> dict[int, Scope]:
        """Return the scopes whose id ``anchor[0]`` equals ``anchor[1]`` (all for ``None``), by reference number."""
        ...

    def partition(self, branch_id: int, anchor: tuple[str, str], after_seq: int, up_to_seq: int) -> list[IndexedRow]:
        """Return the branch's versions in the anchor's scopes with after_seq < seq_from <= up_to_seq, in that order."""
        ...

    def chain(self, branch_id: int, memory_id: str) -> list[Version]:
        """Return all versions of a memory on one branch, oldest first."""
        ...

    def contents(self, ids: Iterable[str]) -> dict[str, Content]:
        """Return contents by id; those that were erased or never were are missing."""
        ...

    def tokens(self, content_ids: Sequence[str]) -> list[bytes | None]:
        """Return the token matrices' bytes, in the order asked."""
        ...

    def index_rows(self, content_ids: Iterable[str]) -> dict[str, IndexRow]:
        """Return index rows by content id."""
        ...

    def episodes(self, ids: Iterable[str]) -> list[Episode]:
        """Return episodes by id, in the order of their sequence numbers."""
        ...

    def episodes_of(self, scope_refs: Iterable[int]) -> list[Episode]:
        """Return all episodes of these scopes, on every branch, oldest first."""
        ...

    def versions_of(self, scope_refs: Iterable[int]) -> list[Version]:
        """Return all versions of these scopes, on every branch, oldest first."""
        ...

    def relations(self, branch_id: int, anchor: tuple[str, str]) -> list[tuple[str, str, str, str]]:
        """Return (content id, source, type, target) for every relation that a version on the branch states."""
        ...

    def operation(self, op_id: str) -> tuple[Operation, Change] | None:
        """Return an operation by its id."""
        ...

    def operation_by_key(self, idempotency_key: str) -> tuple[Operation, Change] | None:
        """Return the operation that was committed under an idempotency key."""
        ...

    def operations(
        self, *, after_seq: int = 0, branch_id: int | None = None, limit: int = 1000
    ) -> list[tuple[Operation, Change]]:
        """Return operations in order of ``seq``, at most ``limit``."""
        ...

    def commit_of(self, seq: int) -> Commit:
        """Return the id of the operation at a sequence number, and when it was committed."""
        ...

    def seq_at(self, time_us: int) -> int:
        """Return the last sequence number committed at or before a wall time; 0 if none."""
        ...


class Writer(Reader, Protocol):
    """A transaction: the only writer of the store while it lasts. It sees its own writes."""

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
        """Write one journal row and its projections, contents and index rows first.

        ``seq_from`` and ``ordinal`` of the change's versions, and ``seq`` of its episodes, are assigned here.

        Raises:
            ConflictError: an operation was committed under the idempotency key before.
            StoreError: the store can't be written (full disk, damaged file); nothing is kept.
        """
        ...

    def erase(self, erasure: Erasure, *, principal: str) -> Operation:
        """Remove contents, index rows, versions and episodes of every branch; record ids and counts."""
        ...

    def delete_branch(self, branch: Branch, *, principal: str) -> Operation:
        """Remove a branch and the rows that only it had."""
        ...

    def reindex(self, rows: Sequence[IndexRow]) -> None:
        """Replace index rows, token matrices included, and begin a new epoch: caches of the old ones are void."""
        ...

    def foreign(self, ids: Iterable[str]) -> list[str]:
        """Return which of these ids name a memory, episode or content of another project; an id belongs to one."""
        ...

    def commit(self) -> None:
        """Make all of it durable. Leaving the context without it leaves nothing."""
        ...


class MemoryStore(Protocol):
    """Keeps the journal, its projections and contents. Safe for several threads and processes."""

    def read(self, project: str) -> AbstractContextManager[Reader]:
        """Open a consistent view; writers don't disturb it."""
        ...

    def write(self, project: str) -> AbstractContextManager[Writer]:
        """Open the transaction; waits for other writers.

        Raises:
            BusyError: another process held the lock past the busy time-out.
        """
        ...

    def rebuild(self, project: str) -> Mapping[str, Any]:
        """Recreate every projection from the journal, and compare with what was there.

        Returns counts per projection, and ``equal``: whether nothing differed.
        """
        ...

    def reset(self, project: str) -> None:
        """Remove all of a project: journal, contents, projections. Its sequence numbers go on where they were."""
        ...

    def scrub(self) -> None:
        """Make erased bytes unrecoverable from the store's files."""
        ...

    def check(self) -> list[str]:
        """Return what is wrong with the files; empty when nothing is."""
        ...

    def projects(self) -> list[str]:
        """Return the names of all projects."""
        ...

    def embedding_models(self) -> dict[str, int]:
        """Return how many index rows each embedding model made."""
        ...

    def vector_bytes(self) -> int | None:
        """Return the length of a stored vector, ``None`` when there is none; all of one model have the same."""
        ...

    def unindexed(self, model: str, limit: int) -> list[tuple[str, Content]]:
        """Return (project, content) for up to ``limit`` contents whose index row another model made."""
        ...

    def signing_key(self) -> bytes:
        """Return the store's Ed25519 private key, made when first asked for; 32 bytes."""
        ...

    def size_bytes(self) -> int:
        """Return what the store takes on disk."""
        ...

    def close(self) -> None:
        """Release files and connections. Closing twice is harmless."""
        ...
