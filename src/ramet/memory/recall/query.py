"""From a question as it was asked to a query that can be ranked."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ramet.memory import text
from ramet.memory.dates import DateSpan
from ramet.memory.dates import find as find_dates

_ASKS_WHEN = re.compile(
    r"\b(?:when|how long|how recently|(?:what|which) (?:date|day|week|month|year|time))\b", re.IGNORECASE
)
_SELF = "I"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What an embedder's similarities mean, and how far its token vectors are to be trusted.

    Attributes:
        even_cosine: the cosine at which a memory is as likely related as not, on a logistic curve.
        scale: how steep that curve is.
        late: the weight of MaxSim, in standard deviations of the fused similarity.
        base_beside_late: what the fused similarity keeps where MaxSim is known.
        reranked: how many candidates are reranked by MaxSim.
        leading: how many components, sorted by variance, hold most of a vector; large scopes are preselected by these.
            0 if the components are in no such order.

    """

    even_cosine: float
    scale: float
    late: float = 0.5
    base_beside_late: float = 0.35
    reranked: int = 100
    leading: int = 0


CALIBRATION = Calibration(even_cosine=0.35, scale=0.1)
"""Fits sentence models trained by contrast, whose cosines of unrelated texts lie about 0.1."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question with what was read from it.

    Attributes:
        text: the question as asked.
        vector: its unit vector (d,), made from the focused text; zeros when there is none.
        terms: each term of the focused text, with its prior weight; these are matched by BM25.
        name_terms: those of the names that were taken out.
        names: the speakers that the question names, as the corpus spells them.
        tokens: token vectors (t, e) for MaxSim, of any scale, or None.
        dates: the days that the question names.
        asks_when: whether it asks for a time.
        calibration: what the embedder's similarities mean.
        plain_vector: the unit vector of the question as asked, by which a memory is scored whoever has spoken.
        plain_terms: the terms of the question as asked, likewise.

    """

    text: str
    vector: NDArray[np.float32]
    terms: dict[int, float]
    name_terms: dict[int, float] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    tokens: NDArray[np.float32] | None = None
    dates: tuple[DateSpan, ...] = ()
    asks_when: bool = False
    calibration: Calibration = CALIBRATION
    plain_vector: NDArray[np.float32] | None = None
    plain_terms: dict[int, float] = field(default_factory=dict)


def focus(question: str, speakers: Iterable[str]) -> tuple[str, frozenset[str]]:
    """Return the text to embed, and the speakers that `question` names.

    Names of known speakers become "I": people speak of themselves without their names, and a sentence model lets
    a name outweigh all else. Full names match, and first names that only one speaker bears.
    """
    asked = question.casefold()
    forms = {form: speaker for form, speaker in _forms_of(speakers).items() if form in asked}
    if not forms:
        return question, frozenset()
    pattern = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    mentioned: set[str] = set()

    def replace(match: re.Match[str]) -> str:
        speaker = forms.get(match[0].casefold())
        if speaker is None:  # letters such as "İ" match without regard to case, and yet fold to something else
            return match[0]
        mentioned.add(speaker)
        return _SELF

    focused = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", replace, question, flags=re.IGNORECASE)
    return focused, frozenset(mentioned)


def prepare(
    question: str,
    focused: str,
    vector: NDArray[np.float32],
    *,
    names: frozenset[str] = frozenset(),
    tokens: NDArray[np.generic] | None = None,
    reference: date | None = None,
    calibration: Calibration = CALIBRATION,
    plain_vector: NDArray[np.float32] | None = None,
) -> Query:
    """Read `question` into a query.

    `focused` and `names` come from `focus`, `vector` and `tokens` from the embedder given `focused`. Relative dates
    ("last week") count from `reference` and are ignored without one. `plain_vector` is the question's own where
    `focused` differs from it.
    """
    return Query(
        text=question,
        vector=_unit(vector),
        terms=text.weigh(focused),
        name_terms=text.weigh(" ".join(sorted(names))),
        names=names,
        tokens=None if tokens is None else np.asarray(tokens, np.float32),
        dates=tuple(find_dates(question, reference)),
        asks_when=bool(_ASKS_WHEN.search(question)),
        calibration=calibration,
        plain_vector=None if plain_vector is None else _unit(plain_vector),
        plain_terms=text.weigh(question),
    )


def _forms_of(speakers: Iterable[str]) -> dict[str, str]:
    """Map each case-folded form by which a question may name a speaker to the speaker."""
    named = [speaker for speaker in speakers if speaker.strip()]
    firsts = [speaker.split()[0].casefold() for speaker in named]
    bearers = Counter(firsts)
    unique = {first: speaker for first, speaker in zip(firsts, named, strict=True) if bearers[first] == 1}
    return unique | {speaker.casefold(): speaker for speaker in named}


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = np.asarray(vector, np.float32)
    norm = float(np.linalg.norm(flat))
    return flat / np.float32(norm) if norm else flat
