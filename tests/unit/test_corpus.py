"""The in-memory partition: appends one by one or in bulk are the same, and readers are never disturbed."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramet.memory import text
from ramet.memory.corpus import FOREVER, NO_ROW, Document, Documents, Segment
from ramet.memory.postings import Postings


def document(content: str, *, vector: tuple[int, ...] = (1, 2, 3, 4), **columns) -> Document:
    return Document(text.analyse(content).tobytes(), np.array(vector, np.int8).tobytes(), **columns)


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.integers(0, 12), max_size=6), max_size=30),
    st.lists(st.integers(1, 700), max_size=8),
)
def test_postings_count_like_a_counter(rows: list[list[int]], batches: list[int]):
    rows = rows * 25  # past the size at which the tail is folded
    index = Postings()
    start = 0
    for size in [*batches, len(rows)]:
        index.extend([np.array(row, np.uint32).tobytes() for row in rows[start : start + size]])
        start += size
    view = index.view()

    for term in range(13):
        found, counts = view.find(term)
        expected = {row: Counter(terms)[term] for row, terms in enumerate(rows) if term in terms}
        assert dict(zip(found.tolist(), counts.tolist(), strict=True)) == expected
        assert found.tolist() == sorted(found.tolist())


def test_a_view_does_not_grow():
    segment = Segment(4)
    segment.extend(Documents.of([document("first apple", run="r")]))
    view = segment.view()
    segment.extend(Documents.of([document("second apple", run="r") for _ in range(100)]))
    [term] = text.analyse("apple").tolist()

    assert view.size == 1
    assert view.postings.find(term)[0].tolist() == [0]
    assert len(view.vectors) == len(view.said_at_us) == 1
    assert segment.view().size == 101


def test_a_view_is_the_same_until_something_is_appended():
    segment = Segment(4)
    segment.extend(Documents.of([document("a")]))
    view = segment.view()

    assert segment.view() is view
    segment.extend(Documents.of([document("b")]))
    assert segment.view() is not view


def test_vectors_become_unit_vectors_and_zeros_stay():
    segment = Segment(4)
    segment.extend(Documents.of([document("a", vector=(0, 3, 4, 0)), document("b", vector=(0, 0, 0, 0))]))

    assert segment.view().vectors.tolist() == [pytest.approx([0, 0.6, 0.8, 0]), [0, 0, 0, 0]]


def test_rows_of_one_run_are_chained_through_others():
    segment = Segment(4)
    segment.extend(Documents.of([document(str(i), run=run) for i, run in enumerate(["a", "b", None, "a"])]))
    segment.extend(Documents.of([document("4", run="b")]))
    view = segment.view()

    assert view.previous.tolist() == [NO_ROW, NO_ROW, NO_ROW, 0, 1]
    assert view.following.tolist() == [3, 4, NO_ROW, NO_ROW, NO_ROW]


def test_columns_hold_what_was_appended_and_closing_ends_an_interval():
    segment = Segment(4)
    segment.extend(
        Documents.of([document("x", said_at_us=7, seq_from=3, valid_from=1, valid_to=9, expires_at=11, state=2)])
    )
    view = segment.view()
    columns = (view.said_at_us, view.seq_from, view.seq_to, view.valid_from, view.valid_to, view.expires_at, view.state)

    assert [int(column[0]) for column in columns] == [7, 3, FOREVER, 1, 9, 11, 2]
    segment.extend(Documents.of([document("y", seq_from=5)]))
    segment.succeed(0, 1)
    assert view.seq_to.tolist() == [5]


def test_times_are_told_by_words():
    segment = Segment(4)
    segment.extend(
        Documents.of([document("I went yesterday"), document("I like tea"), document("in June 2023"), document("")])
    )

    assert segment.view().tells_time.tolist() == [True, False, True, False]


def test_a_segment_may_share_the_labels_of_another():
    parent = Segment(4)
    parent.extend(Documents.of([document("a", run="one"), document("b", run="two")]))
    child = Segment(4, like=parent)
    child.extend(Documents.of([document("c", run="two")]))

    assert child.view().run.tolist() == [1]


def test_a_vector_of_another_size_is_refused():
    segment = Segment(4)

    with pytest.raises(ValueError, match="4 bytes"):
        segment.extend(Documents.of([document("a", vector=(1, 2, 3))]))
    assert len(segment) == 0


def test_size_grows_with_what_is_held():
    segment = Segment(4)
    empty = segment.size_bytes
    segment.extend(Documents.of([document(f"word{i}") for i in range(50)]))

    assert segment.size_bytes > empty


@pytest.mark.parametrize("edited", [0, 1, 2])
def test_a_new_version_takes_the_place_of_the_old_one_in_its_run(edited):
    segment = Segment(4)
    segment.extend(Documents.of([document(str(n), run="r") for n in range(3)]))
    segment.extend(Documents.of([document("edited", run="r", seq_from=7), document("other", run="s")]))
    segment.succeed(edited, 3)
    segment.extend(Documents.of([document("last", run="r")]))
    view = segment.view()

    order = [3 if row == edited else row for row in range(3)] + [5]
    assert view.previous[order].tolist() == [NO_ROW, *order[:-1]]
    assert view.following[order].tolist() == [*order[1:], NO_ROW]
    assert view.seq_to[edited] == 7
