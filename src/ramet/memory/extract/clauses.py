"""Who a clause is about and what it says: sentences split into clauses, and clauses into subject and predicate."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ramet.memory.extract import patterns
from ramet.memory.extract.lexicon import KIN, NOT_NAMES, PETS
from ramet.memory.extract.person import in_third_person, is_past, predicate
from ramet.memory.extract.when import leading_date
from ramet.memory.model import RelationMention


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, and whom "you" means where the conversation tells."""

    name: str
    addressee: str | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One statement: `subject` as it reads, `about` as the graph names it, and the predicate in the third person."""

    subject: str
    about: str
    predicate: str
    verb: str = ""
    past: bool = False
    ties: tuple[RelationMention, ...] = ()
    pet: str | None = None

    @property
    def text(self) -> str:
        """The clause as a statement that stands alone."""
        gap = "" if self.predicate[:1] in {"'", ",", ""} else " "
        return f"{self.subject}{gap}{self.predicate}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a sentence that may be a clause, with the [start, end) it came from."""

    text: str
    start: int
    end: int


def pieces_of(sentence: str, offset: int) -> Iterator[Piece]:
    """Split a sentence into the clauses that stand on their own; `offset` is where it begins in the message."""
    start = _skip_openers(sentence)
    body = sentence[start:]
    if not body.startswith(("I ", "I'", "My ", "my ", "We ", "We'")):
        yield Piece(body, offset + start, offset + len(sentence))
        return
    at, first_person = 0, body.startswith("I")
    joint = patterns.JOINT_SUBJECT.match(body)
    together = joint.start(2) if joint else 0
    for match in patterns.CLAUSE_BORDER.finditer(body):
        elliptic = patterns.ELLIPTIC.match(body, match.end()) is not None
        if match.end() <= together:
            continue
        if elliptic and (not first_person or re.search(r"\b(?:to|we|they|who)\b", body[at : match.start()])):
            continue
        yield _piece(body, at, match.start(), offset + start)
        at = match.end()
    yield _piece(body, at, len(body), offset + start)


def parse(piece: str, speaker: Speaker, last_other: Clause | None = None) -> Clause | None:
    """Find who a clause is about and put it into the third person; ``None`` for what states nothing about anyone.

    `last_other` is the person a former sentence of the message was about: whom "she" and "he" mean.
    """
    text = patterns.NAME_IS.sub(r"\1 is ", _date_last(piece), count=1)
    if text.startswith(("I ", "I'")):
        return _first_person(text[1:], speaker, speaker.name, plural=False)
    if text.startswith(("We ", "We'", "we ", "we'")):
        return _first_person(text[2:], speaker, f"{speaker.name} and others", plural=True)
    if patterns.DROPPED_SUBJECT.match(text):
        return _subject_dropped(text, speaker)
    led = patterns.SUBORDINATE.match(text)
    if led:
        return _led(text, led.end(), speaker)
    return _of_others(text, speaker, last_other)


def _of_others(text: str, speaker: Speaker, last_other: Clause | None) -> Clause | None:
    together = patterns.JOINT_SUBJECT.match(text)
    if together:
        who = in_third_person(together[1], speaker.name, about_speaker=False)
        return _first_person(together[2], speaker, f"{who} and {speaker.name}", plural=True)
    kin = patterns.KIN_SUBJECT.match(text)
    if kin:
        return _kin(kin, speaker)
    if patterns.PRONOUN_SUBJECT.match(text):
        return _resumed(text, speaker, last_other) if last_other else None
    return _named(text, speaker) or _thing(text, speaker)


def _first_person(rest: str, speaker: Speaker, subject: str, *, plural: bool) -> Clause | None:
    found = predicate(rest, plural=plural)
    if found is None:
        return None
    said = in_third_person(found.text, speaker.name, about_speaker=True, addressee=speaker.addressee)
    return Clause(subject, speaker.name, said, found.verb, found.past)


def _subject_dropped(text: str, speaker: Speaker) -> Clause | None:
    lowered = text[0].lower() + text[1:]
    if lowered.startswith(("gonna ", "going ", "planning ", "thinking ", "looking ")):
        lowered = "am " + lowered.replace("gonna ", "going to ", 1)
    elif lowered.startswith("been "):
        lowered = "have " + lowered
    return _first_person(" " + lowered, speaker, speaker.name, plural=False)


