"""What becomes of a new fact beside what is known: added, an update of something, a deletion, or nothing. Pure.

The rules, in this order; the first that applies decides:

1. A fact with the same normalised text is known, or stands earlier in the batch: NONE.
2. The fact fills a slot. Another value of an exclusive slot, the same value with the other polarity, or the next stage
   of a progression supersedes what was there: UPDATE. If what is known began later than the fact, the fact arrives late
   and is ADDed as superseded already.
3. A near duplicate (close vectors, shared words, the same numbers, names and negations) that says nothing new: NONE.
   One that says all that is known and more: UPDATE.
4. Anything else: ADD.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from ramet.memory.model import Fact, MemoryKind, Slot

NEAR_COSINE: Final = 0.85
"""Below this, two sentences aren't compared: MiniLM rarely gives paraphrases of one fact less."""

NEAR_CONTAINMENT: Final = 0.8
"""The share of the shorter statement's words that the longer one must hold."""

_TRAILING = ".,;:!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964 "
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_NEGATIONS: Final = frozenset(
    "no not never none nothing cannot without nor neither hardly longer anymore stopped quit ended used former".split()
)
_LIGHT: Final = frozenset(
    "a an the is are was were be been am has have had do does did to of in on at for with and or that this their them "
    "they his her its my your our it as by from also really very just so".split()
)
_PROGRESS: Final = "learning:"
_CAREER: Final = frozenset({"job_title"})
_NEVER: Final = -(2**62)
_NOW: Final = 2**62


class Event(StrEnum):
    """What a decision does, in mem0's words."""

    ADD = "ADD"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact to be placed, and the known memories that its vector is near to, with the cosine.

    ``said_us`` dates a fact that names no date itself; ``None`` means now.
    """

    fact: Fact
    similar: Sequence[tuple[str, float]] = ()
    said_us: int | None = None

    @property
    def since_us(self) -> int:
        """When the fact began to hold, as far as is known."""
        dated = self.fact.valid_from_us if self.fact.valid_from_us is not None else self.said_us
        return _NOW if dated is None else dated


@dataclass(frozen=True, slots=True)
class Known:
    """An active memory of the scope that may bear on the batch."""

    memory_id: str
    text: str
    slot: Slot | None = None
    kind: MemoryKind = MemoryKind.FACT
    valid_from_us: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with the fact at index ``fact`` of the batch.

    ADD and UPDATE write the fact; UPDATE also ends the validity of ``targets`` where the fact begins. DELETE ends the
    targets and writes nothing; NONE writes nothing, and its target, if any, is the memory that says it already.
    ``superseded_by`` (a memory) and ``superseded_by_fact`` (an index of the batch) mark a fact that something newer has
    overtaken: it is written as history, not as truth.
    """

    event: Event
    fact: int
    targets: tuple[str, ...] = ()
    reason: str = ""
    superseded_by: str | None = None
    superseded_by_fact: int | None = None


