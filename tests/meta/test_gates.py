"""The gates themselves: every ruff exception has its reason, and the Makefile stays small enough to read."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS_MAX = 10


def test_ruff_selects_all_and_each_ignore_has_a_reason_beside_it():
    ruff = tomllib.loads(PYPROJECT)["tool"]["ruff"]["lint"]
    ignored = ruff["ignore"] + [rule for rules in ruff["per-file-ignores"].values() for rule in rules]
    explained = re.findall(r'^  "([A-Z]+\d*)", +# \S.{6,}$', PYPROJECT, flags=re.MULTILINE)
    assert ruff["select"] == ["ALL"]
    assert sorted(explained) == sorted(ignored)


def test_the_makefile_has_at_most_ten_targets_and_explains_each():
    (phony,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, flags=re.MULTILINE)
    explained = re.findall(r"^([a-z]+):.*## \S", MAKEFILE, flags=re.MULTILINE)
    assert sorted(phony.split()) == sorted(explained)
    assert len(explained) <= TARGETS_MAX


def test_ci_runs_the_makefile_and_nothing_else():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "make lint test" in script.read_text("utf-8")
