"""Texts for measuring speed: made up, the same every time, and with the statistics of speech.

Words are drawn by Zipf's law in Mandelbrot's form from the commonest 6,000 English words that the bundled tokenizer
knows (its file lists them by frequency), so that posting lists are as long and as uneven as those of real text.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Final

VOCABULARY: Final = 6000
WORDS_PER_TEXT: Final = (12, 28)
_MANDELBROT_SHIFT: Final = 2.7
_COMMON: Final = 150  # the words above this rank say little; nobody asks for them
_QUESTION_SHARE: Final = 0.1
_OPENINGS: Final = ("What did we say about", "When was there talk of", "Who mentioned", "Where was", "Why was it")


@cache
def vocabulary() -> tuple[str, ...]:
    """Return the words, commonest first."""
    lines = files("ramet.adapters.embedders").joinpath("data/vocab.txt").read_text(encoding="utf-8").splitlines()
    words = (line for line in lines if len(line) > 1 and line.isascii() and line.isalpha())
    return tuple(word for word, _ in zip(words, range(VOCABULARY), strict=False))


def text_of(user: int, number: int) -> str:
    """Return a user's memory: a sentence of 12 to 28 words."""
    words = _words(user, number)
    end = "?" if _random("end", user, number).random() < _QUESTION_SHARE else "."
    return f"{words[0].capitalize()} {' '.join(words[1:])}{end}"


def question_about(user: int, number: int) -> str:
    """Return a question with up to three telling words of a user's memory."""
    random = _random("ask", user, number)
    telling = set(vocabulary()[_COMMON:])
    words = [word for word in dict.fromkeys(_words(user, number)) if word in telling] or _words(user, number)
    asked = random.sample(words, min(3, len(words)))
    return f"{random.choice(_OPENINGS)} {' '.join(asked)}?"


def _words(user: int, number: int) -> list[str]:
    random = _random("say", user, number)
    return random.choices(vocabulary(), cum_weights=_cumulative(), k=random.randint(*WORDS_PER_TEXT))


@cache
def _cumulative() -> list[float]:
    return list(accumulate(1 / (rank + _MANDELBROT_SHIFT) for rank in range(1, VOCABULARY + 1)))


def _random(*seed: object) -> Random:
    return Random(repr(seed))  # noqa: S311 - a workload, no secret
