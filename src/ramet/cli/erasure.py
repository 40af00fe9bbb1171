"""`ramet erase`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from ramet.cli import terminal
from ramet.cli.command import Ids, Target, command, opened
from ramet.cli.failure import FAILED, UsageError
from ramet.cli.options import Yes

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@command(app, "erase")
def erase(
    *,
    receipt: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to keep the receipt; stdout by default.")
    ] = None,
    yes: Yes = False,
    ids: Ids,
    target: Target,
) -> None:
    """Remove all traces of an id, on every branch, for good; answer with a signed receipt."""
    with opened(target) as memory:
        found = memory.get_all(**ids.arguments, include_superseded=True, show_expired=True, top_k=0)
        if not yes:
            _confirm(ids, found["total"])
        with _reserved(receipt), terminal.working("Erasing …"):
            done = memory.erase(**ids.arguments)
        if receipt is not None:
            receipt.write_text(json.dumps(done, ensure_ascii=False, indent=2) + "\n", "utf-8")
    if receipt is None or target.json:
        terminal.write_json(done)
    _say(done, receipt)
    if not done["scrubbed"]:
        raise typer.Exit(FAILED)


def _confirm(ids: Ids, count: int) -> None:
    (name, wanted), *_ = ids.given.items()
    if not terminal.is_interactive():
        raise UsageError(
            "An erase must be confirmed, and there is no terminal to ask at.", remedy="Give --yes if you are sure."
        )
    terminal.note(
        ("This removes everything of ", "bold"), (str(ids), "bold red"), (" for good, on every branch.", "bold")
    )
    terminal.note(f"{terminal.counted(count, 'memory', 'memories')} on main, what they came from, and their history.")
    if terminal.ask(f"Type the {name} id to confirm") != wanted.strip():
        raise UsageError("That was another id. Nothing was erased.", remedy="")


@contextmanager
def _reserved(receipt: Path | None) -> Iterator[None]:
    """Make the receipt's file before anything is erased, so that the receipt can't be lost."""
    if receipt is None:
        yield
        return
    try:
        receipt.touch(exist_ok=False)
    except FileExistsError as error:
        raise UsageError(f"{receipt} exists.", remedy="Name a new file for the receipt.") from error
    except OSError as error:
        raise UsageError(f"{receipt} can't be written: {error.strerror}.", remedy="Check the path.") from error
    try:
        yield
    except BaseException:
        receipt.unlink()
        raise


def _say(done: Mapping[str, Any], receipt: Path | None) -> None:
    terminal.note(("Erased: ", "bold"), f"{terminal.counts(done['counts'])}.")
    if receipt is not None:
        terminal.note(f"The receipt is in {receipt}; check it with: ramet receipt verify {receipt}")
    terminal.note((f"Out of reach: {'; '.join(done['not_reached'])}.", "dim"))
    if not done["scrubbed"]:
        terminal.note(("The files still hold erased bytes: ", "bold red"), done["reason"])
