"""What `update`, `delete`, `history` and `reset` do alike in mem0 2.2.1 and here; the numbers are those of the list."""

import asyncio
import re
from datetime import datetime

import pytest

from tests.conformance.openai_stub import facts

USER = {"user_id": "ann"}
MISSING = "7d4bb1b0-0000-4000-8000-000000000000"


def add(memory, text, **scope):
    (row,) = memory.add(text, **(scope or USER), infer=False)["results"]
    return row["id"]


def texts(answer):
    return sorted(row["memory"] for row in answer["results"])


@pytest.mark.parametrize("missing", [MISSING, "nope"])
def test_case_19_changing_a_missing_id_says_not_found(memory, subject, missing):
    with pytest.raises(subject.not_found, match="not found"):
        memory.update(missing, "green tea")
    with pytest.raises(subject.not_found, match="not found"):
        memory.update(missing, metadata={"n": 1})
    with pytest.raises(subject.not_found, match="not found"):
        memory.delete(missing)


def test_case_20_a_new_text_keeps_the_id_and_created_at(memory):
    id = add(memory, "Ann likes green tea")
    before = memory.get(id)
    assert memory.update(id, "Ann likes black coffee")["message"] == "Memory updated successfully!"
    after = memory.get(id)
    assert after["memory"] == "Ann likes black coffee"
    assert after["created_at"] == before["created_at"]
    assert datetime.fromisoformat(after["updated_at"]) > datetime.fromisoformat(before["updated_at"])
    assert after["hash"] != before["hash"]
    assert texts(memory.get_all(filters=USER)) == ["Ann likes black coffee"]
    assert memory.search("black coffee", filters=USER)["results"][0]["id"] == id


def test_case_20_the_hash_belongs_to_the_text(memory):
    first, second = add(memory, "Ann likes green tea"), add(memory, "Ann likes black coffee", user_id="bob")
    memory.update(first, text="Ann likes black coffee")
    assert memory.get(first)["hash"] == memory.get(second)["hash"]


def test_case_20_the_older_name_of_the_text_is_accepted(memory):
    id = add(memory, "Ann likes green tea")
    memory.update(memory_id=id, data="Ann likes black coffee")
    assert memory.get(id)["memory"] == "Ann likes black coffee"


def test_case_20_an_update_of_nothing_is_refused(memory):
    id = add(memory, "Ann likes green tea")
    with pytest.raises(ValueError, match="text"):
        memory.update(id)


def test_case_23_updated_metadata_is_merged(memory):
    (row,) = memory.add("green tea", **USER, metadata={"kept": 1, "changed": 1}, infer=False)["results"]
    memory.update(row["id"], metadata={"changed": 2, "new": 3})
    assert memory.get(row["id"])["metadata"] == {"kept": 1, "changed": 2, "new": 3}
    memory.update(row["id"], "black coffee")
    after = memory.get(row["id"])
    assert (after["memory"], after["metadata"]) == ("black coffee", {"kept": 1, "changed": 2, "new": 3})


def test_case_24_an_update_can_not_move_a_memory_to_another_scope(memory):
    id = add(memory, "green tea")
    memory.update(id, metadata={"user_id": "bob", "run_id": "r9", "colour": "green"})
    after = memory.get(id)
    assert (after["user_id"], after["metadata"]) == ("ann", {"colour": "green"})
    assert "run_id" not in after
    assert memory.get_all(filters={"user_id": "bob"})["results"] == []


def test_case_25_history_tells_what_happened(memory):
    id = add(memory, "green tea")
    memory.update(id, "black tea")
    memory.update(id, "white tea")
    assert memory.delete(id)["message"] == "Memory deleted successfully!"
    rows = memory.history(id)
    assert [(row["event"], row["old_memory"], row["new_memory"], row["is_deleted"]) for row in rows] == [
        ("ADD", None, "green tea", False),
        ("UPDATE", "green tea", "black tea", False),
        ("UPDATE", "black tea", "white tea", False),
        ("DELETE", "white tea", None, True),
    ]
    keys = {"id", "memory_id", "old_memory", "new_memory", "event", "created_at", "updated_at", "is_deleted"}
    assert all(keys | {"actor_id", "role"} <= set(row) for row in rows)
    assert {row["memory_id"] for row in rows} == {id}
    assert len({row["id"] for row in rows}) == 4
    moments = [datetime.fromisoformat(row["updated_at"]) for row in rows]
    assert moments == sorted(moments)


