"""`ramet doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from ramet.cli import terminal
from ramet.cli.command import Target, command, resolved
from ramet.cli.failure import FAILED, in_options
from ramet.cli.lazy import LazyModule
from ramet.settings import use_one_numeric_thread

if TYPE_CHECKING:
    from ramet.cli import checks
else:
    checks = LazyModule("ramet.cli.checks")

app = typer.Typer(rich_markup_mode=None, add_completion=False)
_STYLES: Final = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@command(app, "doctor")
def doctor(*, target: Target) -> None:
    """Check the installation and the store; exits with 1 if something is wrong."""
    use_one_numeric_thread()
    done = []
    for check in checks.run_checks(resolved(target)):
        done.append(check)
        if not target.json:
            _say(check)
    failed = any(check.level == "fail" for check in done)
    if target.json:
        terminal.write_json({"ok": not failed, "checks": [check.to_json() for check in done]})
    if failed:
        raise typer.Exit(FAILED)


def _say(check: checks.Check) -> None:
    terminal.line((f"{check.level:<5} ", _STYLES[check.level]), (f"{check.name:<10} ", "bold"), check.found)
    if check.remedy:
        terminal.line(f"      {'':<10} ", ("→ ", "cyan"), in_options(check.remedy))
