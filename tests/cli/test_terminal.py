"""Text as the terminal gets it."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ramet.cli.failure import in_options
from ramet.cli.terminal import counted, one_line, printable


@given(st.text())
def test_no_control_character_reaches_the_terminal(text):
    assert all(c == "\n" or unicodedata.category(c) != "Cc" for c in printable(text))
    assert "\n" not in one_line(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_plain_text_is_left_alone(text):
    assert printable(text) == text


def test_counts_read_as_english():
    assert [counted(n, "branch", "branches") for n in (0, 1, 2000)] == ["0 branches", "1 branch", "2,000 branches"]


def test_arguments_are_named_as_options_but_quotes_are_left_alone():
    assert in_options("user_id is blank: 'user_id'.") == "--user is blank: 'user_id'."
    assert in_options("Give top_k, not my_user_id.") == "Give --top-k, not my_user_id."
