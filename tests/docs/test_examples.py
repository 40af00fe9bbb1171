"""Every Python example of the documentation runs, and prints what the page says that it prints.

The ``python`` blocks of a page run in order, in one namespace and an empty directory. A ``text`` block right behind one
is its output.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "ARCHITECTURE.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<output>.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def blocks_of(page):
    """The code of a page's examples, with the line each begins at and the output it should have."""
    text = page.read_text("utf-8")
    return [(text.count("\n", 0, m.start("code")) + 1, m["code"], m["output"]) for m in BLOCK.finditer(text)]


EXAMPLES = [page for page in PAGES if blocks_of(page)]


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_run(page, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAMET_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RAMET_EMBEDDER", "static")
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
    namespace = {"__name__": "__main__"}
    for line, code, output in blocks_of(page):
        exec(compile("\n" * (line - 1) + code, str(page), "exec"), namespace)
        printed = capsys.readouterr().out
        if output is not None:
            assert printed.strip() == output.strip(), f"{page.name}, line {line}"


def test_there_are_examples_to_run():
    assert ROOT / "README.md" in EXAMPLES
    assert len(EXAMPLES) >= 10
