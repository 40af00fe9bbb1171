"""`ramet receipt verify`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ramet.cli import terminal
from ramet.cli.command import Target, command, opened
from ramet.cli.failure import FAILED, UsageError
from ramet.cli.intake import STDIN, read_bytes
from ramet.cli.lazy import Group, LazyModule

if TYPE_CHECKING:
    from ramet.memory import receipts
else:
    receipts = LazyModule("ramet.memory.receipts")

app = typer.Typer(cls=Group, rich_markup_mode=None, add_completion=False, help="Verify the receipt of an erase.")


@app.callback()
def group() -> None:
    """Verify the receipt of an erase."""


@command(app, "verify")
def verify(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The receipt that `ramet erase` gave; '-' is stdin.")],
    *,
    store: Annotated[
        bool, typer.Option("--store", help="Also check that the store signed it and holds nothing of what was erased.")
    ] = False,
    target: Target,
) -> None:
    """Check a receipt. Its signature alone, or with --store (or --path) also against the store."""
    receipt = _read(file)
    against_store = store or target.path is not None
    if against_store:
        with opened(target) as memory:
            problems = memory.verify_receipt(receipt)
    else:
        problems = receipts.verify_receipt(receipt)
    if target.json:
        terminal.write_json({"valid": not problems, "problems": problems, "checked_against_store": against_store})
    else:
        _say(receipt, problems, against_store=against_store)
    if problems:
        raise typer.Exit(FAILED)


def _read(file: str) -> Any:  # noqa: ANN401 - JSON values
    data = typer.get_binary_stream("stdin").read() if file == STDIN else read_bytes(Path(file))
    try:
        return json.loads(data)
    except ValueError as error:
        raise UsageError(f"{file} is no JSON: {error}.", remedy="Is it the receipt that `ramet erase` gave?") from error


def _say(receipt: Any, problems: list[str], *, against_store: bool) -> None:  # noqa: ANN401 - JSON values
    if problems:
        terminal.line(("not valid", "bold red"))
        for problem in problems:
            terminal.line(f"  {problem}")
        return
    asked = ", ".join(f"{name.removesuffix('_id')} {value}" for name, value in receipt["asked"].items())
    terminal.line(
        ("valid", "bold green"),
        f"  {asked} erased on {receipt['erased_at'][:10]}: {terminal.counts(receipt['counts'])}",
    )
    terminal.line((f"       signed by {receipt['public_key']}", "dim"))
    if not receipt["scrubbed"]:
        terminal.line(("       the files were not scrubbed then: ", "yellow"), receipt.get("reason", ""))
    if not against_store:
        terminal.line(("       not compared with a store; --store does that", "dim"))
