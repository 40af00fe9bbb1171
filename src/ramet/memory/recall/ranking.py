"""Ranking: preselect by fused similarity, add the evidence of conversation structure, rerank by late interaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ramet.memory.corpus import NO_ROW, View
from ramet.memory.recall import absolute, features
from ramet.memory.recall.features import at, padded, standardised
from ramet.memory.recall.query import Query
from ramet.memory.recall.scope import Floats, Positions, Scope
from ramet.memory.recall.weights import WEIGHTS, Weights

TokensOf = Callable[[Sequence[tuple[int, int]]], Sequence[NDArray[np.int8]]]
"""Gives the token matrices (t, e) of (segment, row) pairs, in their order; (0, e) where there is none."""

_CANDIDATES: Final = 256
_SAMPLE_STEP: Final = 8

Parts = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Hit:
    """A memory that was found.

    `rank_score` orders the hits of one search and means nothing beyond it. `score` is in [0, 1] and the same for the
    same query and memory whatever else is stored. When asked for, `parts` add up to `rank_score`, and `grounds` are
    what `score` was made of: the calibrated cosine (`semantic`), the share of the question's terms found (`terms`), the
    closeness of the date if the question names one (`date`).
    """

    segment: int
    row: int
    rank_score: float
    score: float
    parts: dict[str, float] | None = None
    grounds: dict[str, float] | None = None


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Similarities over the whole scope, and the positions that are worth a closer look."""

    positions: Positions
    postings: features.Postings
    lexical: Floats
    dense: Floats

    def base(self) -> Floats:
        return self.lexical + self.dense


def rank(
    query: Query,
    segments: Sequence[View],
    masks: Sequence[NDArray[np.bool_]] | None = None,
    *,
    top_k: int,
    weights: Weights = WEIGHTS,
    tokens_of: TokensOf | None = None,
    explain: bool = False,
) -> list[Hit]:
    """Return the best `top_k` visible rows of `segments`, best first.

    `masks` say, segment by segment, which rows are visible (view.size,); what is not counts for nothing, statistics
    included. With `query.tokens` and `tokens_of` the best are reranked by MaxSim.
    Cost: one matrix-vector product and a few passes over n rows, then constant work for some 512 candidates.
    """
    scope = Scope(segments, masks)
    if not scope.size or top_k <= 0:
        return []
    found = _preselect(scope, query, weights, max(_CANDIDATES, 2 * top_k))
    fixed = _fixed_parts(scope, query, weights, found)
    parts = fixed | _similarity_parts(scope, weights, found, np.zeros(len(found.positions), np.float32))
    if tokens_of is not None and query.tokens is not None:
        late = _late(scope, query, found, _total(parts), partial(_maxsim, query.tokens, tokens_of))
        parts = fixed | _similarity_parts(scope, weights, found, late)
    total = _total(parts)
    best = np.argsort(-total, kind="stable")[:top_k]
    scores, grounds = absolute.scores(scope, query, found.postings, found.positions[best])
    hits = zip(scope.locate(found.positions[best]), total[best].tolist(), scores.tolist(), strict=True)
    if not explain:
        return [Hit(segment, row, rank_score, score) for (segment, row), rank_score, score in hits]
    explained = _rows({name: part[best] for name, part in parts.items()})
    grounded = _rows(grounds)
    return [
        Hit(segment, row, rank_score, score, explained[n], grounded[n])
        for n, ((segment, row), rank_score, score) in enumerate(hits)
    ]


def _preselect(scope: Scope, query: Query, weights: Weights, count: int) -> _Candidates:
    postings = features.postings_of(scope, query)
    lexical = np.float32(weights.lexical) * standardised(features.bm25(scope, postings))
    dense = np.float32(weights.dense) * standardised(scope.similarities(query.vector))
    found = _Candidates(np.arange(scope.size), postings, lexical, dense)
    if scope.size <= count:
        return found
    similarity = padded(found.base())
    around = at(similarity, scope.previous) + at(similarity, scope.following)
    promise = similarity[:-1] + np.float32(weights.neighbour) * around
    if query.dates:
        promise += np.float32(weights.date) * features.closeness(scope.column("said_at_us"), query.dates)
    positions = _greatest(promise, count)
    if scope.is_large:
        dense[positions] = np.float32(weights.dense) * features.exact_dense(scope, query, positions)
    return replace(found, positions=positions)


