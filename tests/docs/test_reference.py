"""The reference says what the code says, and the pages name only what is there."""

import re
from pathlib import Path

import pytest

from ramet import AsyncMemory, Memory
from tools import reference

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "ARCHITECTURE.md", *(ROOT / "docs").rglob("*.md")])
CALL = re.compile(r"`memory\.([a-z_]+)\(")
PROOF = re.compile(r"`((?:tests|src/ramet/testing)/[\w/.]+?)(?:::(\w+))?`")
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", reference.GENERATED)
def test_a_generated_page_is_what_the_code_says(name):
    written = (reference.PAGES / name).read_text("utf-8")
    assert written == reference.GENERATED[name](), "Run: python tools/reference.py"


def test_the_two_memories_have_the_same_methods():
    assert {name for name, _ in reference._members(Memory)} <= set(dir(AsyncMemory))


def test_every_error_class_stands_in_the_table():
    page = (reference.PAGES / "errors.md").read_text("utf-8")
    assert all(f"| `{kind.__name__}` |" in page for kind in reference._error_classes(reference.errors.RametError))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_methods_that_exist(page):
    named = set(CALL.findall(page.read_text("utf-8")))
    assert [name for name in named if not hasattr(Memory, name)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_tests_that_exist(page):
    missing = []
    for path, test in PROOF.findall(page.read_text("utf-8")):
        file = ROOT / path
        if not file.exists() or (test and f"def {test}(" not in file.read_text("utf-8")):
            missing.append(f"{path}::{test}")
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_shows_only_commands_and_options_that_exist(page):
    shown = [line[2:] for block in CONSOLE.findall(page.read_text("utf-8")) for line in block.splitlines()]
    assert [problem for line in shown for problem in problems_of(line)] == []


def problems_of(line):
    """What a shown command names that the reference doesn't know."""
    section = next((text for name, text in sections() if line.startswith(name)), None)
    if section is None:
        return [line]
    return [f"{line}: {option}" for option in re.findall(r" (--?[a-z-]+)", line) if option not in section]


def sections():
    """The commands of the reference, the longest names first, with what stands about them."""
    parts = (reference.PAGES / "cli.md").read_text("utf-8").split("\n## ")[1:]
    return sorted(((part.split("\n", 1)[0], part) for part in parts), key=lambda found: -len(found[0]))


def test_a_wrong_command_or_option_would_be_found():
    assert problems_of("ramet memory add --nonsense") == ["ramet memory add --nonsense: --nonsense"]
    assert problems_of("ramet remember x") == ["ramet remember x"]


def test_the_settings_page_names_every_variable():
    source = (ROOT / "src" / "ramet" / "settings.py").read_text("utf-8")
    page = (reference.PAGES / "settings.md").read_text("utf-8")
    variables = set(re.findall(r'"(RAMET_\w+)"', source))
    assert variables
    assert set(re.findall(r"`(RAMET_\w+)`", page)) == variables
