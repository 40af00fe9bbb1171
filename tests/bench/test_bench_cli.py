"""`ramet bench` through its command line, at toy size."""

import json

import pytest
from typer.testing import CliRunner

from ramet.bench import memory
from ramet.bench.cli import app
from ramet.kernel.errors import ConfigurationError

PNG = b"\x89PNG"
QUALITY = {f"{name}@{k}" for name in ("recall", "hit") for k in (5, 10, 25, 50)} | {
    "ndcg@10",
    "mrr",
    "context_recall@1000",
}
SIZES = {"embedder", "conversations", "turns", "questions", "by_category"}
TIMES = {"adds_per_s", "add_ms_p50", "search_ms_p50", "search_ms_p95"}


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_locomo_finds_the_evidence_of_short_conversations(data_file, tmp_path):
    plot = tmp_path / "recall.png"
    done = run("locomo", "--data", data_file, "--embedder", "static", "--json", "--plot", plot)
    figures = json.loads(done.stdout)
    assert figures.keys() == QUALITY | SIZES | TIMES
    assert (figures["conversations"], figures["turns"], figures["questions"]) == (2, 6, 4)
    assert figures["recall@5"] == figures["hit@5"] == figures["context_recall@1000"] == 1.0
    assert figures["mrr"] == 1.0
    assert {name: row["questions"] for name, row in figures["by_category"].items()} == {
        "multi-hop": 1,
        "single-hop": 2,
        "temporal": 1,
    }
    assert figures["by_category"]["temporal"].keys() == QUALITY | {"questions"}
    assert plot.read_bytes().startswith(PNG)


def test_locomo_asks_for_no_more_than_the_limit(data_file):
    figures = json.loads(run("locomo", "--data", data_file, "--embedder", "static", "--limit-k", 10, "--json").stdout)
    assert {name for name in figures if name.startswith("recall@")} == {"recall@5", "recall@10"}


def test_locomo_shows_a_table_by_category(data_file):
    shown = run("locomo", "--data", data_file, "--embedder", "static").stdout
    assert "single-hop" in shown
    assert "2 conversations, 6 turns, 4 questions" in shown


def test_the_data_of_a_run_can_be_kept_but_nothing_is_overwritten(data_file, tmp_path):
    home = tmp_path / "kept"
    arguments = ("locomo", "--data", data_file, "--embedder", "static", "--path", home)
    assert run(*arguments).exit_code == 0
    assert any(home.iterdir())
    again = run(*arguments)
    assert again.exit_code == 2
    assert "no empty directory" in again.stderr


def test_memory_measures_adds_searches_disk_and_resident_memory(tmp_path):
    plot = tmp_path / "speed.png"
    done = run("memory", "--sizes", 50, "--embedder", "static", "--no-peers", "--repeat", 1, "--json", "--plot", plot)
    figures = json.loads(done.stdout)
    [row] = figures["rows"]
    assert (row["engine"], row["embedder"], row["users"], row["memories"]) == ("ramet", "static", 1, 50)
    assert row["results_mean"] == 20
    assert 0 < row["search_ms_p50"] <= row["search_ms_p95"]
    assert min(row[key] for key in ("batch_adds_per_s", "add_ms_p50", "first_search_ms", "disk_bytes_per_memory")) > 0
    assert figures["ratios"] == []
    assert plot.read_bytes().startswith(PNG)


@pytest.mark.parametrize("sizes", ["", "many", "5", "1000,-1"])
def test_sizes_that_are_no_numbers_are_refused(sizes):
    refused = run("memory", "--sizes", sizes)
    assert refused.exit_code == 2
    assert "1000,10000" in refused.stderr


def test_what_fails_in_the_measuring_process_is_raised_here(tmp_path):
    plan = memory.Plan(sizes=(50,), embedders=("unheard",), peers=False)
    with pytest.raises(ConfigurationError, match="unheard"):
        memory.measure(plan, tmp_path, lambda _: None)
