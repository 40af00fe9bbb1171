"""From the first person to the third: "I'm moving with my dog" of User is "User is moving with their dog"."""

import re
from dataclasses import dataclass
from typing import Final

from ramet.memory.extract.lexicon import (
    ADVERBS,
    CONJOINED_VERBS,
    IRREGULAR_PAST,
    IRREGULAR_THIRD,
    MODALS,
    NOT_PAST,
)

_ADVERBS = re.compile(
    rf"(?:(?:{'|'.join(ADVERBS)}|(?!(?:ap|re|sup|com|multi|im)?p?ly\b|rely\b|fly\b)[a-z]+ly)\b,? )+", re.IGNORECASE
)
_VERB = re.compile(r"[A-Za-z]+(?:'t)?(?![\w'])")
_AUXILIARY = re.compile(r"'(m|re|ve|d|ll|s)\b ?")
_PARTICIPLE_AHEAD = re.compile(
    r"(?:\w+ly |never |always |just |already |also )?(?:been|had|gone|seen|known|\w+ed|better)\b"
)
_CONJOINED = re.compile(r"\b(and|but) (" + "|".join(sorted(CONJOINED_VERBS)) + r")\b")
_PRONOUN = re.compile(
    r"\"[^\"]*\"|\b(?:(I|we) (am|was|are|were|have|do|don't|haven't)\b|(I|[Ww]e)'(m|ve|d|ll|re)\b|"
    r"(I|[Ww]e|[Mm]e|[Mm]y|[Mm]ine|[Mm]yself|[Uu]s|[Oo]ur|[Oo]urs|[Oo]urselves|[Yy]our)\b(?!['.]\w))"
)
_I_DO = re.compile(r"(?<!\w)I ((?:(?:really|just|also|always|still|never|usually) )*)([a-z]+(?:'t)?)(?!\w)")
_WANNA = re.compile(r"^wanna\b")
_YOU = re.compile(r"\b[Yy]ou(?:'(re|ve|ll|d)|(?: (\w+(?:'t)?))?)(?![\w'])")
_YOUR_VERB: Final = {"re": "is", "ve": "has", "ll": "will", "d": "would"}
_AFTER_OBJECT: Final = frozenset(
    "about all and as at because but for from how if in on so soon that the to too with".split()
)
_THEY: Final = {
    "i": "they", "we": "they", "me": "them", "us": "them", "my": "their", "our": "their", "mine": "theirs",
    "ours": "theirs", "myself": "themselves", "ourselves": "themselves",
}  # fmt: skip
_PLURAL_VERB: Final = {"am": "are", "was": "were", "m": "are", "re": "are", "ve": "have", "d": "would", "ll": "will"}


@dataclass(frozen=True, slots=True)
class Predicate:
    """A verb phrase in the third person; `past` tells its tense, `verb` is its first verb as rewritten."""

    text: str
    verb: str
    past: bool


def third_person(verb: str) -> str:
    """Inflect an English base form for "he" or "she"."""
    if verb in IRREGULAR_THIRD:
        return IRREGULAR_THIRD[verb]
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


def is_past(verb: str) -> bool:
    """Tell whether a verb form is a simple past, by ending or by list."""
    return (
        verb.removeprefix("re") in IRREGULAR_PAST
        or verb in IRREGULAR_PAST
        or (verb.endswith("ed") and verb not in NOT_PAST)
    )


def predicate(rest: str, *, plural: bool = False) -> Predicate | None:
    """Turn what follows "I" (or "we", for a `plural` subject) into a predicate; ``None`` if no verb opens it."""
    rest = _WANNA.sub("want to", _spell_out(rest))
    adverbs = _ADVERBS.match(rest)
    lead = adverbs[0] if adverbs else ""
    match = _VERB.match(rest, len(lead))
    if not match:
        return None
    base = match[0].lower()
    past = is_past(base)
    verb = base if past or plural or base in MODALS or base in {"is", "has", "does"} else third_person(base)
    tail = rest[match.end() :]
    if not past and not plural:
        tail = _conjoin(tail)
    return Predicate(lead + verb + tail, verb, past)


def in_third_person(text: str, speaker: str, *, about_speaker: bool, addressee: str | None = None) -> str:
    """Replace the speaker's pronouns in `text`, but never inside double quotes.

    Where the subject is the speaker they become "they" (`about_speaker`), elsewhere the speaker's name.
    """
    if not about_speaker and '"' not in text:
        text = _I_DO.sub(lambda match: f"{speaker} {match[1]}{_inflected(match[2])}", text)

    if addressee:
        text = _YOU.sub(lambda match: _addressed(match, addressee), text)

    def replace(match: re.Match[str]) -> str:
        pronoun = match[1] or match[3] or match[5]
        if pronoun is None:
            return match[0]
        verb = match[2] or match[4]
        word = pronoun.lower()
        if word == "your":
            return f"{addressee}'s" if addressee else match[0]
        if about_speaker:
            return f"{_THEY[word]} {_PLURAL_VERB.get(verb, verb)}" if verb else _THEY[word]
        return _named(word, verb, speaker)

    return _PRONOUN.sub(replace, text)


def _addressed(match: re.Match[str], name: str) -> str:
    """Put the listener's name for "you" where its part in the sentence is plain."""
    contracted, word = match[1], match[2]
    if contracted:
        return f"{name} {_YOUR_VERB[contracted]}"
    if word is None or word in _AFTER_OBJECT:
        return match[0].replace(match[0][:3], name, 1)
    if word in {"are", "were", "have", "do", "don't"} or is_past(word) or word in MODALS:
        return f"{name} {IRREGULAR_THIRD.get(word, word)}"
    return match[0]


def _inflected(verb: str) -> str:
    return verb if is_past(verb) or verb in MODALS or verb in {"was", "had", "did"} else third_person(verb)


def _named(word: str, verb: str | None, speaker: str) -> str:
    many = f"{speaker} and others"
    if verb:
        plural = _PLURAL_VERB.get(verb, verb)
        return f"{many} {plural}" if word == "we" else f"{speaker} {IRREGULAR_THIRD.get(plural, plural)}"
    if word in {"my", "our", "mine", "ours"}:
        return f"{speaker}'s"
    if word in {"myself", "ourselves"}:
        return "themselves"
    return many if word in {"we", "us"} else speaker


def _spell_out(rest: str) -> str:
    match = _AUXILIARY.match(rest)
    if not match:
        return rest.lstrip()
    tail = rest[match.end() :]
    word = {"m": "am", "re": "are", "ve": "have", "ll": "will", "s": "is"}.get(match[1])
    if word is None:
        word = "had" if _PARTICIPLE_AHEAD.match(tail) else "would"
    return f"{word} {tail}"


def _conjoin(tail: str) -> str:
    match = _CONJOINED.search(tail)
    if not match or re.search(r"\b(?:to|will|would|can|could|I|we)\b|'", tail[: match.start()]):
        return tail
    return f"{tail[: match.start(2)]}{third_person(match[2])}{tail[match.end(2) :]}"
