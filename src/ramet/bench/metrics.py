"""Ranking metrics with binary relevance, and medians. Pure functions; every share lies in [0, 1]."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence


def recall_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return the share of ``relevant`` (not empty) that stands among the first ``k`` of ``ranked``."""
    return len(set(ranked[:k]) & set(relevant)) / len(set(relevant))


def hit_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return 1 if any of ``relevant`` stands among the first ``k`` of ``ranked``, else 0."""
    return float(not set(ranked[:k]).isdisjoint(relevant))


def ndcg_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return the normalised discounted cumulative gain (Järvelin & Kekäläinen, 2002) with gains of 0 and 1.

    The ideal puts min(k, number of relevant) first. A document that occurs twice counts once.
    """
    wanted = set(relevant)
    distinct = dict.fromkeys(ranked[:k])
    gain = sum(_discount(place) for place, found in enumerate(distinct) if found in wanted)
    return gain / sum(_discount(place) for place in range(min(k, len(wanted))))


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str]) -> float:
    """Return 1 / the rank of the first relevant document, counted from 1; 0 if there is none."""
    wanted = set(relevant)
    return next((1 / rank for rank, found in enumerate(ranked, 1) if found in wanted), 0.0)


def mean(values: Iterable[float]) -> float:
    """Return the arithmetic mean; 0 of nothing."""
    listed = list(values)
    return math.fsum(listed) / len(listed) if listed else 0.0


def percentile(values: Iterable[float], share: float) -> float:
    """Return the nearest-rank percentile (``share`` in [0, 1]) of values in any order; 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def _discount(place: int) -> float:
    return 1 / math.log2(place + 2)
