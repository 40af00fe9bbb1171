"""What mem0 2.2.1 loses, doubles or stumbles over when it writes, and Ramet does not."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from threading import Barrier, BrokenBarrierError

import pytest

from tests.conformance.openai_stub import Reply, facts
from tests.conformance.subjects import fixed

USER = {"user_id": "ann"}
THREADS = 5
TOGETHER_S = 1.0  # how long one call of the model waits for the other threads


def texts(answer):
    return sorted(row["memory"] for row in answer["results"])


def add_of_malformed_reply(memory, model, subject, reply):
    """The results of an add whose model answers this; the one error that is allowed gives none."""
    model.answers(Reply(reply))
    try:
        results = memory.add("I like green tea", **USER)["results"]
    except subject.llm_error:
        results = []
    assert texts(memory.get_all(filters=USER)) == sorted(row["memory"] for row in results)
    return results


@fixed("mem0 calls .get on whatever came", raises=(AttributeError, TypeError))
@pytest.mark.parametrize(
    "reply",
    [
        '{"memory": "Ann likes green tea"}',
        '{"memory": {"text": "Ann likes green tea"}}',
        '{"memory": ["Ann likes green tea"]}',
        '{"memory": [null, 5]}',
        '{"memory": [["Ann likes green tea"]]}',
        '{"memory": [{"text": ["Ann likes green tea"]}]}',
        '{"memory": [{"text": {"fact": "Ann likes green tea"}}]}',
        '{"memory": 5}',
    ],
)
def test_case_f05_a_malformed_reply_never_surfaces_as_a_bug(memory, model, subject, reply):
    results = add_of_malformed_reply(memory, model, subject, reply)
    assert {row["memory"] for row in results} <= {"Ann likes green tea"}


@pytest.mark.parametrize(
    "reply",
    [
        '["Ann likes green tea"]',
        '"Ann likes green tea"',
        "5",
        "null",
        "true",
        '{"memory": null}',
        '{"memory": [{"text": 5}]}',
        '{"memory": [{"text": ""}]}',
        '{"memory": [{}]}',
        '{"facts": ["Ann likes green tea"]}',
    ],
)
def test_case_f05_other_malformed_replies_are_survived_by_both(memory, model, subject, reply):
    results = add_of_malformed_reply(memory, model, subject, reply)
    assert {row["memory"] for row in results} <= {"Ann likes green tea"}


CUT_OFF = '{"memory": [{"id": "0", "text": "Ann likes green tea"}, {"id": "1", "text": "Ann works in Lis'


@fixed("mem0 takes a reply that it can not parse for one without facts", raises=AssertionError)
@pytest.mark.parametrize(
    "unusable",
    [
        pytest.param(Reply(CUT_OFF, finish_reason="length"), id="cut-off"),
        pytest.param(Reply(CUT_OFF), id="cut-off-unannounced"),
        pytest.param(Reply("I like tea as well!"), id="prose"),
        pytest.param(Reply('{"memory": [{"text": "Ann likes green tea"'), id="unclosed"),
        pytest.param(Reply(""), id="empty"),
    ],
)
def test_case_f06_an_unusable_reply_is_never_silently_empty(memory, model, subject, unusable):
    model.answers(unusable)
    try:
        stored = texts(memory.add("I like green tea", **USER))
    except subject.llm_error:
        stored = ["an explicit error"]
    assert stored in (["Ann likes green tea"], ["an explicit error"])


@fixed("mem0 neither repairs nor retries", raises=AssertionError)
def test_case_f06_what_was_whole_survives_the_cut(memory, model):
    whole = facts("Ann likes green tea", "Ann works in Lisbon")
    model.answers(Reply(CUT_OFF, finish_reason="length"), whole)
    assert "Ann likes green tea" in texts(memory.add("I like green tea and work in Lisbon", **USER))


@fixed("mem0 looks for duplicates before the model answers and never again", raises=AssertionError)
def test_case_f08_concurrent_identical_adds_make_one_memory(memory, model):
    together = Barrier(THREADS)

    def answer(request):
        with suppress(BrokenBarrierError):  # a library that asks the model fewer than five times waits once
            together.wait(TOGETHER_S)
        return facts("Ann likes green tea")

    model.answers(answer)
    with ThreadPoolExecutor(THREADS) as pool:
        adding = [pool.submit(memory.add, "I like green tea", **USER) for _ in range(THREADS)]
    added = [row for future in adding for row in future.result()["results"]]
    assert [row["memory"] for row in added] == ["Ann likes green tea"]
    assert texts(memory.get_all(filters=USER)) == ["Ann likes green tea"]


@fixed("mem0 compares with the ten nearest only", raises=AssertionError)
def test_case_f09_deduplication_looks_beyond_the_nearest_ten(memory, model):
    model.answers(facts("Ann likes green tea"))
    memory.add("I like green tea", **USER)
    for place in range(12):
        memory.add(f"The board discussed quarterly budget item {place}", **USER, infer=False)
    assert memory.add("The board discussed the quarterly budget again", **USER)["results"] == []
    assert texts(memory.get_all(filters=USER, top_k=50)).count("Ann likes green tea") == 1


LONG_AGO = [
    pytest.param("2023-05-24", id="day"),
    pytest.param("2023-05-24T10:00:00+00:00", id="moment"),
    pytest.param(int(datetime(2023, 5, 24, 10, tzinfo=UTC).timestamp()), id="epoch"),
    pytest.param(datetime(2023, 5, 24, 10, tzinfo=UTC), id="datetime"),
    pytest.param(date(2023, 5, 24), id="date"),
]


@fixed("mem0's library refuses timestamp=", raises=ValueError)
@pytest.mark.parametrize("timestamp", LONG_AGO)
def test_case_f14_the_timestamp_is_the_observation_date(memory, model, timestamp):
    model.answers(facts("Ann went to Porto the week of 15 May 2023"))
    (row,) = memory.add("I went to Porto last week", **USER, timestamp=timestamp)["results"]
    assert "2023-05-24" in model.prompts()
    assert "2023-05-24" in json.dumps(memory.get(row["id"]))


@fixed("mem0's library refuses timestamp=", raises=ValueError)
@pytest.mark.parametrize("timestamp", LONG_AGO)
def test_case_f14_a_raw_memory_keeps_its_timestamp(memory, timestamp):
    (row,) = memory.add("I went to Porto last week", **USER, timestamp=timestamp, infer=False)["results"]
    assert "2023-05-24" in json.dumps(memory.get(row["id"]))


@fixed("mem0 embeds the unchanged text again", raises=AssertionError)
def test_case_f17_an_update_of_metadata_embeds_nothing(subject, model):
    memory = subject.recording_memory(model)
    (row,) = memory.add("green tea", **USER, infer=False)["results"]
    assert "green tea" in model.embedded
    model.embedded.clear()
    memory.update(row["id"], metadata={"colour": "green"})
    memory.update(row["id"], expiration_date="2999-01-01")
    assert model.embedded == []
    assert memory.get(row["id"])["metadata"] == {"colour": "green"}


@fixed("mem0 drops a message's name before the model sees it", raises=AssertionError)
def test_case_f19_the_speakers_name_reaches_the_model_and_the_memory(memory, model):
    model.answers(facts("Zephyrine likes green tea"))
    said = {"role": "user", "name": "Zephyrine", "content": "I like green tea"}
    (row,) = memory.add([said], **USER)["results"]
    assert "Zephyrine" in model.prompts()
    assert memory.get(row["id"])["actor_id"] == "Zephyrine"
