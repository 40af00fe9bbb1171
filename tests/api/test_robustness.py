"""What a caller gets wrong is refused in our own terms, and nothing of it is written."""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from ramet import AsyncMemory, Memory
from ramet.kernel.errors import (
    ConfigurationError,
    ConflictError,
    LimitError,
    LLMError,
    ProviderError,
    RametError,
    StoreError,
    ValidationError,
)
from ramet.memory.limits import Limits

SURROGATE = "\ud800"
NO_TEXTS: list[Any] = [None, 5, 1.5, b"x", frozenset(), [], {}, SURROGATE]


def add(memory: Memory, text: str = "I live in Porto", **where: Any) -> str:
    return str(memory.add(text, infer=False, **({"user_id": "ann"} | where))["results"][0]["id"])


@pytest.mark.parametrize("wrong", NO_TEXTS, ids=repr)
def test_an_id_that_is_no_text_is_refused(memory: Memory, wrong: Any) -> None:
    kept = add(memory)
    calls: list[Callable[[], object]] = [
        lambda: memory.get(wrong),
        lambda: memory.history(wrong),
        lambda: memory.why(wrong),
        lambda: memory.update(wrong, "new"),
        lambda: memory.delete(wrong),
        lambda: memory.supersede(wrong, "new"),
        lambda: memory.merge([kept, wrong], "new"),
        lambda: memory.undo(wrong),
        lambda: memory.fork(wrong),
        lambda: memory.erase_memories([wrong]),
        lambda: memory.graph.neighbours(wrong, user_id="ann"),
        lambda: memory.graph.paths("Ann", wrong, user_id="ann"),
        lambda: memory.graph.subgraph([wrong], user_id="ann"),
    ]

    for call in calls:
        with pytest.raises(ValidationError, match="no text"):
            call()


@pytest.mark.parametrize("wrong", [None, 5, "one-id", b"x", {}], ids=repr)
def test_one_text_is_no_list_of_texts(memory: Memory, wrong: Any) -> None:
    calls: list[Callable[[], object]] = [
        lambda: memory.merge(wrong, "new"),
        lambda: memory.erase_memories(wrong),
        lambda: memory.graph.subgraph(wrong, user_id="ann"),
    ]

    for call in calls:
        with pytest.raises(ValidationError, match="no list"):
            call()


@pytest.mark.parametrize("part", ["name", "role"])
@pytest.mark.parametrize("infer", [True, False])
def test_a_name_that_is_no_unicode_is_refused_before_anything_is_written(
    memory: Memory, part: str, *, infer: bool
) -> None:
    message = {"role": "user", "content": "I am Bo", part: SURROGATE}

    with pytest.raises(ValidationError, match="message 0"):
        memory.add([message], user_id="ann", infer=infer)
    assert [json.loads(line)["type"] for line in memory.export(user_id="ann")] == ["header", "end"]


def test_an_idempotency_key_that_is_no_unicode_is_refused(memory: Memory) -> None:
    with pytest.raises(ValidationError, match="idempotency_key"):
        memory.add("I live in Porto", user_id="ann", idempotency_key=SURROGATE)


def test_a_message_without_content_is_refused_unless_it_calls_a_tool(memory: Memory) -> None:
    called = {"role": "assistant", "tool_calls": [{"function": {"name": "now", "arguments": "{}"}}]}

    with pytest.raises(ValidationError, match="message 0 has no content"):
        memory.add([{"role": "user", "text": "I live in Porto"}], user_id="ann")
    found = memory.add([called, {"role": "tool", "content": "noon"}], user_id="ann", infer=False)["results"]

    assert [row["memory"] for row in found] == ["now({})", "noon"]


def test_an_idempotency_key_of_another_scope_or_branch_shows_nothing_of_it(memory: Memory) -> None:
    add(memory, "Ann's secret", idempotency_key="k")
    memory.fork("b")

    with pytest.raises(ConflictError, match="another scope"):
        add(memory, "Bob's text", user_id="bob", idempotency_key="k")
    with pytest.raises(ConflictError, match="another scope or branch"):
        add(memory, "Ann's secret", branch="b", idempotency_key="k")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_can_not_be_shown_is_refused(memory: Memory, moment: str) -> None:
    with pytest.raises(ValidationError, match="timestamp"):
        add(memory, timestamp=moment)
    assert memory.get_all(user_id="ann")["total"] == 0


