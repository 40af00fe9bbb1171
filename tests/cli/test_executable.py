"""The process itself: streams, pipes, exit codes, what is loaded when."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import ramet

COMMAND = [sys.executable, "-c", "from ramet.cli.main import run; run()"]


@pytest.fixture
def environment(home):
    return {**os.environ, "PYTHONPATH": str(Path(ramet.__file__).parents[1])}


@pytest.fixture
def run(environment):
    def call(*arguments, stdin=""):
        return subprocess.run(
            [*COMMAND, *map(str, arguments)], env=environment, input=stdin, capture_output=True, text=True, check=False
        )

    return call


def test_a_conversation_from_end_to_end(run):
    added = run("memory", "add", "-u", "ann", "--no-infer", "--json", stdin="I drink oat milk ☕\n")
    memory = json.loads(added.stdout)["results"][0]["id"]
    edited = json.loads(run("memory", "edit", memory, "I drink soy milk", "--json").stdout)
    assert "I drink soy milk" in run("memory", "search", "milk", "-u", "ann").stdout
    assert run("memory", "undo", edited["operation_id"]).returncode == 0
    assert "I drink oat milk ☕" in run("memory", "list", "-u", "ann").stdout


def test_errors_go_to_stderr_and_end_with_their_code(run):
    failed = run("memory", "list")
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr.startswith("error: No id was given")


def test_version_and_help_load_nothing_heavy(environment):
    for option in ("--version", "--help"):
        script = (
            f"import sys; from ramet.cli.main import main; main([{option!r}]); print(*sys.modules, file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        loaded = set(done.stderr.split())
        assert "typer" in loaded
        assert not loaded & {"numpy", "rich", "apsw", "onnxruntime", "ramet.embedded", "ramet.bench.cli"}


def test_every_command_has_help(run):
    for command in ("memory", "branch", "export", "import", "erase", "receipt", "rebuild", "doctor", "bench"):
        done = run(command, "--help")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("Usage: ramet") or "ramet" in done.stdout.split("\n")[1]


def test_a_reader_that_leaves_is_no_error(environment, run):
    run("memory", "add", "I like tea", "-u", "ann", "--no-infer")
    reading, writing = os.pipe()
    os.close(reading)
    for json_or_not in ([], ["--json"]):
        done = subprocess.run(
            [*COMMAND, "memory", "list", "-u", "ann", *json_or_not],
            env=environment, stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        assert done.stderr == ""
    os.close(writing)


def test_colours_are_for_terminals_that_want_them(environment, run):
    run("memory", "add", "I like tea", "-u", "ann", "--no-infer")
    assert "\x1b" not in run("memory", "list", "-u", "ann").stdout
    forced = {**environment, "FORCE_COLOR": "1"}
    del forced["NO_COLOR"]
    call = [*COMMAND, "memory", "list", "-u", "ann"]
    coloured = subprocess.run(call, env=forced, capture_output=True, text=True, check=True).stdout
    assert "\x1b[" in coloured
