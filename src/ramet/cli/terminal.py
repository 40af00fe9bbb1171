"""The terminal: consoles, printable text, JSON, progress. Results go to stdout, what is said about them to stderr."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import typer

if TYPE_CHECKING:
    from rich.console import Console

Piece = str | tuple[str, str]

_PIPE_COLUMNS: Final = 120  # where there is no terminal, there is no edge to fit
_SINGULAR: Final = {"memories": "memory", "branches": "branch"}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def console(*, stderr: bool = False) -> Console:
    """Return a console that takes text literally and heeds ``NO_COLOR``, ``TERM`` and ``COLUMNS``."""
    from rich.console import Console

    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal and made.width < _PIPE_COLUMNS:
        made = Console(stderr=stderr, markup=False, highlight=False, emoji=False, width=_PIPE_COLUMNS)
    return made


def printable(text: str) -> str:
    """Show control characters and direction overrides instead of letting stored text drive the terminal."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text.replace("\r\n", "\n").replace("\t", "    "))


def one_line(text: str) -> str:
    """Return the text on one line."""
    return " ".join(printable(text).split())


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 branch", "2,000 branches"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def counts(found: Mapping[str, object]) -> str:
    """Return the numbers among named values, with their names in the plural: "1 memory, 2 versions"."""
    return ", ".join(
        counted(n, _SINGULAR.get(name, name.removesuffix("s")), name) for name, n in found.items() if type(n) is int
    )


def note(*pieces: Piece) -> None:
    """Write a line to stderr; a piece is text, or text with a style."""
    _print(console(stderr=True), pieces)


def line(*pieces: Piece) -> None:
    """Write a line to stdout; a piece is text, or text with a style."""
    _print(console(), pieces)


def _print(out: Console, pieces: tuple[Piece, ...]) -> None:
    from rich.text import Text

    safe = [printable(p) if isinstance(p, str) else (printable(p[0]), p[1]) for p in pieces]
    out.print(Text.assemble(*safe), soft_wrap=not out.is_terminal)


def write_json(value: object) -> None:
    """Write one JSON document to stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def is_interactive() -> bool:
    """Tell whether someone can be asked: questions go to stderr, answers come from stdin."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> str:
    """Ask on stderr and return the answer, stripped."""
    answer: Any = typer.prompt(question, default="", show_default=False, err=True)
    return str(answer).strip()


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show a spinner on stderr while something of unknown length runs; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with console(stderr=True).status(what):
        yield


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr; call what is yielded with how much was done. Nothing where stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=total)

        def advance(done: int) -> None:
            bar.update(task, advance=done)

        yield advance
