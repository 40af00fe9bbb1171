"""What mem0 2.2.1 does not find, or lists at random, and Ramet does not."""

import json
import os
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

from tests.conformance.subjects import fixed

USER = {"user_id": "ann"}
ROOT = Path(__file__).parents[2]


def said(*contents):
    return [{"role": "user", "content": content} for content in contents]


def texts(answer):
    return [row["memory"] for row in answer["results"]]


@fixed("mem0 drops the expired ones after it has fetched the nearest sixty", raises=AssertionError)
def test_case_f11_expired_near_duplicates_do_not_hide_a_live_memory(memory):
    expired = [f"green tea with lemon cup {place}" for place in range(80)]
    memory.add(said(*expired), **USER, expiration_date="2020-01-01", infer=False)
    memory.add("green tea with milk, served after the long walk in the hills", **USER, infer=False)
    found = texts(memory.search("green tea with lemon", filters=USER, top_k=5))
    assert found == ["green tea with milk, served after the long walk in the hills"]


@fixed("mem0 ranks only what the vector search lets through", raises=AssertionError)
def test_case_f12_a_memory_that_only_keywords_find_is_found(memory):
    page = " ".join(f"step{place} done" + " and checked" * (place % 3) for place in range(300))
    memory.add(f"{page} failed with ERR-7741 {page}", **USER, infer=False)
    memory.add(said(*(f"An error message of the week {week}" for week in range(30))), **USER, infer=False)
    found = texts(memory.search("ERR-7741", filters=USER, top_k=5))
    assert any("ERR-7741" in text for text in found)


def test_case_f13_a_keyword_hit_elsewhere_changes_no_score(memory):
    # mem0 divides every score by 2 as soon as anything has a keyword score. That needs its optional `fastembed` and a
    # model from the network; without them it has no keyword scores at all, and passes.
    memory.add("green tea with lemon", **USER, infer=False)
    (alone,) = memory.search("green tea in Uji", filters=USER)["results"]
    memory.add("Uji station, platform two", **USER, infer=False)
    among = {row["id"]: row["score"] for row in memory.search("green tea in Uji", filters=USER)["results"]}
    assert among[alone["id"]] == pytest.approx(alone["score"], abs=1e-9)


@fixed("mem0 lists in the order of random ids", raises=AssertionError)
def test_case_f15_get_all_is_ordered_by_time(memory):
    contents = [f"note {place}" for place in range(25)]
    for content in contents:
        memory.add(content, **USER, infer=False)
    listed = texts(memory.get_all(filters=USER, top_k=25))
    assert listed in (contents, contents[::-1])
    assert texts(memory.get_all(filters=USER, top_k=10)) == listed[:10]


@fixed("mem0 ignores page and page_size", raises=AssertionError)
def test_case_f15_get_all_is_paged(memory):
    memory.add(said(*(f"note {place}" for place in range(25))), **USER, infer=False)
    listed = texts(memory.get_all(filters=USER, top_k=25))
    pages = [texts(memory.get_all(filters=USER, page=page, page_size=10)) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert list(chain.from_iterable(pages)) == listed


@fixed("mem0's embedded store belongs to one process", raises=subprocess.CalledProcessError)
def test_case_f16_two_processes_use_one_store(subject, stub, home):
    memory = subject.memory()
    memory.add("tea from the first process", **USER, infer=False)
    command = [sys.executable, "-m", "tests.conformance.second_process"]
    command += [subject.name, str(home), stub.base_url]
    there = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    run = subprocess.run(command, env=there, check=True, capture_output=True, text=True, timeout=60)
    both = ["tea from the first process", "tea from the second process"]
    assert sorted(json.loads(run.stdout)) == both
    assert sorted(texts(memory.get_all(filters=USER))) == both
    memory.add("tea from the first process again", **USER, infer=False)
    assert len(memory.search("tea", filters=USER)["results"]) == 3