@pytest.mark.parametrize("moment", ["0001-01-01", "9999-12-31T23:59:59.999999"])
def test_the_first_and_the_last_moment_are_times_like_others(memory: Memory, moment: str) -> None:
    add(memory, timestamp=moment)

    found = memory.search("where last month", user_id="ann", reference_date=moment)["results"]

    assert found[0]["said_at"][:10] == moment[:10]
    assert moment[:10] in memory.context("where", user_id="ann")["text"]


def test_the_last_day_as_an_expiration_survives_an_export(memory: Memory) -> None:
    kept = add(memory, expiration_date=date.max)

    with Memory(":memory:", embedder="static") as other:
        other.import_(memory.export())
        assert (other.get(kept) or {})["expiration_date"] == "9999-12-31"


def test_metadata_can_not_grow_past_its_limit_by_updates(memory: Memory) -> None:
    kept = add(memory, metadata={"a": "x" * 60_000})
    other = add(memory, metadata={"b": "x" * 60_000})

    with pytest.raises(LimitError, match="metadata"):
        memory.update(kept, metadata={"b": "x" * 60_000})
    with pytest.raises(LimitError, match="metadata"):
        memory.merge([kept, other], "both")
    assert (memory.get(kept) or {})["metadata"] == {"a": "x" * 60_000}


def test_a_nested_key_that_is_no_text_is_refused(memory: Memory) -> None:
    with pytest.raises(ValidationError, match="key of the metadata"):
        add(memory, metadata={"a": [{1: "one", "1": "another"}]})


def test_what_supersedes_an_expired_memory_can_be_found(memory: Memory) -> None:
    old = add(memory, "The wifi code is tulip", expiration_date="2020-01-01")

    new = memory.supersede(old, "The wifi code is orchid")["results"][0]["id"]

    assert [row["id"] for row in memory.search("wifi code", user_id="ann")["results"]] == [new]


def test_a_number_of_numpy_counts_as_a_number(memory: Memory) -> None:
    add(memory)

    found = memory.search("Porto", user_id="ann", top_k=np.int64(3), threshold=np.float32(0))  # type: ignore[arg-type]

    assert len(found["results"]) == 1
    with pytest.raises(ValidationError, match="top_k"):
        memory.search("Porto", user_id="ann", top_k=np.bool_(True))  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [date(2024, 1, 1), b"x", frozenset(), np.int64(3)], ids=repr)
def test_a_filter_refuses_what_no_metadata_can_hold(memory: Memory, value: object) -> None:
    with pytest.raises(ValidationError, match="JSON"):
        memory.get_all(user_id="ann", filters={"day": {"gte": value}})


def test_a_filter_that_holds_itself_is_refused(memory: Memory) -> None:
    endless: list[Any] = []
    endless.append(endless)

    with pytest.raises(ValidationError, match="user_id"):
        memory.get_all(user_id="ann", filters={"user_id": endless})


def test_one_of_many_thousand_values_is_found_at_once(memory: Memory) -> None:
    memory.add([f"note {n}" for n in range(300)], user_id="ann", infer=False, metadata={"n": 5, "tags": ["a", True]})
    many = [str(n) for n in range(20_000)]
    began = perf_counter()

    totals = [
        memory.get_all(user_id="ann", filters={field: {operator: [*many, *more]}})["total"]
        for field, operator, more in (
            ("n", "in", [5.0]), ("n", "in", [True]), ("n", "nin", []), ("tags", "in", ["a"]), ("tags", "nin", [True]),
            ("tags", "in", [1]), ("tags", "in", [["a", True]]), ("missing", "nin", []),
        )
    ]  # fmt: skip

    assert totals == [300, 0, 300, 300, 0, 0, 300, 0]
    assert perf_counter() - began < 2


def test_lines_of_an_import_are_text(memory: Memory) -> None:
    lines = list(memory.export())

    for wrong in (None, 5, "".join(lines), [line.encode() for line in lines], [None]):
        with pytest.raises(ValidationError, match=r"no sequence|not text"):
            memory.import_(wrong)  # type: ignore[arg-type]


