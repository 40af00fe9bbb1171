"""An agent's run as a numbered record."""

from hypothesis import given
from hypothesis import strategies as st

from ramet.memory.model import Utterance
from ramet.memory.procedure import procedure

RUN = [
    Utterance("You are a careful agent.", role="system"),
    Utterance("Find the price of the blue lamp."),
    Utterance("I open https://shop.example/lamps."),
    Utterance("HTTPError: 404 Not Found", role="tool", name="fetch"),
    Utterance("I open https://shop.example/l?id=7 instead.", role="assistant"),
    Utterance("Blue lamp\n  price: 19.90 EUR", role="tool"),
    Utterance("The blue lamp costs 19.90 EUR.", role="assistant"),
]
RUN[2] = Utterance(RUN[2].text, role="assistant")


def test_a_run_becomes_a_numbered_record():
    assert procedure(RUN) == (
        "Objective: Find the price of the blue lamp.\n"
        "Progress status: 3 steps recorded, 1 with errors\n"
        "1. Action: I open https://shop.example/lamps.\n"
        "   Result (fetch): HTTPError: 404 Not Found\n"
        "   Error: HTTPError: 404 Not Found\n"
        "   URL: https://shop.example/lamps\n"
        "2. Action: I open https://shop.example/l?id=7 instead.\n"
        "   Result: \n```\nBlue lamp\n  price: 19.90 EUR\n```\n"
        "   URL: https://shop.example/l?id=7\n"
        "3. Action: The blue lamp costs 19.90 EUR.\n"
        "Current state: The blue lamp costs 19.90 EUR."
    )


def test_an_empty_run_has_no_record():
    assert procedure([]) == ""
    assert procedure([Utterance("Be careful.", role="system"), Utterance(" ")]) == ""


def test_a_run_that_begins_with_the_agent_has_no_stated_objective():
    assert procedure([Utterance("I wait.", role="assistant")]).startswith("Objective: not stated\n")


def test_no_errors_are_none():
    record = procedure([Utterance("Run it."), Utterance("ok", role="assistant"), Utterance("0 errors", role="tool")])
    assert "Error:" not in record
    assert "no errors" in record


def test_a_result_that_holds_a_fence_is_fenced_wider():
    record = procedure([Utterance("Go."), Utterance("a\n```\nb", role="tool")])
    assert "````\na\n```\nb\n````" in record


@given(st.lists(st.builds(Utterance, st.text(), st.sampled_from(["user", "assistant", "tool", "system"])), max_size=8))
def test_everything_that_was_said_stands_in_the_record_word_for_word(run):
    record = procedure(run)
    for utterance in run:
        if utterance.role != "system" and utterance.text.strip():
            assert utterance.text in record