def _led(text: str, end: int, speaker: Speaker) -> Clause | None:
    clause = parse(text[end:], speaker) if not patterns.SUBORDINATE.match(text, end) else None
    if clause is None:
        return None
    lead = in_third_person(text[: end - 2], speaker.name, about_speaker=True, addressee=speaker.addressee)
    return replace(clause, predicate=f"{clause.predicate.rstrip(' .!')}, {lead[0].lower()}{lead[1:]}")


def _kin(match: re.Match[str], speaker: Speaker) -> Clause:
    adjective, noun, name, rest = match.groups()
    pet = noun if noun in PETS else None
    label = f"{speaker.name}'s {adjective}{noun}"
    who = name or label
    ties = (RelationMention(speaker.name, "HAS_PET" if pet else KIN[noun], who),)
    said = in_third_person(rest.lstrip(" "), speaker.name, about_speaker=False, addressee=speaker.addressee)
    verb = patterns.NAMED_VERB.match(said)
    subject = f"{label} {name}" if name else label
    if said.startswith(("who ", "whose ", "which ")):
        said = f", {said}"
    if not said.strip(" .!,") and name:
        said = ""
        subject = f"{label} is called {name}"
    word = verb[1] if verb else ""
    return Clause(subject, who, said.rstrip(" "), word, is_past(word), ties, pet)


def _resumed(text: str, speaker: Speaker, other: Clause) -> Clause | None:
    """Go on about the person of a former sentence: "She lives in Rome", "He's a chef"."""
    pronoun, rest = text.split(" ", 1) if " " in text else (text, "")
    if pronoun.endswith("'s"):
        rest = f"is {rest}"
    verb = patterns.NAMED_VERB.match(rest)
    if not verb:
        return None
    said = in_third_person(rest, speaker.name, about_speaker=False, addressee=speaker.addressee)
    subject = other.subject.split(" is called ")[0]
    return Clause(subject, other.about, said, verb[1], is_past(verb[1]), (), other.pet)


def _named(text: str, speaker: Speaker) -> Clause | None:
    match = patterns.NAMED_SUBJECT.match(text)
    if not match or match[1].split(" ", 1)[0] in NOT_NAMES or match[2] or match[1].endswith("ing"):
        return None
    verb = patterns.NAMED_VERB.match(match[3])
    if not verb:
        return None
    said = in_third_person(match[3], speaker.name, about_speaker=False, addressee=speaker.addressee)
    return Clause(match[1], match[1], said, verb[1], is_past(verb[1]))


def _thing(text: str, speaker: Speaker) -> Clause | None:
    if text.startswith(patterns.DECISION_LABELS):
        return Clause("", speaker.name, in_third_person(text, speaker.name, about_speaker=False))
    match = patterns.THING_SUBJECT.match(text)
    if not match or not (match[1] or (text.split(" ", 1)[0] not in NOT_NAMES and patterns.PARTICULAR.search(text, 1))):
        return None
    said = in_third_person(text, speaker.name, about_speaker=False, addressee=speaker.addressee)
    return Clause("", speaker.name, said, "", past=_happened(said[:80]))


def _happened(said: str) -> bool:
    verb = patterns.FINITE_VERB.search(said)
    return verb is not None and (verb[0] in {"was", "were", "had"} or is_past(verb[0]))


def _skip_openers(sentence: str) -> int:
    match = patterns.OPENER.match(sentence)
    start = match.end() if match else 0
    vocative = patterns.VOCATIVE.match(sentence, start)
    return vocative.end() if vocative and vocative[0][:-2] not in NOT_NAMES else start


def _piece(body: str, start: int, end: int, offset: int) -> Piece:
    text = body[start:end]
    if patterns.ELLIPTIC.match(text):
        text = f"I {text}"
    return Piece(text, offset + start, offset + end)


def _date_last(text: str) -> str:
    """Move a date that opens the clause behind it: "Yesterday I ran" becomes "I ran yesterday"."""
    end = leading_date(text)
    rest = text[end:]
    if end == 0 or not re.match(r"(?:I|we|my|We|My)[ ']", rest):
        return text
    lead = text[:end].rstrip(" ,")
    border = patterns.FIRST_CLAUSE_END.search(rest)
    at = border.start() if border else len(rest.rstrip(".! "))
    return f"{rest[:at]} {lead[0].lower()}{lead[1:]}{rest[at:].rstrip('.! ')}"
