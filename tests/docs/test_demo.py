"""The demo and the small examples run to their end, and the conversation is whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONVERSATIONS = sorted((ROOT / "examples" / "conversations").glob("*.json"))
CHAPTERS = 10
SMALL = {
    "remember.py": "User is allergic to peanuts\n",
    "fork.py": "The night train to Vienna leaves at 21:40\n",
    "asynchronous.py": "User likes green tea\nUser hates mushrooms\n",
}


def run(name, home):
    """Run an example with an empty home."""
    environment = {
        **os.environ,
        "HOME": str(home),
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONUTF8": "1",
        "RAMET_HOME": str(home / "data"),
    }
    command = [sys.executable, str(ROOT / "examples" / name)]
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=110, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """What `make demo` does."""
    home = tmp_path_factory.mktemp("home")
    done = run("demo.py", home)
    return done, home


def test_the_demo_ends_well(demo):
    done, _ = demo
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_the_demo_tells_every_chapter(demo):
    done, _ = demo
    told = [line.split(".")[0] for line in done.stdout.splitlines() if line[:1].isdigit() and "──" in line]
    assert told == [str(number) for number in range(1, CHAPTERS + 1)]


def test_the_demo_shows_the_fact_that_changed(demo):
    done, _ = demo
    assert "Mara lives in Leipzig" in done.stdout
    assert "Mara lives in Porto" in done.stdout


def test_the_demo_fits_80_columns(demo):
    done, _ = demo
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_the_demo_leaves_nothing_behind(demo):
    _, home = demo
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(("name", "printed"), SMALL.items())
def test_a_small_example_prints_what_it_should(name, printed, tmp_path):
    done = run(name, tmp_path)
    assert (done.stdout, done.stderr) == (printed, "")


def test_every_example_is_run():
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == {"demo.py", *SMALL}


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.name)
def test_a_conversation_has_sessions_in_order_and_turns_by_its_people(path):
    conversation = json.loads(path.read_text("utf-8"))
    sessions = conversation["sessions"]
    assert [s["said_at"] for s in sessions] == sorted(s["said_at"] for s in sessions)
    turns = [turn for session in sessions for turn in session["turns"]]
    assert len(turns) >= 60
    assert {turn["name"] for turn in turns} == set(conversation["people"])
    assert all(turn["text"].strip() for turn in turns)
