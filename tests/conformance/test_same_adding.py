"""What `add` does alike in mem0 2.2.1 and here; the numbers are those of the common list of cases."""

import json

import pytest

from tests.conformance.openai_stub import NO_FACTS, Reply, facts

USER = {"user_id": "ann"}


def texts(answer):
    return [row["memory"] for row in answer["results"]]


def test_case_01_a_raw_text_gives_one_result(memory):
    (row,) = memory.add("I like green tea", **USER, infer=False)["results"]
    assert set(row) == {"id", "memory", "event", "actor_id", "role"}
    assert isinstance(row["id"], str)
    assert (row["memory"], row["event"]) == ("I like green tea", "ADD")
    assert (row["actor_id"], row["role"]) == (None, "user")


def test_case_01_a_named_message_keeps_its_actor(memory):
    message = {"role": "assistant", "content": "Noted.", "name": "Ann"}
    (row,) = memory.add(message, **USER, infer=False)["results"]
    assert (row["actor_id"], row["role"]) == ("Ann", "assistant")
    stored = memory.get(row["id"])
    assert (stored["actor_id"], stored["role"]) == ("Ann", "assistant")


def test_case_02_a_dict_and_a_list_are_accepted(memory):
    one = {"role": "user", "content": "Hello"}
    many = [
        {"role": "system", "content": "You are kind."},
        {"role": "user", "content": "Where is the station?"},
        {"role": "assistant", "content": "Behind the church."},
    ]
    assert texts(memory.add(one, **USER, infer=False)) == ["Hello"]
    answer = memory.add(many, **USER, infer=False)
    assert texts(answer) == ["Where is the station?", "Behind the church."]
    assert [row["role"] for row in answer["results"]] == ["user", "assistant"]
    assert memory.add([], **USER, infer=False)["results"] == []


def test_case_02_text_parts_are_joined(memory):
    parts = [{"type": "text", "text": "Where is"}, {"type": "text", "text": "the station?"}]
    assert texts(memory.add([{"role": "user", "content": parts}], **USER, infer=False)) == ["Where is the station?"]


def test_case_03_an_extracted_fact_is_stored(memory, model):
    model.answers(facts("Ann likes green tea"))
    (row,) = memory.add("I like green tea", **USER)["results"]
    assert {"id", "memory", "event"} <= set(row)
    assert (row["memory"], row["event"]) == ("Ann likes green tea", "ADD")
    assert memory.get(row["id"])["memory"] == "Ann likes green tea"
    assert "I like green tea" in model.prompts()


def test_case_03_custom_instructions_reach_the_model(memory, model):
    model.answers(facts("Ann likes green tea"))
    memory.add("I like green tea", **USER, prompt="Only beverages matter.")
    assert "Only beverages matter." in model.prompts()


def test_case_04_an_add_without_near_neighbours_costs_one_call(memory, model):
    model.answers(facts("Ann likes green tea", "Ann works in Lisbon"))
    memory.add("I like green tea and I work in Lisbon", **USER)
    assert len(model.chats) == 1


def test_case_04_a_raw_add_costs_no_call(memory, model):
    memory.add("I like green tea", **USER, infer=False)
    assert model.chats == []


def test_case_05_an_extractor_that_finds_nothing_gives_no_results(memory, model):
    model.answers(NO_FACTS)
    assert memory.add("Hi!", **USER)["results"] == []
    assert memory.get_all(filters=USER)["results"] == []


def test_case_06_same_fact_twice_changes_nothing(memory, model):
    model.answers(facts("Ann likes green tea"))
    memory.add("I like green tea", **USER)
    before = memory.get_all(filters=USER)["results"]
    assert memory.add("I like green tea", **USER)["results"] == []
    assert memory.get_all(filters=USER)["results"] == before


def test_case_07_a_duplicate_inside_one_reply_is_stored_once(memory, model):
    model.answers(facts("Ann likes green tea", "Ann likes green tea"))
    assert texts(memory.add("I like green tea, I really do", **USER)) == ["Ann likes green tea"]
    assert len(memory.get_all(filters=USER)["results"]) == 1


FOUND = json.dumps({"memory": [{"id": "0", "text": "Ann likes green tea"}]})


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(FOUND, id="plain"),
        pytest.param(f"```json\n{FOUND}\n```", id="fenced"),
        pytest.param(f"```\n{FOUND}\n```", id="fenced-unnamed"),
        pytest.param(f"Sure! Here is what I found: {FOUND} I hope it helps.", id="chatty"),
        pytest.param(f"Here you are:\n```json\n{FOUND}\n```\nAnything else?", id="chatty-fenced"),
        pytest.param(f"<think>Tea {{maybe}}, let me see.</think>\n{FOUND}", id="thinking"),
        pytest.param(f"<think>Tea.</think>\n```json\n{FOUND}\n```", id="thinking-fenced"),
    ],
)
def test_case_08_wrapped_json_is_parsed(memory, model, reply):
    model.answers(Reply(reply))
    assert texts(memory.add("I like green tea", **USER)) == ["Ann likes green tea"]


