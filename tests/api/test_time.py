"""The two axes of time: what was true, and what was known."""

from datetime import UTC, datetime

import pytest

from ramet import Memory
from ramet.kernel.errors import ValidationError


def texts(found: dict[str, list[dict[str, str]]]) -> list[str]:
    return [row["memory"] for row in found["results"]]


def lives(memory: Memory, place: str, day: str) -> None:
    memory.add(f"I live in {place}.", user_id="ann", timestamp=day)


def test_as_of_asks_what_was_true_on_a_day(memory: Memory) -> None:
    lives(memory, "Berlin", "2024-01-10")
    lives(memory, "Munich", "2025-03-01")

    assert texts(memory.search("where do I live?", user_id="ann")) == ["User lives in Munich"]
    assert texts(memory.search("where do I live?", user_id="ann", as_of="2024-06-01")) == ["User lives in Berlin"]
    assert texts(memory.search("where do I live?", user_id="ann", as_of="2020-01-01")) == []


def test_known_at_asks_what_was_known_then(memory: Memory) -> None:
    lives(memory, "Berlin", "2024-01-10")
    then = datetime.now(UTC)
    lives(memory, "Munich", "2025-03-01")

    assert texts(memory.search("where do I live?", user_id="ann", known_at=then)) == ["User lives in Berlin"]
    assert texts(memory.get_all(user_id="ann", known_at=then)) == ["User lives in Berlin"]


def test_what_is_learned_late_does_not_overwrite_what_is_newer(memory: Memory) -> None:
    lives(memory, "Munich", "2025-03-01")
    lives(memory, "Berlin", "2024-01-10")

    assert texts(memory.search("where do I live?", user_id="ann")) == ["User lives in Munich"]
    assert texts(memory.search("where do I live?", user_id="ann", as_of="2024-06-01")) == ["User lives in Berlin"]


def test_superseded_memories_are_shown_when_asked_for(memory: Memory) -> None:
    lives(memory, "Berlin", "2024-01-10")
    lives(memory, "Munich", "2025-03-01")

    shown = memory.get_all(user_id="ann", include_superseded=True)["results"]

    assert [(row["memory"], row["state"]) for row in shown] == [
        ("User lives in Berlin", "superseded"),
        ("User lives in Munich", "active"),
    ]
    assert shown[0]["superseded_by"] == shown[1]["id"]
    assert shown[1]["supersedes"] == [shown[0]["id"]]
    assert shown[0]["valid_to"] == shown[1]["valid_from"]


def test_a_time_that_is_none_is_refused(memory: Memory) -> None:
    with pytest.raises(ValidationError, match="as_of is not a point in time"):
        memory.search("x", user_id="ann", as_of="last week")