def _greatest(values: Floats, count: int) -> Positions:
    """Return the positions, ascending, of the `count` greatest values and perhaps some more.

    A threshold from a sample spares the partition of all; where it misses, the partition is done.
    """
    sample = values[::_SAMPLE_STEP]
    rank = min(len(sample), count * 3 // (2 * _SAMPLE_STEP))
    positions = np.flatnonzero(values >= np.partition(sample, -rank)[-rank])
    if not count <= len(positions) <= 3 * count:
        positions = np.argpartition(values, -count)[-count:]
        positions.sort()
    return positions


def _maxsim(tokens: Floats, tokens_of: TokensOf, places: Sequence[tuple[int, int]]) -> Floats:
    return features.maxsim(tokens, tokens_of(places))


def _late(
    scope: Scope, query: Query, found: _Candidates, total: Floats, maxsim: Callable[[Sequence[tuple[int, int]]], Floats]
) -> Floats:
    """What MaxSim changes at each candidate: the best are rescored about the same mean, the others keep their base."""
    trust = query.calibration
    chosen = np.argsort(-total, kind="stable")[: trust.reranked]
    late = standardised(maxsim(scope.locate(found.positions[chosen])))
    base = found.base()[found.positions[chosen]]
    change = np.zeros(len(total), np.float32)
    change[chosen] = np.float32(trust.late) * late - np.float32(1 - trust.base_beside_late) * (base - base.mean())
    return change


def _fixed_parts(scope: Scope, query: Query, weights: Weights, found: _Candidates) -> Parts:
    """Return the weighted features (c,) that late interaction does not touch."""
    positions = found.positions
    is_turn = scope.speaker[0][positions] >= 0  # what nobody said has no form of speech to judge
    length = standardised(np.log1p(scope.column("length")[positions]))
    parts = {
        "lexical": found.lexical[positions],
        "dense": found.dense[positions],
        "session_lexical": weights.session_lexical * features.session_bm25(scope, found.postings, positions),
        "question": weights.question * (scope.column("is_question")[positions] & is_turn),
        "length": weights.length * length * is_turn,
    }
    if query.names:
        parts["speaker"] = weights.speaker * features.said_by(scope, query.names, positions)
    if query.asks_when:
        parts["time_told"] = weights.time_told * scope.column("tells_time")[positions]
    if query.dates:
        parts["date"] = weights.date * features.closeness(scope.column("said_at_us")[positions], query.dates)
    return parts


def _similarity_parts(scope: Scope, weights: Weights, found: _Candidates, late: Floats) -> Parts:
    """Return the weighted features (c,) that follow from the similarity of a candidate, its neighbours, its session."""
    positions = found.positions
    similarity = padded(found.base())
    similarity[positions] += late
    previous, following = scope.previous[positions], scope.following[positions]
    before = at(similarity, previous)
    around = before + at(similarity, following)
    around += at(similarity, _step(scope.previous, previous)) + at(similarity, _step(scope.following, following))
    answers = scope.column("is_question").take(previous, mode="clip") & (previous != NO_ROW)
    return {
        "late": late,
        "neighbours": weights.neighbour * around,
        "answer": weights.answer * answers * np.maximum(before, 0),
        "session_best": weights.session_best * features.session_best(scope, similarity[positions], positions),
    }


def _step(column: NDArray[Any], positions: NDArray[Any]) -> NDArray[Any]:
    return np.where(positions >= len(column), NO_ROW, column.take(positions, mode="clip"))


def _total(parts: Parts) -> Floats:
    total = sum(parts.values(), np.float32(0))
    return np.asarray(total, np.float32)


def _rows(columns: Parts) -> list[dict[str, float]]:
    """Turn columns by name into one dictionary for each row."""
    return [
        dict(zip(columns, values, strict=True))
        for values in zip(*(column.tolist() for column in columns.values()), strict=True)
    ]
