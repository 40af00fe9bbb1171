"""The built-in extractor: facts from messages by rules, without a model.

The way of a message: cut out what nobody said (`sentences`), keep what isn't English as it is (`language`), drop
questions and chit-chat (`gate`), find who each clause is about and put it into the third person (`clauses`, `person`),
write out its dates (`when`), look up what it states (`statements`, `rules`), and check it against its span (`support`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ramet.memory.extract.clauses import Clause, Piece, Speaker, parse, pieces_of
from ramet.memory.extract.entities import entities_in
from ramet.memory.extract.gate import content_words, is_chit_chat, is_informative, is_question, stands_alone
from ramet.memory.extract.language import is_english
from ramet.memory.extract.requests import accepted_results, request_of
from ramet.memory.extract.sentences import own_words, sentence_spans
from ramet.memory.extract.statements import Finding, read
from ramet.memory.extract.support import is_supported
from ramet.memory.extract.when import Dated, resolve
from ramet.memory.model import EntityMention, Fact, MemoryKind, Utterance

MAX_FACTS_PER_UTTERANCE: Final = 200
"""A longer message is a document; the rest stays findable in its episode."""

_USER: Final = "User"
_SILENT_ROLES: Final = frozenset({"system", "developer", "tool", "function"})
_YEARLY: Final = re.compile(r"\b(?:birthday|anniversary|every|each|annual)\b")
_MIN_FOREIGN_CHARS: Final = 8
_MIN_FOREIGN_CHARS_UNSPACED: Final = 4


@dataclass(frozen=True, slots=True)
class _Turn:
    """An utterance made ready: who speaks, what they said themselves, and who else speaks here."""

    index: int
    said: Utterance
    text: str
    speaker: Speaker
    speakers: frozenset[str]


def extract(utterances: Sequence[Utterance]) -> list[Fact]:
    """Return the facts that `utterances` state, in order of appearance.

    A fact is a self-contained statement in the third person, about the speaker (their ``name``, else "User") or someone
    they name, with the span it came from. Relative dates are resolved against ``said_us`` (0: unknown, left as they
    are); an event of the past is valid from the day it names. Statements that aren't English are kept word for word.
    Nothing comes of system and tool messages, questions, greetings, quoted context blocks (lines from
    ``<ramet-context`` to ``</ramet-context>``) and code fences; an unnamed assistant counts only for what it reports as
    done and for recommendations that the user accepts in the next message. What an unnamed user states about a thing,
    and no rule knows, is kept as said: it was told to be remembered; between named people it is mostly small talk.

    Pure, deterministic, total on every ``str``; linear in the length of the text. At most
    ``MAX_FACTS_PER_UTTERANCE`` facts per utterance.
    """
    names = tuple(dict.fromkeys(u.name for u in utterances if u.name and u.role not in _SILENT_ROLES))
    facts: list[Fact] = []
    for index, utterance in enumerate(utterances):
        if utterance.role in _SILENT_ROLES or not utterance.text:
            continue
        text = own_words(utterance.text)
        if utterance.role == "assistant" and not utterance.name:
            following = utterances[index + 1] if index + 1 < len(utterances) else None
            facts += accepted_results(text, index, following)
            continue
        turn = _Turn(index, utterance, text, _speaker(utterance, names), frozenset(names))
        facts += _facts_of(turn)
    return facts


def _speaker(utterance: Utterance, names: tuple[str, ...]) -> Speaker:
    others = [name for name in names if name != utterance.name]
    name = utterance.name or _USER
    return Speaker(name, others[0] if utterance.name and len(others) == 1 else None)


def _facts_of(turn: _Turn) -> list[Fact]:
    found: list[Fact] = []
    last_other: Clause | None = None
    english = is_english(turn.text)
    for start, end in sentence_spans(turn.text):
        sentence = turn.text[start:end]
        if not is_english(sentence, otherwise=english):
            found += _as_said(turn, start, end)
        elif not is_question(sentence):
            before = len(found)
            last_other = _read_sentence(turn, start, end, last_other, found)
            if len(found) == before and not turn.said.name and stands_alone(sentence):
                found += _as_said(turn, start, start + len(sentence.rstrip(" ;,")))
        if len(found) >= MAX_FACTS_PER_UTTERANCE:
            break
    return found[:MAX_FACTS_PER_UTTERANCE]


def _read_sentence(turn: _Turn, start: int, end: int, last_other: Clause | None, found: list[Fact]) -> Clause | None:
    sentence = _plain(turn.text[start:end])
    for piece in pieces_of(sentence, start):
        request = request_of(piece, turn.speaker, turn.index)
        if request:
            found.append(request)
        if request or is_chit_chat(piece.text):
            continue
        clause = parse(_without_vocative(piece.text, turn), turn.speaker, last_other)
        if clause is None:
            continue
        if clause.about != turn.speaker.name:
            last_other = clause
        fact = _fact(turn, piece, clause)
        if fact:
            found.append(fact)
    return last_other


def _fact(turn: _Turn, piece: Piece, clause: Clause) -> Fact | None:
    said = clause.predicate.rstrip(" .!,;:")
    dated = Dated(said) if _YEARLY.search(said) else resolve(said, turn.said.said_us, past=clause.past)
    clause = replace(clause, predicate=dated.text)
    finding = read(clause, dated=dated.from_us is not None)
    named = entities_in(piece.text, turn.speakers)
    if not finding.matched and not is_informative(
        said, subject=clause.subject, named=bool(named) or dated.from_us is not None
    ):
        return None
    if finding.matched and not finding.slot and not finding.relations and not content_words(said):
        return None
    text = clause.text.strip()
    return Fact(
        text=text[:1].upper() + text[1:],
        kind=finding.kind,
        utterance=turn.index,
        span=(piece.start, piece.end),
        entities=_merged(finding.entities, named),
        relations=finding.relations,
        slot=finding.slot,
        valid_from_us=_valid_from(dated, clause, turn.said.said_us, finding),
        verified=is_supported(text, turn.said.text[piece.start : piece.end], clause.subject + " " + _others(turn)),
    )


def _valid_from(dated: Dated, clause: Clause, said_us: int, finding: Finding) -> int | None:
    """A past date begins what is told; a plan holds from when it is told, and its date stays in the text."""
    if dated.from_us is None or dated.from_us > said_us:
        return None
    happened = clause.past or dated.since or finding.slot is not None or finding.kind is MemoryKind.EVENT
    return dated.from_us if happened else None


def _as_said(turn: _Turn, start: int, end: int) -> list[Fact]:
    """Keep a sentence of another language verbatim, unless it asks or is too short to state anything."""
    text = turn.text[start:end]
    spaced = text.isascii() or " " in text
    if text.endswith(("?", "\uff1f", "\u061f", "\u037e")) or text.startswith("\u00bf"):
        return []
    if len(text) < (_MIN_FOREIGN_CHARS if spaced else _MIN_FOREIGN_CHARS_UNSPACED):
        return []
    if spaced and text.count(" ") < 2:  # noqa: PLR2004 - two words are a greeting more often than a statement
        return []
    return [Fact(text, utterance=turn.index, span=(start, end), entities=entities_in(text, turn.speakers))]


def _merged(stated: tuple[EntityMention, ...], named: tuple[EntityMention, ...]) -> tuple[EntityMention, ...]:
    found = {entity.name: entity for entity in stated}
    known = " ".join(found)
    for entity in named:
        if entity.name not in known:
            found.setdefault(entity.name, entity)
    return tuple(found.values())


def _plain(sentence: str) -> str:
    """Fold typographic apostrophes and a lone lower-case "i", keeping every offset."""
    plain = sentence.replace("\u2019", "'").replace("\u2018", "'")
    if plain.startswith(("i ", "i'")):
        plain = "I" + plain[1:]
    return plain.replace(" i ", " I ").replace(" i'", " I'")


def _without_vocative(text: str, turn: _Turn) -> str:
    head, comma, tail = text.rstrip(" .!").rpartition(", ")
    return head if comma and (tail in turn.speakers or tail in {"man", "dude", "buddy", "bro", "mate"}) else text


def _others(turn: _Turn) -> str:
    return " ".join((turn.speaker.name, *([turn.speaker.addressee] if turn.speaker.addressee else [])))


__all__ = ["MAX_FACTS_PER_UTTERANCE", "entities_in", "extract"]