@pytest.mark.parametrize("status", [500, 429])
def test_case_10_a_failing_model_raises_llm_error(memory, model, subject, status):
    model.answers(Reply(status=status))
    with pytest.raises(subject.llm_error) as raised:
        memory.add("I like green tea", **USER)
    assert raised.value.error_code == "LLM_001"
    assert memory.get_all(filters=USER)["results"] == []


def test_case_11_an_add_needs_an_id(memory, subject):
    with pytest.raises(subject.validation_error) as raised:
        memory.add("I like green tea", infer=False)
    assert raised.value.error_code == "VALIDATION_001"


@pytest.mark.parametrize("messages", [None, 5])
def test_case_12_messages_of_another_type_are_refused(memory, subject, messages):
    with pytest.raises(subject.validation_error) as raised:
        memory.add(messages, **USER)
    assert raised.value.error_code == "VALIDATION_003"


@pytest.mark.parametrize("memory_type", ["episodic_memory", "semantic_memory", "nonsense"])
def test_case_13_an_unknown_memory_type_is_refused(memory, subject, memory_type):
    with pytest.raises(subject.validation_error) as raised:
        memory.add("I like green tea", **USER, memory_type=memory_type)
    assert raised.value.error_code == "VALIDATION_002"


@pytest.mark.parametrize("key", ["user_id", "agent_id", "run_id"])
@pytest.mark.parametrize("bad", ["a b", " ", "", "a\tb"])
def test_case_14_a_blank_or_broken_id_is_refused(memory, key, bad):
    with pytest.raises(ValueError, match=key):
        memory.add("I like green tea", **{key: bad}, infer=False)
    with pytest.raises(ValueError, match=key):
        memory.search("tea", filters={key: bad})
    with pytest.raises(ValueError, match=key):
        memory.get_all(filters={key: bad})
    with pytest.raises(ValueError, match=key):
        memory.delete_all(**{key: bad})


@pytest.mark.parametrize(("given", "kept"), [(42, "42"), (" a ", "a"), ("a", "a")])
def test_case_14_an_id_becomes_trimmed_text(memory, given, kept):
    (row,) = memory.add("I like green tea", user_id=given, infer=False)["results"]
    assert memory.get(row["id"])["user_id"] == kept
    for spelling in (given, kept):
        assert texts(memory.get_all(filters={"user_id": spelling})) == ["I like green tea"]
        assert texts(memory.search("green tea", filters={"user_id": spelling})) == ["I like green tea"]


def test_case_24_ids_inside_metadata_are_ignored(memory):
    metadata = {"user_id": "bob", "agent_id": "spy", "run_id": "r9", "actor_id": "eve", "colour": "green"}
    (row,) = memory.add("I like green tea", **USER, metadata=metadata, infer=False)["results"]
    stored = memory.get(row["id"])
    assert stored["user_id"] == "ann"
    assert {"agent_id", "run_id", "actor_id"}.isdisjoint(stored)
    assert stored["metadata"] == {"colour": "green"}
    assert memory.get_all(filters={"user_id": "bob"})["results"] == []


def test_case_37_nested_metadata_comes_back_and_the_callers_dict_is_untouched(memory):
    metadata = {"user_id": "bob", "tags": ["a", "ü"], "place": {"city": "Lisbon", "at": [38.7, -9.1]}, "open": True}
    given = json.loads(json.dumps(metadata))
    (row,) = memory.add("I like green tea", **USER, metadata=given, infer=False)["results"]
    assert given == metadata
    kept = {key: value for key, value in metadata.items() if key != "user_id"}
    assert memory.get(row["id"])["metadata"] == kept
    assert memory.get_all(filters=USER)["results"][0]["metadata"] == kept
    assert memory.search("green tea", filters=USER)["results"][0]["metadata"] == kept


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Ann 🍵 trinkt gern grünen Tee 👩‍👩‍👧 – 緑茶が好き", id="emoji"),
        pytest.param(("tea and cake " * 800)[:10_000], id="long"),
        pytest.param("first line\n\tsecond line\r\nthird", id="lines"),
    ],
)
def test_case_39_any_text_comes_back_as_it_was(memory, text):
    (row,) = memory.add(text, **USER, infer=False)["results"]
    assert row["memory"] == text
    assert memory.get(row["id"])["memory"] == text
    assert texts(memory.get_all(filters=USER)) == [text]
    assert memory.history(row["id"])[0]["new_memory"] == text
