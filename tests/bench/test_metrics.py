"""Metrics against values worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.bench import metrics

RANKED = ["a", "b", "c", "d", "e", "f"]


@pytest.mark.parametrize(
    ("relevant", "k", "recall", "hit"),
    [
        ({"a"}, 1, 1.0, 1.0),
        ({"b"}, 1, 0.0, 0.0),
        ({"a", "c", "z", "y"}, 3, 0.5, 1.0),
        ({"a", "c", "z", "y"}, 2, 0.25, 1.0),
        ({"z"}, 6, 0.0, 0.0),
    ],
)
def test_recall_is_the_share_of_the_evidence_found_and_a_hit_any_of_it(relevant, k, recall, hit):
    assert metrics.recall_at(RANKED, relevant, k) == recall
    assert metrics.hit_at(RANKED, relevant, k) == hit


def test_ndcg_discounts_by_the_logarithm_of_the_rank():
    # Gains at ranks 2 and 4 of an ideal at ranks 1, 2 and 3.
    gained = 1 / math.log2(3) + 1 / math.log2(5)
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert metrics.ndcg_at(RANKED, {"b", "d", "z"}, 10) == pytest.approx(gained / ideal)


def test_ndcg_ideal_holds_no_more_than_k():
    assert metrics.ndcg_at(RANKED, {"a", "b", "c"}, 2) == 1.0


def test_a_document_returned_twice_is_gained_once():
    assert metrics.ndcg_at(["a", "a"], {"a", "z"}, 2) == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert metrics.recall_at(["a", "a"], {"a", "z"}, 2) == 0.5


def test_reciprocal_rank_counts_from_one():
    assert metrics.reciprocal_rank(RANKED, {"c", "e"}) == 1 / 3
    assert metrics.reciprocal_rank(RANKED, {"z"}) == 0.0


def test_percentiles_are_values_that_occurred():
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert metrics.percentile(values, 0.5) == 3.0
    assert metrics.percentile(values, 0.95) == 5.0
    assert metrics.percentile(values, 0.2) == 1.0
    assert metrics.percentile([], 0.5) == 0.0


def test_the_mean_of_nothing_is_nothing():
    assert metrics.mean([]) == 0.0
    assert metrics.mean([1.0, 2.0]) == 1.5


@given(st.permutations("abcdefgh"), st.sets(st.sampled_from("abcdefghz"), min_size=1), st.integers(1, 10))
def test_recall_and_hit_never_fall_with_depth_and_stay_shares(ranked, relevant, k):
    for metric in (metrics.recall_at, metrics.hit_at):
        assert 0 <= metric(ranked, relevant, k) <= metric(ranked, relevant, k + 1) <= 1
    assert 0 <= metrics.ndcg_at(ranked, relevant, k) <= 1 + 1e-12
