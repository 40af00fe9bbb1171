"""Text analysis: from any string to the terms that the keyword index counts.

The chain is NFKC, case folding, Unicode words, a small English stop list and Snowball's English stemmer (Porter 2)
for words in Latin letters. Scripts written without spaces become overlapping bigrams and single characters.
Codes such as ``ERR-7741`` are kept whole and in parts; emoji are terms. A term is the CRC-32 of its UTF-8 form: two
words may share a number (one pair in 2**32), which costs a rank at worst and never correctness.
"""

import re
import unicodedata
from functools import cache, lru_cache
from itertools import chain
from threading import Lock
from zlib import crc32

import numpy as np
import Stemmer
from numpy.typing import NDArray

_UNSPACED = (  # Thai to Lao, Myanmar, Hangul letters, Khmer, kana and Bopomofo, Han, Hangul syllables
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
)
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0900-\u0dff"  # part of a word, though not ``\w`` to the re module
_EMOJI = "\u2600-\u27bf\U0001f1e6-\U0001faff"
_LETTER = rf"(?:[^\W_{_UNSPACED}]|[{_MARKS}])"
_WORD = re.compile(rf"{_LETTER}{{1,64}}+(?:['\u2019]{_LETTER}{{1,8}}+)?+|[{_UNSPACED}]{{1,64}}+|[{_EMOJI}]")
_CODE = re.compile(r"(?<![^\W_])[^\W_]++(?:[-_./:#@+][^\W_]++)++")
_ASCII_WORD = re.compile(
    r"[a-z0-9]{1,64}+(?:'[a-z0-9]{1,8}+)?+"
)  # longer runs are cut, which bounds the cache of words
_DIGIT = re.compile(r"\d")
_FIRST_UNSPACED = "\u0e00"
_CACHED_WORDS = 65_536

_STOP_WORDS = frozenset(
    "a about after all also am an and any are as at be because been before being both but by can could d did do does "
    "doing don done down each few for from further get gets getting got had has have having he her here hers him his "
    "how i if in into is it its itself just let ll m me more most my myself no nor not of off on once only or other "
    "our ours out over own re s same she should so some such t than that the their theirs them then there these they "
    "this those through to too under until up us ve very was we were what when where which while who whom whose why "
    "will with would you your yours yourself".split()
)
_QUESTION_OPENERS = frozenset(
    "what when where which who whom whose why how is are was were do does did can could will would should has have "
    "had any".split()
)
_TIME_WORDS = (
    "yesterday today tonight tomorrow ago last next since week weekend month year day recently morning evening summer "
    "winter spring autumn monday tuesday wednesday thursday friday saturday sunday january february march april june "
    "july august september october november december 2020 2021 2022 2023 2024 2025 2026 2027"
)

_stemmer = Stemmer.Stemmer("english", 0)
_stemmer_lock = Lock()


def analyse(text: str) -> NDArray[np.uint32]:
    """Return the terms of `text` in order of appearance, with repeats; an empty array for text without words.

    Total on every `str`, lone surrogates included. Linear in the length of the text; some 10 µs for a chat turn.
    """
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    pattern = _ASCII_WORD if folded.isascii() else _WORD
    terms = list(chain.from_iterable(map(_terms_of, pattern.findall(folded))))
    if _DIGIT.search(folded):
        terms += [_term(code) for code in _CODE.findall(folded) if _DIGIT.search(code)]
    return np.array(terms, dtype=np.uint32)


def weigh(text: str) -> dict[int, float]:
    """Return each term of `text` with its prior weight in (0, 1]: how telling a word is, judged by its looks alone.

    Longer words say more, and codes and numbers most. The weight depends on nothing but the word, so that a score built
    on it does not move when other documents are stored.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    weights = {term: _prior(word) for word in _WORD.findall(folded) for term in _terms_of(word)}
    weights |= {_term(code): 1.0 for code in _CODE.findall(folded) if _DIGIT.search(code)}
    return weights


@cache
def time_terms() -> frozenset[int]:
    """Return the terms of English words that place something in time."""
    return frozenset(analyse(_TIME_WORDS).tolist())


def is_question(text: str) -> bool:
    """Tell whether `text` asks something: it holds a question mark near its end, or opens like an English question."""
    stripped = text.rstrip()
    if stripped.endswith(("?", "\uff1f", "\u061f")):
        return True
    opener = stripped[:12].split(" ", 1)[0].lower()
    return opener in _QUESTION_OPENERS and not stripped.endswith((".", "!"))


@lru_cache(maxsize=_CACHED_WORDS)
def _terms_of(word: str) -> tuple[int, ...]:
    if word[0] >= _FIRST_UNSPACED and re.match(f"[{_UNSPACED}]", word):
        return tuple(_term(gram) for gram in _grams(word))
    bare = _without_marks(word.replace("\u2019", "'")).removesuffix("'s")
    if bare in _STOP_WORDS or bare.split("'", 1)[0] in _STOP_WORDS or bare.endswith("n't"):
        return ()
    return (_term(_stem(bare)),)


def _grams(word: str) -> list[str]:
    return [*word, *(word[i : i + 2] for i in range(len(word) - 1))]


def _without_marks(word: str) -> str:
    if word.isascii() or word[0] > "\u024f":  # only Latin letters lose their accents: elsewhere marks tell words apart
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if not "\u0300" <= c <= "\u036f")


def _stem(word: str) -> str:
    if not word.isascii() or not word.isalpha():
        return word
    with _stemmer_lock:  # one stemmer holds one buffer
        stem: str = _stemmer.stemWord(word)
    return stem


def _term(form: str) -> int:
    return crc32(form.encode("utf-8", "surrogatepass"))


def _prior(word: str) -> float:
    if _DIGIT.search(word) or not word.isascii():
        return 1.0
    return min(len(word), 8) / 8