def text_key(text: str) -> str:
    """Normalise a statement for exact comparison: NFKC, case folding, single blanks, no trailing punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).rstrip(_TRAILING)


def slots_ended_by(slot: Slot) -> tuple[Slot, ...]:
    """Return the slots whose memories a fact with this `slot` may end: look these up to find what is known.

    They are the slot itself and, for a job, the progress in each subject that its title names.
    """
    if slot.attribute not in _CAREER or not slot.polarity:
        return (slot,)
    topics = dict.fromkeys(text_key(slot.value).split())
    return (slot, *(replace(slot, attribute=f"{_PROGRESS}{topic}", value="") for topic in topics))


def reconcile(facts: Sequence[Candidate], known: Sequence[Known]) -> list[Decision]:
    """Decide on each fact of a batch, in order; one decision per fact.

    Pure and deterministic. Targets are always ids of `known`, and each is ended at most once. Deciding on the same
    facts again, when the first decisions have been carried out, gives NONE throughout. Linear in the batch and in
    `known`, save for slots that hold many values.
    """
    batch = _Batch(facts, _Index.of(known))
    for index in range(len(facts)):
        batch.decide(index)
    return batch.decisions


@dataclass(frozen=True, slots=True)
class _Index:
    by_id: Mapping[str, Known]
    by_key: Mapping[str, Known]
    by_slot: Mapping[tuple[str, str], Sequence[Known]]

    @classmethod
    def of(cls, known: Sequence[Known]) -> "_Index":
        by_key: dict[str, Known] = {}
        by_slot: defaultdict[tuple[str, str], list[Known]] = defaultdict(list)
        for memory in known:
            by_key.setdefault(text_key(memory.text), memory)
            if memory.slot:
                by_slot[_place(memory.slot)].append(memory)
        return cls({memory.memory_id: memory for memory in known}, by_key, by_slot)


@dataclass(slots=True)
class _Batch:
    """The decisions so far; what one fact has ended, the next doesn't meet."""

    facts: Sequence[Candidate]
    index: _Index
    decisions: list[Decision] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    slots: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def decide(self, number: int) -> None:
        candidate = self.facts[number]
        key = text_key(candidate.fact.text)
        decision = self._duplicate(number, candidate, key) or self._slotted(number, candidate)
        decision = decision or self._near(number, candidate) or Decision(Event.ADD, number, reason="new")
        self.keys.add(key)
        self.ended.update(decision.targets if decision.event in {Event.UPDATE, Event.DELETE} else ())
        self.decisions.append(decision)
        if decision.event in {Event.ADD, Event.UPDATE}:
            self._place_in_batch(number, candidate)

    def _duplicate(self, number: int, candidate: Candidate, key: str) -> Decision | None:
        same = self.index.by_key.get(key)
        if same and same.memory_id not in self.ended:
            contradicted = [k.memory_id for k in self._opposed(candidate) if _since(k) <= _since(same)]
            if contradicted:
                return Decision(Event.DELETE, number, tuple(contradicted), "contradicted by what is known")
            return Decision(Event.NONE, number, (same.memory_id,), "exact duplicate")
        if key in self.keys:
            return Decision(Event.NONE, number, reason="duplicate within the batch")
        return None

    def _opposed(self, candidate: Candidate) -> Iterator[Known]:
        slot = candidate.fact.slot
        if slot is None or slot.polarity:
            return
        for memory in self._in_slot(slot):
            if memory.slot and memory.slot.polarity and _covers(slot, memory.slot):
                yield memory

    def _in_slot(self, slot: Slot | None) -> list[Known]:
        if slot is None:
            return []
        there = [memory for place in slots_ended_by(slot) for memory in self.index.by_slot.get(_place(place), ())]
        return [memory for memory in there if memory.memory_id not in self.ended]

    def _slotted(self, number: int, candidate: Candidate) -> Decision | None:
        slot = candidate.fact.slot
        if slot is None:
            return None
        replaced = [known for known in self._in_slot(slot) if known.slot and _replaces(slot, known.slot)]
        if not replaced:
            return None
        newer = [known for known in replaced if _since(known) > candidate.since_us]
        if newer:
            heir = min(newer, key=lambda known: (_since(known), known.memory_id))
            return Decision(Event.ADD, number, reason=f"late: {slot.attribute} has changed since",
                            superseded_by=heir.memory_id)  # fmt: skip
        targets = tuple(known.memory_id for known in replaced)
        reason = f"{slot.attribute} has changed" if slot.polarity else f"{slot.attribute} has ended"
        return Decision(Event.UPDATE, number, targets, reason)

    def _near(self, number: int, candidate: Candidate) -> Decision | None:
        for memory_id, cosine in sorted(candidate.similar, key=lambda pair: (-pair[1], pair[0])):
            memory = self.index.by_id.get(memory_id)
            if cosine < NEAR_COSINE or memory is None or memory_id in self.ended:
                continue
            event = _compare(candidate.fact, memory)
            if event is Event.NONE:
                return Decision(Event.NONE, number, (memory_id,), "near duplicate")
            if event is Event.UPDATE and _since(memory) <= candidate.since_us:
                return Decision(Event.UPDATE, number, (memory_id,), "says more than what is known")
        return None

    def _place_in_batch(self, number: int, candidate: Candidate) -> None:
        """Let the newer of two facts of one batch supersede the older, whichever was said first."""
        slot = candidate.fact.slot
        if slot is None or self.decisions[number].superseded_by:
            return
        for other in self.slots[_place(slot)]:
            other_slot = self.facts[other].fact.slot
            if self.decisions[other].superseded_by_fact is not None or other_slot is None:
                continue
            if not _replaces(slot, other_slot):
                continue
            older, newer = (other, number) if self.facts[other].since_us <= candidate.since_us else (number, other)
            self.decisions[older] = replace(self.decisions[older], superseded_by_fact=newer)
        self.slots[_place(slot)].append(number)


def _place(slot: Slot) -> tuple[str, str]:
    return text_key(slot.subject), slot.attribute


def _since(known: Known) -> int:
    return _NEVER if known.valid_from_us is None else known.valid_from_us


def _same_value(one: Slot, other: Slot) -> bool:
    return text_key(one.value) == text_key(other.value)


def _covers(negative: Slot, positive: Slot) -> bool:
    """Tell whether a negative statement ends a positive one; "quit their job" ends whichever job it was."""
    return _same_value(negative, positive) or (
        negative.exclusive and text_key(negative.value) in {"", "job", "position"}
    )


def _replaces(new: Slot, old: Slot) -> bool:
    if new.attribute != old.attribute:
        return True  # the next stage of a progression: `_in_slot` found it
    if new.polarity and old.polarity:
        return new.exclusive and not _same_value(new, old)
    if new.polarity:
        return new.exclusive or _same_value(new, old)
    return old.polarity and _covers(new, old)


def _compare(fact: Fact, memory: Known) -> Event:
    new, old = _tokens(fact.text), _tokens(memory.text)
    if not new or not old or _negations(fact.text) != _negations(memory.text):
        return Event.ADD
    if len(new & old) < NEAR_CONTAINMENT * min(len(new), len(old)):
        return Event.ADD
    if new <= old:
        return Event.NONE
    return Event.UPDATE if old < new and _names(memory.text) <= _names(fact.text) else Event.ADD


def _tokens(text: str) -> frozenset[str]:
    words = _TOKEN.findall(text_key(text))
    return frozenset(_stem(word) for word in words if word not in _LIGHT)


def _stem(word: str) -> str:
    if word.isdigit() or len(word) < 4:  # noqa: PLR2004 - short words have no ending to spare
        return word
    return word.removesuffix("'s").removesuffix("s")


def _negations(text: str) -> bool:
    return any(word in _NEGATIONS or word.endswith("n't") for word in text_key(text).replace("\u2019", "'").split())


def _names(text: str) -> frozenset[str]:
    words = _TOKEN.findall(text)
    return frozenset(word.casefold() for word in words if word[:1].isupper() or word[:1].isdigit())
