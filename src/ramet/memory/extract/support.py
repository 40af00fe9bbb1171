"""The span check: does the quoted span hold all that a fact says?"""

import re
from typing import Final

from ramet.memory.extract.lexicon import FUNCTION_WORDS

_WORD = re.compile(r"[^\W_]+")
_TEMPLATE_WORDS: Final = frozenset(
    "user assistant others called name wants is has does was were are they them theirs their around week weekend "
    "morning afternoon evening night january february march april may june july august september october november "
    "themselves doesn hasn isn aren going december spring summer fall autumn winter recommended".split()
)
"""What rewriting may add: third-person forms, and the words of written-out dates."""


def is_supported(fact: str, quoted: str, subject: str) -> bool:
    """Tell whether every content word of `fact` stands in `quoted`, give or take an ending.

    Words of the `subject`, of the templates and of dates that were written out are granted. Linear in both lengths.
    """
    granted = set(_WORD.findall(subject.casefold())) | _TEMPLATE_WORDS | FUNCTION_WORDS
    said = {_stem(word) for word in _WORD.findall(quoted.casefold())}
    return all(word in granted or word.isdigit() or _stem(word) in said for word in _WORD.findall(fact.casefold()))


def _stem(word: str) -> str:
    bare = word.removesuffix("s").removesuffix("e")
    return bare[:-1] if bare.endswith(("y", "i")) else bare
