"""Telling English from the rest, by script and by function words: explainable, and good enough to keep hands off."""

import re
from typing import Final

from ramet.memory.extract.lexicon import FOREIGN_FUNCTION_WORDS, FUNCTION_WORDS

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_ENGLISH_APOSTROPHE: Final = re.compile(r".'(?:m|s|re|ve|d|ll|t)$")
_OTHER_SCRIPT_SHARE: Final = 0.3
_LAST_LATIN = "\u024f"


def is_english(sentence: str, otherwise: bool = True) -> bool:  # noqa: FBT001, FBT002 - the answer when nothing tells
    """Tell whether `sentence` reads as English; `otherwise` is the answer for one that gives no sign either way.

    It is not English if more than 30 % of its letters belong to another script, or if it has more function words of
    other languages than of English. A letter that English doesn't use breaks a tie.
    """
    words = _WORD.findall(sentence.lower().replace("\u2019", "'"))
    if not sentence.isascii() and _foreign_script(words):
        return False
    english = sum(word in FUNCTION_WORDS or _ENGLISH_APOSTROPHE.search(word) is not None for word in words)
    foreign = sum(word in FOREIGN_FUNCTION_WORDS for word in words)
    if english != foreign:
        return english > foreign
    if english == 0 and any(not word.isascii() for word in words):
        return False
    return otherwise if english == 0 else True


def _foreign_script(words: list[str]) -> bool:
    letters = sum(map(len, words))
    others = sum(char > _LAST_LATIN for word in words if not word.isascii() for char in word)
    return others > letters * _OTHER_SCRIPT_SHARE
