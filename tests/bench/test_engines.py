"""The engines that are measured do the same work: each finds a user's texts, and no other's."""

import pytest

from ramet.adapters.embedders.static import StaticEmbedder
from ramet.bench.engines import ENGINES

OWN = ["the heron stood on the canoe", "a walnut loom in Ghent", "the kiln cracked"]


@pytest.fixture(params=["ramet", "sqlite-fts5", pytest.param("mem0ai", marks=pytest.mark.slow)])
def engine(request, tmp_path, monkeypatch):
    if request.param == "mem0ai":
        monkeypatch.setenv("MEM0_TELEMETRY", "False")  # mem0 reads both when it is imported
        monkeypatch.setenv("MEM0_DIR", str(tmp_path))
        pytest.importorskip("mem0")
    opened = ENGINES[request.param](tmp_path, StaticEmbedder())
    yield opened
    opened.close()


def test_an_engine_searches_among_one_users_texts(engine):
    engine.add("user1", OWN)
    engine.add("user2", ["the heron flew over the kiln"])
    assert engine.search("user1", "Where did the heron stand?", 20) in (1, 2, 3)
    assert engine.search("user2", "Where did the heron stand?", 20) == 1
    assert engine.search("user3", "Where did the heron stand?", 20) == 0
    assert engine.search("user1", "Where did the heron stand, in the kiln or on a loom?", 2) == 2


def test_what_was_added_is_there_after_reopening(engine, tmp_path):
    engine.add("user1", OWN)
    engine.close()
    again = type(engine)(tmp_path, StaticEmbedder())
    assert again.search("user1", "a loom in Ghent", 1) == 1
    again.close()
