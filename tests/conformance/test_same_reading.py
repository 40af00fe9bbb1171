"""What `search`, `get` and `get_all` do alike in mem0 2.2.1 and here; the numbers are those of the common list."""

from datetime import UTC, date, datetime, timedelta

import pytest

USER = {"user_id": "ann"}


def texts(answer):
    return sorted(row["memory"] for row in answer["results"])


@pytest.mark.parametrize("query", ["", "  \n", None, 5])
def test_case_17_a_blank_query_is_refused(memory, query):
    with pytest.raises(ValueError, match="query"):
        memory.search(query, filters=USER)


@pytest.mark.parametrize("threshold", [-0.1, 1.1, "high"])
def test_case_18_a_threshold_outside_0_and_1_is_refused(memory, threshold):
    with pytest.raises(ValueError, match="threshold"):
        memory.search("tea", filters=USER, threshold=threshold)


@pytest.mark.parametrize("top_k", [-1, 1.5, "3", True])
def test_case_18_a_negative_or_non_integer_top_k_is_refused(memory, top_k):
    with pytest.raises(ValueError, match="top_k"):
        memory.search("tea", filters=USER, top_k=top_k)
    with pytest.raises(ValueError, match="top_k"):
        memory.get_all(filters=USER, top_k=top_k)


def test_case_18_top_k_bounds_the_results(memory):
    memory.add([{"role": "user", "content": f"tea from {city}"} for city in ("Assam", "Uji")], **USER, infer=False)
    assert memory.search("tea", filters=USER, top_k=0)["results"] == []
    assert len(memory.search("tea", filters=USER, top_k=1)["results"]) == 1
    assert len(memory.search("tea", filters=USER)["results"]) == 2
    assert len(memory.get_all(filters=USER, top_k=1)["results"]) == 1


@pytest.mark.parametrize("filters", [None, {}, {"colour": "green"}, {"AND": [{"user_id": "ann"}]}])
def test_case_18_reading_needs_an_id(memory, filters):
    with pytest.raises(ValueError, match="user_id"):
        memory.search("tea", filters=filters)
    with pytest.raises(ValueError, match="user_id"):
        memory.get_all(filters=filters)


def test_case_19_a_missing_id_gives_none(memory):
    assert memory.get("7d4bb1b0-0000-4000-8000-000000000000") is None
    assert memory.get("nope") is None
    assert memory.history("nope") == []


def test_case_26_a_search_sees_every_run_and_agent_of_its_user(memory):
    memory.add("tea alone", user_id="ann", infer=False)
    memory.add("tea in a run", user_id="ann", run_id="r1", infer=False)
    memory.add("tea in another run", user_id="ann", run_id="r2", infer=False)
    memory.add("tea with an agent", user_id="ann", agent_id="bot", infer=False)
    memory.add("tea of a stranger", user_id="bob", run_id="r1", infer=False)
    of_ann = ["tea alone", "tea in a run", "tea in another run", "tea with an agent"]
    expected = {
        ("user_id", "ann"): of_ann,
        ("user_id", "ann", "run_id", "r1"): ["tea in a run"],
        ("user_id", "ann", "agent_id", "bot"): ["tea with an agent"],
        ("agent_id", "bot"): ["tea with an agent"],
        ("run_id", "r1"): ["tea in a run", "tea of a stranger"],
        ("user_id", "eve"): [],
        ("user_id", "ann", "run_id", "r3"): [],
    }
    for scope, seen in expected.items():
        filters = dict(zip(scope[::2], scope[1::2], strict=True))
        assert texts(memory.search("tea", filters=filters)) == seen
        assert texts(memory.get_all(filters=filters)) == seen


def test_case_26_a_row_has_these_keys(memory):
    (added,) = memory.add("green tea", **USER, run_id="r1", metadata={"n": 1}, infer=False)["results"]
    core = {"id", "memory", "hash", "metadata", "created_at", "updated_at", "user_id", "run_id", "role"}
    (found,) = memory.search("green tea", filters=USER)["results"]
    (listed,) = memory.get_all(filters=USER)["results"]
    got = memory.get(added["id"])
    assert core | {"score"} <= set(found)
    assert core <= set(listed)
    assert core <= set(got)
    assert 0 <= found["score"] <= 1
    assert {"agent_id", "actor_id", "expiration_date"}.isdisjoint(got)
    for key in core:
        assert found[key] == listed[key] == got[key]
    assert datetime.fromisoformat(got["created_at"]).tzinfo is not None
    assert got["created_at"] == got["updated_at"]


def test_case_26_the_best_match_stands_first(memory):
    memory.add("green tea from Uji", **USER, infer=False)
    memory.add("a red bicycle with green wheels", **USER, infer=False)
    rows = memory.search("green tea", filters=USER)["results"]
    assert rows[0]["memory"] == "green tea from Uji"
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores, reverse=True)


def test_case_29_expired_memories_are_hidden(memory):
    today = datetime.now(UTC).date()
    days = {"expired": today - timedelta(days=2), "live": today + timedelta(days=2)}
    ids = {
        name: memory.add(f"{name} tea", **USER, expiration_date=day.isoformat(), infer=False)["results"][0]["id"]
        for name, day in days.items()
    }
    assert texts(memory.search("tea", filters=USER)) == ["live tea"]
    assert texts(memory.get_all(filters=USER)) == ["live tea"]
    assert texts(memory.search("tea", filters=USER, show_expired=True)) == ["expired tea", "live tea"]
    assert texts(memory.get_all(filters=USER, show_expired=True)) == ["expired tea", "live tea"]
    assert memory.get(ids["expired"])["expiration_date"] == days["expired"].isoformat()


def test_case_29_an_expiration_date_may_be_a_date_and_be_lifted(memory):
    (row,) = memory.add("short-lived tea", **USER, expiration_date=date(2020, 1, 2), infer=False)["results"]
    assert memory.get(row["id"])["expiration_date"] == "2020-01-02"
    memory.update(row["id"], expiration_date=None)
    assert memory.get(row["id"]).get("expiration_date") is None
    assert texts(memory.get_all(filters=USER)) == ["short-lived tea"]


@pytest.mark.parametrize("bad", ["2020/01/02", "soon", 5])
def test_case_29_an_expiration_date_of_another_form_is_refused(memory, bad):
    with pytest.raises(ValueError, match="expiration_date"):
        memory.add("tea", **USER, expiration_date=bad, infer=False)


def test_case_33_explain_gives_the_parts_of_the_score(memory):
    memory.add("green tea from Uji", **USER, infer=False)
    (plain,) = memory.search("green tea", filters=USER)["results"]
    (row,) = memory.search("green tea", filters=USER, explain=True)["results"]
    assert "score_details" not in plain
    details = row["score_details"]
    assert {"semantic_score", "bm25_score", "entity_boost", "final_score"} <= set(details)
    assert all(isinstance(part, int | float) for part in details.values())
    assert details["final_score"] == row["score"]
    assert details["semantic_score"] > 0
