"""The score in [0, 1] that a user sees: a function of the query and the memory, whatever else is stored."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ramet.memory import text
from ramet.memory.recall.features import Postings, closeness
from ramet.memory.recall.query import Calibration, Query
from ramet.memory.recall.scope import Floats, Positions, Scope

_TRUST_IN_COSINE: Final = 0.9
_TRUST_IN_TERMS: Final = 0.8
_TRUST_IN_DATE: Final = 0.2


def scores(scope: Scope, query: Query, postings: Postings, positions: Positions) -> tuple[Floats, dict[str, Floats]]:
    """Combine the calibrated cosine, the share of the question's terms and the date by noisy-or: monotone in each.

    Reads the question as it was asked, since who has spoken in the scope must not matter. Returns the scores, and what
    they were combined from.
    """
    grounds = {
        "semantic": _calibrated(cosines(scope, query, positions), query.calibration),
        "terms": coverage(scope, query, postings, positions),
    }
    doubt = (1 - _TRUST_IN_COSINE * grounds["semantic"]) * (1 - _TRUST_IN_TERMS * grounds["terms"] ** 2)
    if query.dates:
        grounds["date"] = closeness(scope.column("said_at_us")[positions], query.dates)
        doubt *= 1 - _TRUST_IN_DATE * grounds["date"]
    combined: Floats = np.clip(1 - doubt, 0, 1).round(6)
    return combined, grounds


def cosines(scope: Scope, query: Query, positions: Positions) -> Floats:
    """Return the cosine of each position, summed row by row: a matrix product's last bits depend on its shape."""
    vector = query.vector if query.plain_vector is None else query.plain_vector
    summed: Floats = (scope.vectors(positions) * vector).sum(axis=1)
    return summed


def coverage(scope: Scope, query: Query, postings: Postings, positions: Positions) -> Floats:
    """Return the share of the question's terms, by prior weight, that the memory or its speaker's name holds."""
    weights = query.plain_terms
    total = sum(weights.values())
    found = np.zeros(len(positions), np.float32)
    if not total:
        return found
    speaker, labels = scope.speaker
    speaker = speaker[positions]
    names = {code: _terms_of_name(labels.name(code)) for code in set(speaker.tolist()) if code >= 0}
    for term, weight in weights.items():
        bearers = [code for code, terms in names.items() if term in terms]
        held = _among(positions, (postings.get(term) or scope.find(term))[0])
        if bearers:
            held |= np.isin(speaker, bearers)
        found += np.float32(weight / total) * held
    return found


def _calibrated(cosine: Floats, calibration: Calibration) -> Floats:
    logistic: Floats = 1 / (1 + np.exp((calibration.even_cosine - cosine) / calibration.scale))
    return logistic


@lru_cache(maxsize=1024)
def _terms_of_name(name: str) -> frozenset[int]:
    return frozenset(text.analyse(name).tolist())


def _among(positions: Positions, ascending: Positions) -> NDArray[np.bool_]:
    if not len(ascending):
        return np.zeros(len(positions), np.bool_)
    places = ascending.searchsorted(positions)
    among: NDArray[np.bool_] = ascending.take(places, mode="clip") == positions
    return among
