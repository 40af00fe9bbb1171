"""The entry point `ramet`: a table of commands, and how what they can't handle leaves the process."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import typer

import ramet
from ramet.cli.failure import FAILED, INTERRUPTED, report_usage
from ramet.cli.lazy import LazyGroup


class _Root(LazyGroup):
    """All commands."""

    catalogue: ClassVar = {
        "memory": ("ramet.cli.memory", "Add, search, list, correct and explain memories."),
        "branch": ("ramet.cli.branch", "Fork a line of memory, compare and merge."),
        "export": ("ramet.cli.data:export", "Write a scope's memories, with all their history, as JSON lines."),
        "import": ("ramet.cli.data:import", "Read what `export` wrote, or another memory's store."),
        "erase": ("ramet.cli.erasure:erase", "Remove all traces of an id for good, with a signed receipt."),
        "receipt": ("ramet.cli.receipt", "Verify the receipt of an erase."),
        "rebuild": ("ramet.cli.maintenance:rebuild", "Recreate every projection from the journal and compare."),
        "doctor": ("ramet.cli.doctor:doctor", "Check the installation and the store."),
        "bench": ("ramet.bench.cli", "Measure quality and speed."),
    }


# Click's base class of errors, which some releases of typer keep inside of themselves and some import.
_PARSER_ERROR: Any = typer.BadParameter.__mro__[2]

app = typer.Typer(
    cls=_Root,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ramet {ramet.__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Memory for AI agents that works on nothing, loses nothing, and forks.

    Exit codes: 0 done, 1 it failed, 2 it was called wrongly.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (this process's by default) and return its exit code. Bugs keep their traceback."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = app(given, prog_name="ramet", standalone_mode=False)
    except _PARSER_ERROR as error:
        context = getattr(error, "ctx", None)
        hint = f"See `{context.command_path} --help`." if context else ""
        report_usage(error.format_message(), hint, as_json="--json" in given)
        return int(error.exit_code)
    except typer.Abort:
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def run() -> None:
    """Be the executable `ramet`."""
    # Python has None for a stream that the caller closed (`>&-`).
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read us has gone. Python would flush stdout once more at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    sys.exit(code)
