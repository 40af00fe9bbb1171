"""What is asked of the assistant for good ("always answer in German"), and what the assistant reports back."""

import re
from typing import Final

from ramet.memory.extract.clauses import Piece, Speaker
from ramet.memory.extract.entities import entities_in
from ramet.memory.extract.gate import content_words
from ramet.memory.extract.language import is_english
from ramet.memory.extract.person import in_third_person
from ramet.memory.extract.sentences import sentence_spans
from ramet.memory.model import EntityMention, Fact, MemoryKind, Slot, Utterance

_STANDING = re.compile(r"(?:please |from now on,? )*(?P<how>always|never|(?:please )?(?:don't|"
                       r"do not) ever)\b (?P<what>[a-z].{4,})",
                       re.IGNORECASE)  # fmt: skip
_WANTED = re.compile(
    r"I(?:'d| would)? (?:want|like|need|prefer) you to (?P<what>(?:be|always|never|use|keep|answer|stop|remember|"
    r"speak|reply)\b.+)"
)
_LANGUAGE = re.compile(
    r"(?:please |from now on,? |always )*(?P<what>(?:answer|reply|respond|speak|write|talk)(?: to me|"
    r" me)? (?:only )?in "
    r"(?P<language>[A-Z][a-z]+))\b", re.IGNORECASE)  # fmt: skip
_CALL_ME = re.compile(r"(?:please |you can |just )*call me (?P<name>[A-Z][\w-]+)", re.IGNORECASE)
_REPORT = re.compile(
    r"(?:(?:Done|OK|Okay|Great|Sure|All set)[,.!:]? )?(?:I|We)(?:'ve| have)? (?:just |now |already |successfully )?"
    r"(?P<verb>booked|created|deployed|fixed|scheduled|installed|updated|sent|reserved|ordered|added|merged|migrated|"
    r"configured|decided|agreed|chose|found|set up|removed|renamed|implemented|cancelled|canceled)\b (?P<rest>.+)"
)
_RECOMMENDATION = re.compile(r"I(?:'d| would)? (?:recommend|suggest|propose)(?: that you| you)? (?P<rest>.+)")
_ACCEPTED = re.compile(
    r"\s*(?:yes|yeah|yep|ok|okay|sure|great|perfect|sounds good|sounds great|agreed|let's do|let's go|good idea|do it|"
    r"deal|i agree|works for me|that works|i'll do|i will)\b", re.IGNORECASE)  # fmt: skip
_ASSISTANT: Final = "Assistant"
_MIN_CONTENT_WORDS: Final = 2


def request_of(piece: Piece, speaker: Speaker, utterance: int) -> Fact | None:
    """Return the lasting wish that a piece of a message states: a language, a form of address, "always", "never"."""
    text = piece.text.rstrip(" .!")
    if speaker.addressee:
        return None
    for pattern, build in ((_LANGUAGE, _language), (_CALL_ME, _address), (_STANDING, _standing), (_WANTED, _wanted)):
        match = pattern.match(text)
        if match:
            fact_text, slot = build(match, speaker.name)
            return Fact(
                fact_text, MemoryKind.PREFERENCE, utterance, (piece.start, piece.end),
                (EntityMention(speaker.name, "person"),), slot=slot,
            )  # fmt: skip
    return None


def _language(match: re.Match[str], name: str) -> tuple[str, Slot]:
    what = in_third_person(match["what"], name, about_speaker=False)
    language = match["language"].title()
    return f"{name} wants the assistant to {what}", Slot(name.casefold(), "preferred_language", language)


def _address(match: re.Match[str], name: str) -> tuple[str, Slot]:
    return f"{name} wants to be called {match['name']}", Slot(name.casefold(), "name", match["name"])


def _standing(match: re.Match[str], name: str) -> tuple[str, None]:
    how = "always" if match["how"].lower() == "always" else "never"
    what = in_third_person(match["what"], name, about_speaker=False)
    return f"{name} wants the assistant to {how} {what}", None


def _wanted(match: re.Match[str], name: str) -> tuple[str, None]:
    return f"{name} wants the assistant to {in_third_person(match['what'], name, about_speaker=False)}", None


def accepted_results(text: str, utterance: int, following: Utterance | None) -> list[Fact]:
    """Return what an assistant reports as done, and what it recommends if the user's next message accepts it."""
    accepted = following is not None and following.role == "user" and _ACCEPTED.match(following.text) is not None
    found = []
    for start, end in sentence_spans(text):
        sentence = text[start:end].replace("\u2019", "'")
        fact_text = _reported(sentence) or (_recommended(sentence) if accepted else None)
        if fact_text and is_english(sentence):
            about = (EntityMention(_ASSISTANT, "person"), *entities_in(sentence))
            found.append(Fact(fact_text, MemoryKind.EVENT, utterance, (start, end), about))
    return found


def _reported(sentence: str) -> str | None:
    match = _REPORT.match(sentence)
    if not match or sentence.endswith("?"):
        return None
    return _about_assistant(match["verb"], match["rest"])


def _recommended(sentence: str) -> str | None:
    match = _RECOMMENDATION.match(sentence)
    return _about_assistant("recommended", match["rest"]) if match and not sentence.endswith("?") else None


def _about_assistant(verb: str, rest: str) -> str | None:
    if len(content_words(rest)) < _MIN_CONTENT_WORDS:
        return None
    said = re.sub(r"\byour\b", "User's", rest.rstrip(" .!"))
    said = re.sub(r"\byou\b", "User", said)
    return f"{_ASSISTANT} {verb} {in_third_person(said, _ASSISTANT, about_speaker=True)}"
