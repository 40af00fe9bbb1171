"""The features of recall: each function scores candidates by one kind of evidence."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ramet.memory.dates import DateSpan
from ramet.memory.recall.query import Query
from ramet.memory.recall.scope import Floats, Positions, Scope

BM25_K1 = 0.9
BM25_B = 0.4
_DAY_US = 86_400_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAYS_TO_HALF = 7.0
_NO_DEVIATION = 1e-6
_SAMPLE_STEP = 64

Postings = dict[int, tuple[Positions, Floats]]
"""By term: the positions that hold it, ascending, and how often each does."""


def standardised(values: Floats) -> Floats:
    """Return z-scores; zeros where all values are equal."""
    centred: Floats = values - np.add.reduce(values) / np.float32(len(values))
    deviation = math.sqrt(float(centred @ centred) / len(values))
    centred *= np.float32(1 / deviation if deviation > _NO_DEVIATION else 0)
    return centred


def exact_dense(scope: Scope, query: Query, positions: Positions) -> Floats:
    """Return z-scores of the whole vectors' cosines, against a sample of the scope."""
    sample = scope.vectors(np.arange(0, scope.size, _SAMPLE_STEP)) @ query.vector
    deviation = max(float(sample.std()), _NO_DEVIATION)
    exact: Floats = (scope.vectors(positions) @ query.vector - sample.mean()) / np.float32(deviation)
    return exact


def postings_of(scope: Scope, query: Query) -> Postings:
    """Look up each term of the query that occurs."""
    found = {term: scope.find(term) for term in query.terms}
    return {term: entries for term, entries in found.items() if len(entries[0])}


def bm25(scope: Scope, postings: Postings) -> Floats:
    """Okapi BM25 of every position (Robertson & Zaragoza 2009), statistics taken from the visible rows only."""
    scores = np.zeros(scope.size, np.float32)
    length = scope.column("length")
    mean_length = max(1.0, float(length.mean()))
    for positions, counts in postings.values():
        norm = length[positions] * np.float32(BM25_K1 * BM25_B / mean_length) + np.float32(BM25_K1 * (1 - BM25_B))
        scores[positions] += _idf(scope.size, len(positions)) * counts / (counts + norm)
    return scores


def session_bm25(scope: Scope, postings: Postings, candidates: Positions) -> Floats:
    """BM25 of each candidate's run taken as one document, standardised over all positions; 0 without a run."""
    run, turns, length = scope.run[0], scope.sessions.turns, scope.sessions.length
    if len(turns) == 1 or not postings:
        return np.zeros(len(candidates), np.float32)
    frequency = _frequency_by_slot(run, postings, len(turns))
    sessions = max(1, int(np.count_nonzero(turns[1:])))
    norm = BM25_K1 * (1 - BM25_B + BM25_B * sessions / max(1.0, length[1:].sum()) * length)
    weights = [_idf(sessions, containing) for containing in np.count_nonzero(frequency, axis=1).tolist()]
    scores = np.array(weights) @ (frequency / (frequency + norm))
    mean = float(scores @ turns) / scope.size
    deviation = math.sqrt(max(0.0, float((scores - mean) ** 2 @ turns) / scope.size))
    scaled = (scores - mean) * (1 / deviation if deviation > _NO_DEVIATION else 0)
    scaled[0] = 0.0
    of_candidates: Floats = scaled.astype(np.float32)[run[candidates] + 1]
    return of_candidates


def _frequency_by_slot(run: NDArray[Any], postings: Postings, slots: int) -> NDArray[Any]:
    """Count each term (rows) in each run (columns; slot code + 1, and nothing in slot 0)."""
    cells = np.concatenate([run[entries[0]] + (1 + slots * i) for i, entries in enumerate(postings.values())])
    counts = np.concatenate([entries[1] for entries in postings.values()])
    frequency = np.bincount(cells, weights=counts, minlength=slots * len(postings)).reshape(len(postings), slots)
    frequency[:, 0] = 0.0
    return frequency


def at(values: Floats, positions: NDArray[Any]) -> Floats:
    """Return `values` at `positions`, 0 where there is no such position. `values` ends with one padding zero."""
    return values.take(positions, mode="clip")


def padded(values: Floats) -> Floats:
    """Append the zero that `at` returns for a neighbour that is not there."""
    return np.append(values, np.float32(0))


def session_best(scope: Scope, similarity: Floats, candidates: Positions) -> Floats:
    """The greatest similarity among the candidates of the same run; 0 without a run."""
    run, labels = scope.run
    runs = run[candidates]
    best = np.full(len(labels) + 1, -np.inf, np.float32)
    np.maximum.at(best, runs, similarity)
    best[-1] = 0.0  # the slot that code -1 addresses
    of_candidates: Floats = best[runs]
    return of_candidates


def said_by(scope: Scope, names: frozenset[str], candidates: Positions) -> Floats:
    """1 for what one of `names` said."""
    speaker, labels = scope.speaker
    is_named = np.zeros(len(labels) + 1, np.float32)  # code -1, nobody, addresses the last entry
    is_named[[code for code in map(labels.find, names) if code is not None]] = 1
    of_candidates: Floats = is_named[speaker[candidates]]
    return of_candidates


def closeness(said_at_us: NDArray[np.int64], spans: Sequence[DateSpan]) -> Floats:
    """How near each time is to the nearest of `spans`: 1 inside, a half at a week's distance."""
    days = said_at_us // _DAY_US
    gap = np.full(len(days), np.inf, np.float32)
    for first, last in _intervals(spans, days):
        outside = np.maximum(first - days, days - last)
        np.minimum(gap, np.maximum(outside, 0), out=gap)
    near: Floats = 1 / (1 + gap / np.float32(_DAYS_TO_HALF))
    return near


def maxsim(query_tokens: Floats, matrices: Sequence[NDArray[np.int8]]) -> Floats:
    """Late interaction (Khattab & Zaharia 2020): the best match of each query token, averaged; 0 without tokens."""
    lengths = np.array([len(matrix) for matrix in matrices])
    scores = np.zeros(len(matrices), np.float32)
    present = np.flatnonzero(lengths)
    if not len(present) or not len(query_tokens):
        return scores
    tokens = np.concatenate([matrices[i] for i in present.tolist()]).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(lengths[present])[:-1]])
    best = np.maximum.reduceat(query_tokens @ tokens.T, starts, axis=1)
    scores[present] = best.mean(axis=0)
    return scores


def _idf(documents: int, containing: int) -> np.float32:
    return np.float32((BM25_K1 + 1) * math.log(1 + (documents - containing + 0.5) / (containing + 0.5)))


def _intervals(spans: Sequence[DateSpan], days: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the spans as days since the epoch; one that recurs, in every year that `days` touch."""
    intervals = []
    for span in spans:
        years = _years_of(days) if span.recurs else [span.first.year]
        shift = span.last.year - span.first.year
        for year in years:
            first, last = _in_year(span.first, year), _in_year(span.last, year + shift)
            intervals.append((first.toordinal() - _EPOCH_DAY, last.toordinal() - _EPOCH_DAY))
    return intervals


def _years_of(days: NDArray[np.int64]) -> range:
    oldest, newest = (date.fromordinal(int(day) + _EPOCH_DAY).year for day in (days.min(), days.max()))
    return range(oldest, newest + 1)


def _in_year(day: date, year: int) -> date:
    return day.replace(year=year, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=year)
