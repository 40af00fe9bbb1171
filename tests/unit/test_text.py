"""Text analysis: what counts as the same word, and that no string breaks it."""

import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.memory import dates, text


def terms(string: str) -> set[int]:
    return set(text.analyse(string).tolist())


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_string_is_analysed_and_always_alike(string: str):
    first = text.analyse(string)

    assert first.dtype == np.uint32
    assert first.tolist() == text.analyse(string).tolist()
    assert set(text.weigh(string)) == set(first.tolist())
    assert text.is_question(string) in {True, False}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paintings", "PAINTED"),
        ("café", "cafe"),
        ("cafe\u0301", "café"),
        ("Caroline's", "caroline"),
        ("ﬁle", "file"),
        ("\uff21\uff22\uff23", "abc"),
        ("STRASSE", "straße"),
    ],
)
def test_forms_of_one_word_share_a_term(one: str, other: str):
    assert terms(one) == terms(other) != set()


def test_order_and_repeats_are_kept():
    once = text.analyse("dog cat").tolist()

    assert text.analyse("dog cat dog").tolist() == [*once, once[0]]


def test_function_words_leave_no_terms():
    assert terms("What did you do when I wasn't there, and why don't they?") == set()


def test_a_code_is_found_whole_and_in_parts():
    found = terms("It failed with ERR-7741 again")

    assert terms("err-7741") <= found
    assert terms("7741") < found
    assert len(terms("ERR-7741")) == 3
    assert not terms("ERR-7742") <= found


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("大学", "北京大学很好"),
        ("東京", "私は東京に住んでいます"),
        ("ไทย", "ภาษาไทย"),
        ("学", "大学"),
        ("Python", "我用Python写代码"),
    ],
)
def test_scripts_without_spaces_are_searched_by_parts(part: str, whole: str):
    assert terms(part) <= terms(whole)


def test_words_with_combining_vowels_stay_whole():
    assert len(terms("हिन्दी")) == 1


def test_emoji_are_terms():
    assert terms("🎉") <= terms("we did it 🎉")
    assert terms("🎉") != terms("🚀")


def test_telling_words_weigh_more():
    weights = text.weigh("go constellation ERR-7741")
    short, long = (weights[term] for word in ("go", "constellation") for term in terms(word))

    assert short < long <= 1
    assert all(weights[term] == 1 for term in terms("7741"))


@pytest.mark.parametrize("asking", ["Where?", "How are you?  ", "你好吗？", "what time is it", "Nice! Did it work?"])
def test_questions_are_known(asking: str):
    assert text.is_question(asking)


@pytest.mark.parametrize("saying", ["I did.", "", "What a day!", "Is that so? I think not."])
def test_statements_are_no_questions(saying: str):
    assert not text.is_question(saying)


MONDAY = date(2023, 5, 8)


@pytest.mark.parametrize(
    ("mention", "first", "last"),
    [
        ("on 8 May, 2023", date(2023, 5, 8), date(2023, 5, 8)),
        ("October 13, 2023?", date(2023, 10, 13), date(2023, 10, 13)),
        ("2023-12-31", date(2023, 12, 31), date(2023, 12, 31)),
        ("in June 2023", date(2023, 6, 1), date(2023, 6, 30)),
        ("in 2021", date(2021, 1, 1), date(2021, 12, 31)),
        ("yesterday", date(2023, 5, 7), date(2023, 5, 7)),
        ("a week ago", date(2023, 4, 30), date(2023, 5, 2)),
        ("last Friday", date(2023, 5, 5), date(2023, 5, 5)),
        ("next Monday", date(2023, 5, 15), date(2023, 5, 15)),
        ("last month", date(2023, 4, 1), date(2023, 4, 30)),
        ("this weekend", date(2023, 5, 13), date(2023, 5, 14)),
    ],
)
def test_dates_are_read_as_days(mention: str, first: date, last: date):
    [span] = dates.find(f"We met {mention}", MONDAY)

    assert (span.first, span.last, span.recurs) == (first, last, False)


def test_a_date_without_a_year_recurs():
    [span] = dates.find("camping in July")

    assert span.recurs
    assert (span.first.month, span.last.month) == (7, 7)


@pytest.mark.parametrize(
    "vague", ["May I go?", "a ratio of 3 to 4", "99999 years ago", "version 2.1", "the last straw"]
)
def test_what_is_no_date_is_not_read(vague: str):
    assert dates.find(vague, MONDAY) == []


def test_relative_dates_need_a_reference():
    assert dates.find("yesterday and two weeks ago and next year") == []


@given(st.text(), st.dates())
def test_spans_lie_in_the_text_and_do_not_overlap(string: str, reference: date):
    spans = dates.find(string, reference)

    assert all(0 <= span.start < span.end <= len(string) and span.first <= span.last for span in spans)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
