"""Which cases `ramet bench memory` measures, and how it compares them."""

from itertools import pairwise

from ramet.bench import memory, peers, plots, workload
from ramet.bench.memory import Plan, Shape


def places(plan, engine="ramet"):
    return [(shape.embedder, shape.users, shape.per_user) for shape in memory.planned(plan) if shape.engine == engine]


def test_large_sizes_are_measured_for_one_user_and_for_a_hundred():
    plan = Plan(sizes=(1000, 10_000), embedders=("static",), peers=False)
    assert places(plan) == [("static", 1, 1000), ("static", 1, 10_000), ("static", 100, 100)]


def test_the_full_size_is_measured_with_the_cheap_embedder_alone_and_the_notes_say_so():
    plan = Plan(sizes=(1000,), embedders=("static", "default"), full=True, peers=False)
    assert places(plan) == [
        ("static", 1, 1000),
        ("static", 1, 100_000),
        ("static", 100, 1000),
        ("default", 1, 1000),
    ]
    assert any("static embedder only" in note for note in memory.notes(plan, []))


def test_the_full_size_is_measured_with_every_embedder_when_it_is_named():
    plan = Plan(sizes=(100_000,), embedders=("default",), full=True, peers=False)
    assert places(plan) == [("default", 1, 100_000), ("default", 100, 1000)]


def test_each_peer_is_measured_where_it_is_installed(monkeypatch):
    plan = Plan(sizes=(1000,), embedders=("static",), peer_size=500)
    monkeypatch.setattr(peers, "find_spec", lambda name: None if name == "mem0" else object())
    assert places(plan, "sqlite-fts5") == [(None, 1, 1000)]
    assert places(plan, "mem0ai") == []
    assert "mem0ai is not installed, and was left out." in memory.notes(plan, [])
    monkeypatch.setattr(peers, "find_spec", lambda name: object())
    assert places(plan, "mem0ai") == [("static", 1, 500), ("static", 5, 100)]
    assert Shape("mem0ai", "static", 1, 500, 120.0) in memory.planned(plan)
    assert memory.steps(plan) == 2 * (1 + 1 + 2 + 2)


def test_a_busy_machine_is_reported():
    assert memory.busy({"load": 1.0, "processors": 2}) == []
    [warning] = memory.busy({"load": 1.2, "processors": 2})
    assert "load 1.2 on 2 processors" in warning
    assert memory.machine().keys() == {"system", "python", "processors", "load"}


def row(engine, embedder, users, per_user, **figures):
    known = dict.fromkeys((key for key, _ in memory.COMPARED.values()), 1.0)
    size = {"users": users, "per_user": per_user, "memories": users * per_user}
    return {"engine": engine, "embedder": embedder, **size, **known, **figures}


def test_a_ratio_above_one_means_that_ours_is_better():
    ours = row("ramet", "static", 1, 10, search_ms_p50=2.0, batch_adds_per_s=300.0)
    other = row("ramet", "default", 1, 10, search_ms_p50=9.0)
    peer = row("mem0ai", "static", 1, 10, search_ms_p50=33.0, batch_adds_per_s=100.0)
    unmatched = row("mem0ai", "static", 5, 10)
    [ratio] = memory.ratios([ours, other, peer, unmatched])
    assert (ratio["peer"], ratio["search"], ratio["batch"], ratio["add"]) == ("mem0ai", 16.5, 3.0, 1.0)


def test_a_line_of_the_picture_joins_the_sizes_of_one_engine():
    rows = [row("ramet", "static", 1, 100, add=3.0), row("ramet", "static", 1, 10, add=2.0)]
    rows.append(row("sqlite-fts5", None, 100, 1, add=1.0))
    assert plots.lines(rows, "add") == {
        "ramet, static, 1 user": [(10, 2.0), (100, 3.0)],
        "sqlite-fts5, 100 users": [(100, 1.0)],
    }


def test_texts_are_the_same_every_time_and_differ_from_each_other():
    texts = [workload.text_of(3, number) for number in range(200)]
    assert texts == [workload.text_of(3, number) for number in range(200)]
    assert len(set(texts)) == 200
    assert all(12 <= len(text.split()) <= 28 for text in texts)


def test_words_are_as_uneven_as_in_speech():
    words = [word for number in range(300) for word in workload.text_of(0, number).lower().strip(".?").split()]
    shares = [words.count(word) / len(words) for word in (workload.vocabulary()[rank] for rank in (0, 10, 200))]
    assert 0.02 < shares[0] < 0.08
    assert all(more > less for more, less in pairwise(shares))
    assert len(set(words)) > 1500


def test_a_question_asks_for_words_of_its_memory():
    said = set(workload.text_of(2, 9).lower().strip(".?").split())
    assert set(workload.question_about(2, 9).strip("?").split()[-2:]) <= said
