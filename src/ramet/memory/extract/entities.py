"""Names in text, found by their capitals: conservative, and cheap enough for every raw message."""

import re
from collections.abc import Iterable
from typing import Final

from ramet.memory.extract.lexicon import (
    EVENT_SUFFIXES,
    LOCATION_HINTS,
    LOCATION_SUFFIXES,
    NOT_NAMES,
    ORGANISATION_HINTS,
    ORGANISATION_SUFFIXES,
    PERSON_HINTS,
)
from ramet.memory.model import EntityMention

MAX_ENTITIES: Final = 32
"""Entities kept of one text; a longer list is a document's index, not a statement's subject."""

_SCANNED_CHARS: Final = 8_000
_WORD: Final = r"[A-Z][\w&+]*+(?:['-][\w&+]++)*+"
_NAME = re.compile(rf"{_WORD}(?:(?: (?:of|the|de|van|von|der|la|for))?(?: the)? {_WORD})*")
_SENTENCE_OPENERS: Final = frozenset(".!?:\n\"'(*-\u201c")
_BEFORE: Final = 16


def entities_in(text: str, speakers: Iterable[str] = ()) -> tuple[EntityMention, ...]:
    """Return the things that `text` names, in order of appearance, each once.

    A name is a run of capitalised words. At the start of a sentence, where everything is capitalised, a single word
    counts only if it is a speaker, an acronym, or stands elsewhere in the text too. Types are guessed from suffixes and
    the word before; ``concept`` is the answer where nothing tells. Only the first 8,000 characters are read.
    """
    known = frozenset(speakers)
    text = text[:_SCANNED_CHARS]
    found: dict[str, str] = {}
    openers: list[str] = []
    for match in _NAME.finditer(text):
        name, start = match[0], match.start()
        opens = start < 2 or text[start - 2] in _SENTENCE_OPENERS or text[start - 1] in _SENTENCE_OPENERS  # noqa: PLR2004
        if "'" in name or " " in name or name in NOT_NAMES:
            name = _trim(name)
            if not name:
                continue
            opens = opens and match[0].startswith(name)
        if opens and " " not in name and name not in known and not _is_acronym(name):
            openers.append(name)
        elif name not in found and (len(name) > 1 or name in known):
            found[name] = _type_of(name, text, start, known)
            if len(found) >= MAX_ENTITIES:
                break
    for name in openers:
        if name not in found and openers.count(name) > 1 and len(found) < MAX_ENTITIES and len(openers) <= MAX_ENTITIES:
            found[name] = "concept"
    return tuple(EntityMention(name, kind) for name, kind in found.items())


def _trim(name: str) -> str:
    words = name.split()
    while words and (_bare(words[0]) in NOT_NAMES or (len(words) > 1 and words[0].endswith("ing"))):
        words.pop(0)
        while words and words[0].islower():
            words.pop(0)
    while words and (words[-1].islower() or _bare(words[-1]) in NOT_NAMES):
        words.pop()
    return _bare(" ".join(words))


def _bare(word: str) -> str:
    if word in NOT_NAMES:
        return word
    return word.removesuffix("'s").rstrip("'-")


def _is_acronym(name: str) -> bool:
    return len(name) > 2 and name.isupper()  # noqa: PLR2004 - "AI" opens sentences as often as "OK"


def _type_of(name: str, text: str, start: int, known: frozenset[str]) -> str:
    if name in known:
        return "person"
    last = name.rsplit(" ", 1)[-1]
    if last in ORGANISATION_SUFFIXES:
        return "organisation"
    if last in LOCATION_SUFFIXES:
        return "location"
    if last in EVENT_SUFFIXES:
        return "event"
    before = text[max(0, start - _BEFORE) : start].rsplit(None, 1)
    return _type_after(before[-1].lower() if before else "")


def _type_after(word: str) -> str:
    if word in LOCATION_HINTS:
        return "location"
    if word in ORGANISATION_HINTS:
        return "organisation"
    return "person" if word in PERSON_HINTS else "concept"
