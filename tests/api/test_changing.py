"""Supersede, merge, undo, why, procedures, idempotency: nothing is overwritten, nothing half done."""

import pytest

from ramet import Memory
from ramet.kernel.errors import ConflictError, NotFoundError, ValidationError


def add(memory: Memory, text: str, **where: str) -> str:
    where = where or {"user_id": "ann"}
    return str(memory.add(text, infer=False, **where)["results"][0]["id"])


def test_supersede_keeps_the_old_one_readable(memory: Memory) -> None:
    old = add(memory, "The office is in Oslo")

    new = memory.supersede(old, "The office is in Bergen")["results"][0]

    assert new["previous_memory"] == "The office is in Oslo"
    assert (memory.get(old) or {})["superseded_by"] == new["id"]
    assert [row["memory"] for row in memory.search("office", user_id="ann")["results"]] == ["The office is in Bergen"]
    with pytest.raises(ConflictError, match="superseded"):
        memory.supersede(old, "The office is in Rome")


def test_merge_keeps_all_sources(memory: Memory) -> None:
    ids = [add(memory, "Ann has a dog"), add(memory, "Ann's dog is called Rex")]

    merged = memory.merge(ids, "Ann has a dog called Rex")["results"][0]

    assert {source["text"] for source in memory.why(merged["id"])["sources"]} == {
        "Ann has a dog",
        "Ann's dog is called Rex",
    }
    assert [row["id"] for row in memory.get_all(user_id="ann")["results"]] == [merged["id"]]


def test_memories_of_different_scopes_can_not_be_merged(memory: Memory) -> None:
    ids = [add(memory, "one", user_id="ann"), add(memory, "two", user_id="bob")]

    with pytest.raises(ValidationError, match="different scopes"):
        memory.merge(ids, "both")
    assert memory.get_all(user_id="ann")["total"] == 1


def test_undo_restores_and_an_undo_can_be_undone(memory: Memory) -> None:
    kept = add(memory, "Ann likes tea")
    before = memory.get(kept)
    operation = memory.update(kept, "Ann likes coffee")["operation_id"]

    undone = memory.undo(operation)["operation_id"]
    assert memory.get(kept) == before
    memory.undo(undone)
    assert (memory.get(kept) or {})["memory"] == "Ann likes coffee"


def test_undo_of_an_add_takes_all_of_it_back(memory: Memory) -> None:
    memory.add("I live in Berlin.", user_id="ann", timestamp="2024-01-01")
    operation = memory.add("I live in Munich and I like jazz.", user_id="ann", timestamp="2025-01-01")["operation_id"]

    memory.undo(operation)

    assert [row["memory"] for row in memory.get_all(user_id="ann")["results"]] == ["User lives in Berlin"]


def test_what_was_changed_since_can_not_be_undone(memory: Memory) -> None:
    kept = add(memory, "one")
    operation = memory.update(kept, "two")["operation_id"]
    memory.update(kept, "three")

    with pytest.raises(ConflictError, match="changed since"):
        memory.undo(operation)
    with pytest.raises(NotFoundError):
        memory.undo("no-such-operation")


def test_why_quotes_what_was_said(memory: Memory) -> None:
    said = "Hello there! By the way, I work at Acme. What about you?"
    (found,) = memory.add(said, user_id="ann")["results"]

    why = memory.why(found["id"])

    assert why["memory"] == "User works at Acme"
    assert [(source["text"], source["quote"] in said) for source in why["sources"]] == [(said, True)]
    assert "I work at Acme" in why["sources"][0]["quote"]


def test_an_idempotency_key_writes_once(memory: Memory) -> None:
    first = memory.add("I work at Acme.", user_id="ann", idempotency_key="k1")
    again = memory.add("Something else entirely.", user_id="ann", idempotency_key="k1")

    assert again["results"] == first["results"]
    assert again["operation_id"] == first["operation_id"]
    assert memory.get_all(user_id="ann")["total"] == 1


def test_a_procedure_records_every_result_word_for_word(memory: Memory) -> None:
    run = [
        {"role": "user", "content": "Find the price of the blue lamp."},
        {"role": "assistant", "content": "I open https://shop.example/lamps"},
        {"role": "tool", "content": "Blue lamp: 42.50 EUR"},
        {"role": "assistant", "content": "The blue lamp costs 42.50 EUR."},
    ]
    (record,) = memory.add(run, agent_id="buyer", memory_type="procedural_memory")["results"]

    assert "Blue lamp: 42.50 EUR" in record["memory"]
    assert "https://shop.example/lamps" in record["memory"]
    assert (memory.get(record["id"]) or {})["kind"] == "procedure"
    with pytest.raises(ValidationError, match="agent_id"):
        memory.add(run, user_id="ann", memory_type="procedural_memory")


def test_what_ramet_injected_is_not_learned_again(memory: Memory) -> None:
    told = "<ramet-context>\n- I live in Rome.\n</ramet-context>\nI like jazz."
    memory.add(told, user_id="ann")

    assert [row["memory"] for row in memory.get_all(user_id="ann")["results"]] == ["User likes jazz"]


def test_a_fact_of_one_run_supersedes_what_another_run_said(memory: Memory) -> None:
    for run, told in (("r1", "I live in Leipzig."), ("r2", "I live in Porto.")):
        memory.add(told, user_id="ann", run_id=run)

    assert [row["memory"] for row in memory.get_all(user_id="ann")["results"]] == ["User lives in Porto"]
    assert memory.get_all(user_id="ann", run_id="r1")["total"] == 0
    assert memory.get_all(user_id="ann", run_id="r1", include_superseded=True)["total"] == 1


def test_a_fact_is_found_in_every_run_that_stated_it(memory: Memory) -> None:
    for run in ("r1", "r2", "r2"):
        memory.add("I live in Porto.", user_id="ann", run_id=run)

    assert memory.get_all(user_id="ann", run_id="r2")["total"] == 1
    assert memory.get_all(user_id="ann")["total"] == 2


def test_another_users_runs_are_left_alone(memory: Memory) -> None:
    memory.add("I live in Leipzig.", user_id="ann", run_id="r")
    memory.add("I live in Porto.", user_id="bob", run_id="r")

    assert [row["memory"] for row in memory.get_all(user_id="ann")["results"]] == ["User lives in Leipzig"]