def test_a_message_of_an_error_is_short_whatever_was_passed(memory: Memory) -> None:
    for call in (memory.why, memory.undo, memory.delete_branch):
        with pytest.raises(RametError) as caught:
            call("x" * 1_000_000)
        assert len(str(caught.value)) < 1_200


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": 1.5}, {"path": b"x"}, {"path": ""}, {"path": "a\0b"}, {"path": SURROGATE}, {"path": "~no-such-user/x"},
        {"limits": {"top_k": 5}}, {"busy_timeout_s": "5"}, {"busy_timeout_s": float("nan")}, {"busy_timeout_s": -1},
    ],
    ids=repr,
)  # fmt: skip
def test_a_wrong_argument_of_the_constructor_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Memory.from_config({"path": tmp_path / "data", "embedder": "static", **wrong})


@pytest.mark.parametrize("config", [None, 5, [], "path", {5: 5}], ids=repr)
def test_a_configuration_is_a_mapping_of_known_names(config: Any) -> None:
    with pytest.raises(ConfigurationError):
        Memory.from_config(config)


class Rows:
    """An embedder as LangChain's are: lists of floats, no word on their length."""

    def __init__(self, length: int) -> None:
        self.length = length

    def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [float(len(text) + n) for n in range(self.length)]


@pytest.mark.parametrize("reopened", [True, False])
def test_vectors_of_another_length_are_refused_before_they_are_written(tmp_path: Path, *, reopened: bool) -> None:
    rows = Rows(3)
    memory = Memory(tmp_path, embedder=rows)
    kept = add(memory)
    if reopened:
        memory.close()
        memory = Memory(tmp_path, embedder=rows)
    rows.length = 5

    with pytest.raises(ProviderError, match="5 dimensions, not 3"):
        add(memory, "longer")

    rows.length = 3
    assert [row["id"] for row in memory.search("where", user_id="ann")["results"]] == [kept]
    memory.close()


def test_an_embedder_of_empty_vectors_is_refused() -> None:
    with Memory(":memory:", embedder=Rows(0)) as memory, pytest.raises(ProviderError, match="finite"):
        add(memory)


class Model:
    """A language model that fails, or replies with what it was given."""

    def __init__(self, reply: Any) -> None:
        self.reply = reply

    def complete(self, system: str, user: str, *, json: bool = False) -> str:
        assert system
        assert user
        assert json
        if isinstance(self.reply, Exception):
            raise self.reply
        return str(self.reply) if isinstance(self.reply, str) else self.reply


@pytest.mark.parametrize("reply", [OSError("no network"), None, b"{}", '{"memory": [{"text": "\\ud800"}]}'], ids=repr)
def test_whatever_a_model_does_wrong_is_its_error(reply: object) -> None:
    with Memory(":memory:", embedder="static", llm=Model(reply)) as memory:
        with pytest.raises(LLMError):
            memory.add("I live in Porto", user_id="ann")
        assert memory.get_all(user_id="ann")["total"] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_is_told_to_open_its_own(tmp_path: Path) -> None:
    with Memory(tmp_path, embedder="static", limits=Limits()) as memory:
        add(memory)
        child = os.fork()
        if child == 0:
            refused = 0
            try:
                memory.get_all(user_id="ann")
            except StoreError as error:
                refused = 7 if "forked" in error.message else 1
            memory.close()
            os._exit(refused)
        _, status = os.waitpid(child, 0)

        assert os.waitstatus_to_exitcode(status) == 7
        assert memory.get_all(user_id="ann")["total"] == 1


async def closed_calls() -> list[str]:
    memory = AsyncMemory(":memory:", embedder="static")
    await memory.close()
    await memory.close()
    said = []
    for call in (
        memory.branches,
        lambda: memory.search("x", user_id="ann"),
        lambda: memory.graph.search("x", user_id="a"),
    ):
        with pytest.raises(StoreError) as caught:
            await call()
        said.append(caught.value.message)
    return said


def test_an_asynchronous_memory_says_that_it_was_closed() -> None:
    assert asyncio.run(closed_calls()) == ["The memory is closed."] * 3


@pytest.mark.parametrize(
    "said", ["I live in Rome until 9999-12-31.", "On 9999-12-31 I moved to Rome.", "I was born on 0001-01-01."]
)
def test_a_text_may_name_the_ends_of_the_calendar(memory: Memory, said: str) -> None:
    memory.add(said, user_id="ann")

    found = memory.get_all(user_id="ann", include_superseded=True)["results"]

    assert found
    with Memory(":memory:", embedder="static") as other:
        assert other.import_(memory.export(user_id="ann"))["memories"] == len(found)
