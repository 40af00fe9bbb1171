"""`ramet rebuild`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer

from ramet.cli import terminal
from ramet.cli.command import Target, command, refuse_missing, resolved
from ramet.cli.failure import FAILED
from ramet.cli.lazy import LazyModule

if TYPE_CHECKING:
    from ramet import platform
else:
    platform = LazyModule("ramet.platform")

_NAMES: Final = {
    "branch": "branches",
    "episode": "episodes",
    "memory_version": "versions",
    "relation": "relations",
    "recall_index": "index rows",
}
app = typer.Typer(rich_markup_mode=None, add_completion=False)


@command(app, "rebuild")
def rebuild(*, target: Target) -> None:
    """Recreate every projection from the journal, and compare with what was there.

    Of all projects, unless --project names one. Exits with 1 if anything differed; it is right afterwards.
    """
    refuse_missing(target.path)
    wanted = resolved(target)
    store = platform.open_store(wanted.home, busy_timeout_s=wanted.busy_timeout_s)
    try:
        names = [target.project] if target.project else store.projects()
        with terminal.progress("Rebuilding", len(names)) as advance:
            reports = {name: _rebuilt(store, name, advance) for name in names}
    finally:
        store.close()
    equal = all(report["equal"] for report in reports.values())
    if target.json:
        terminal.write_json({"equal": equal, "projects": reports})
    else:
        _say(reports)
    if not equal:
        raise typer.Exit(FAILED)


def _rebuilt(store: Any, name: str, advance: Any) -> dict[str, Any]:  # noqa: ANN401 - a store and a progress bar's callback
    report = dict(store.rebuild(name))
    advance(1)
    return report


def _say(reports: dict[str, dict[str, Any]]) -> None:
    if not reports:
        terminal.line("There is nothing to rebuild yet.")
    for name, report in reports.items():
        counts = terminal.counts({_NAMES.get(key, key): value for key, value in report.items()})
        if report["equal"]:
            terminal.line(("equal    ", "green"), f"project {name}: {counts}")
        else:
            terminal.line(
                ("repaired ", "bold red"), f"project {name}: {', '.join(report['differing'])} differed; {counts}"
            )