def test_case_25_a_deleted_memory_is_gone(memory):
    id, other = add(memory, "green tea"), add(memory, "black coffee")
    memory.delete(id)
    assert memory.get(id) is None
    assert texts(memory.get_all(filters=USER)) == ["black coffee"]
    assert [row["id"] for row in memory.search("green tea coffee", filters=USER)["results"]] == [other]


def test_case_27_delete_all_leaves_the_rest(memory):
    add(memory, "alone", user_id="ann")
    add(memory, "first run", user_id="ann", run_id="r1")
    add(memory, "first run with a bot", user_id="ann", run_id="r1", agent_id="bot")
    add(memory, "second run", user_id="ann", run_id="r2")
    add(memory, "a stranger", user_id="bob", run_id="r1")
    assert memory.delete_all(user_id="ann", run_id="r1")["message"] == "Memories deleted successfully!"
    assert texts(memory.get_all(filters={"user_id": "ann"})) == ["alone", "second run"]
    assert texts(memory.get_all(filters={"user_id": "bob"})) == ["a stranger"]


def test_case_27_delete_all_needs_an_id(memory):
    add(memory, "green tea")
    with pytest.raises(ValueError, match=r"(?i)at least one"):
        memory.delete_all()
    assert texts(memory.get_all(filters=USER)) == ["green tea"]


@pytest.mark.slow
def test_case_28_delete_all_knows_no_thousand(memory):
    many = [{"role": "user", "content": f"note {place}"} for place in range(1005)]
    assert len(memory.add(many, **USER, infer=False)["results"]) == 1005
    add(memory, "a stranger", user_id="bob")
    memory.delete_all(**USER)
    assert memory.get_all(filters=USER, show_expired=True)["results"] == []
    assert texts(memory.get_all(filters={"user_id": "bob"})) == ["a stranger"]


def test_case_38_reset_empties_all_and_the_instance_stays_usable(memory):
    ids = [add(memory, "green tea", user_id="ann"), add(memory, "black coffee", user_id="bob", run_id="r1")]
    memory.reset()
    for id in ids:
        assert memory.get(id) is None
        assert memory.history(id) == []
    for user in ("ann", "bob"):
        assert memory.get_all(filters={"user_id": user})["results"] == []
    again = add(memory, "green tea")
    assert [row["id"] for row in memory.search("green tea", filters=USER)["results"]] == [again]


PASSING = re.compile(r"id|memory_id|operation_id|usage|\w+_at|valid_\w+")


def lasting(value):
    """The same value without what differs between two runs."""
    if isinstance(value, dict):
        return {key: lasting(part) for key, part in value.items() if not PASSING.fullmatch(key)}
    return [lasting(part) for part in value] if isinstance(value, list) else value


def steps(memory):
    """One session with a memory as (call, arguments), so that both faces can be led through it."""
    yield memory.add, ("I like green tea",), {**USER, "metadata": {"n": 1}, "infer": False}
    yield memory.add, ("I work in Lisbon",), USER
    yield memory.get_all, (), {"filters": USER}
    yield memory.search, ("green tea",), {"filters": USER, "explain": True}
    yield memory.get, (MISSING,), {}
    yield memory.history, (MISSING,), {}
    yield memory.delete_all, (), {"user_id": "bob"}


def changes(memory, id):
    yield memory.update, (id, "I like black coffee"), {}
    yield memory.get, (id,), {}
    yield memory.delete, (id,), {}
    yield memory.history, (id,), {}
    yield memory.reset, (), {}
    yield memory.get_all, (), {"filters": USER}


def by_text(answer):
    """Order a listing by its texts: mem0 lists in the order of random ids."""
    if isinstance(answer, dict) and "results" in answer:
        return {**answer, "results": sorted(answer["results"], key=lambda row: row["memory"])}
    return answer


def test_case_40_async_gives_the_same_results(subject, model):
    model.answers(facts("Ann works in Lisbon"))

    def sync_answers(memory):
        answers = [call(*args, **options) for call, args, options in steps(memory)]
        id = answers[0]["results"][0]["id"]
        return answers + [call(*args, **options) for call, args, options in changes(memory, id)]

    async def async_answers():
        async with subject.async_memory() as memory:
            answers = [await call(*args, **options) for call, args, options in steps(memory)]
            id = answers[0]["results"][0]["id"]
            return answers + [await call(*args, **options) for call, args, options in changes(memory, id)]

    expected = sync_answers(subject.memory())
    given = asyncio.run(async_answers())
    assert [lasting(by_text(answer)) for answer in given] == [lasting(by_text(answer)) for answer in expected]
    assert texts(expected[2]) == ["Ann works in Lisbon", "I like green tea"]
