"""The values of memory: what was said, what was drawn from it, and the versions in which it is known. All frozen.

Times are integer microseconds since the Unix epoch (UTC); an open end is ``FOREVER_US``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ramet.kernel.clock import FOREVER_US
from ramet.kernel.scope import Scope


class MemoryKind(StrEnum):
    """What sort of statement a memory is."""

    FACT = "fact"
    PREFERENCE = "preference"
    EVENT = "event"
    PROCEDURE = "procedure"
    SUMMARY = "summary"


class State(StrEnum):
    """What a version says of its memory.

    ``SUPERSEDED`` was true and is no longer; ``DELETED`` is a tombstone; ``SIBLING`` lost a concurrent edit and is
    kept for review; ``QUARANTINED`` is withheld until someone confirms it.
    """

    ACTIVE = "active"
    SUPERSEDED = "superseded"
    DELETED = "deleted"
    SIBLING = "sibling"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message as it was said."""

    text: str
    role: str = "user"
    name: str | None = None
    said_us: int = 0
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityMention:
    """A thing named in a statement; ``type`` is person, organisation, location, event, concept or a found one."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class RelationMention:
    """A typed edge stated by a memory, such as ``Ann WORKS_AT Acme``; source and target are entity names."""

    source: str
    type: str
    target: str


@dataclass(frozen=True, slots=True)
class Slot:
    """What a statement is the value of, such as (``user``, ``lives_in``); one slot holds one value at a time.

    ``exclusive`` slots are overwritten by a new value; others (``likes``) are ended only by the same value negated.
    """

    subject: str
    attribute: str
    value: str
    polarity: bool = True
    exclusive: bool = True


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement drawn from an utterance, not yet reconciled with what is known.

    ``utterance`` indexes the messages it came from; ``span`` is the [start, end) of the quoted characters in it.
    """

    text: str
    kind: MemoryKind = MemoryKind.FACT
    utterance: int = 0
    span: tuple[int, int] = (0, 0)
    entities: tuple[EntityMention, ...] = ()
    relations: tuple[RelationMention, ...] = ()
    slot: Slot | None = None
    valid_from_us: int | None = None
    valid_to_us: int | None = None
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Content:
    """A text and what goes with it, stored once and referred to by id. Erasing a content erases all it says."""

    id: str
    text: str
    role: str | None = None
    name: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    entities: tuple[EntityMention, ...] = ()
    relations: tuple[RelationMention, ...] = ()
    slot: Slot | None = None
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a memory came from: an episode, and the [start, end) of the characters quoted."""

    episode_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Episode:
    """A message exactly as it was said; immutable."""

    id: str
    content_id: str
    scope: Scope
    said_us: int
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Version:
    """What one branch knows of one memory from ``seq_from`` up to, not including, ``seq_to``.

    The versions of a memory on a branch tile the axis of sequence numbers: each operation that touches the memory
    closes the last version and opens the next, a deletion included (its version is a tombstone).
    """

    memory_id: str
    content_id: str
    scope: Scope
    kind: MemoryKind
    state: State
    created_us: int
    updated_us: int
    said_us: int
    valid_from_us: int
    valid_to_us: int = FOREVER_US
    expires_us: int = FOREVER_US
    supersedes: tuple[str, ...] = ()
    superseded_by: str | None = None
    sources: tuple[Source, ...] = ()
    verified: bool = True
    event: str = "ADD"
    branch_id: int = 0
    seq_from: int = 0
    ordinal: int = 0
    seq_to: int = FOREVER_US

    def evolve(self, **changes: Any) -> Version:  # noqa: ANN401 - the same as dataclasses.replace
        """Return a copy with some fields changed."""
        return replace(self, **changes)

    def says_the_same(self, other: Version | None) -> bool:
        """Tell whether both versions state the same thing, whenever and wherever they were written."""
        return other is not None and self.statement == other.statement

    @property
    def statement(self) -> tuple[object, ...]:
        """All that a version states, without where and when it was written."""
        return (self.content_id, self.state, self.kind, self.valid_from_us, self.valid_to_us, self.expires_us,
                self.superseded_by)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of memory history: what it sees is its own versions and its parent's up to ``fork_seq``."""

    id: int
    name: str
    parent_id: int | None = None
    fork_seq: int = 0
    created_us: int = 0


MAIN = "main"
