"""How branches look on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ramet.cli.terminal import console, one_line, printable
from ramet.cli.views import Record, moment, shown_id


def show_branches(branches: Sequence[Record]) -> None:
    """Show all branches with their parents."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("branch", "parent", "left after", "since"):
        table.add_column(name, no_wrap=True)
    for branch in branches:
        left = f"operation {branch['fork_seq']}" if branch["parent"] else ""
        since = moment(branch["created_at"]) if branch["created_at"] else ""
        table.add_row(
            Text(printable(branch["name"]), "bold"), printable(branch["parent"] or ""), left, Text(since, "dim")
        )
    console().print(table)


def show_difference(found: Record, left: str, right: str) -> None:
    """Show what was added, removed and changed."""
    out = console()

    def row(sign: str, style: str, record: Record, text: str) -> None:
        out.print(Text.assemble((f"{sign} {text}", style), (f"  {shown_id(record['id'], out)}", "dim")), soft_wrap=True)

    for record in found["added"]:
        row("+", "green", record, one_line(record["memory"]))
    for record in found["removed"]:
        row("-", "red", record, one_line(record["memory"]))
    for change in found["changed"]:
        row("~", "yellow", change, _changed(change["before"], change["after"]))
    if not any(found.values()):
        out.print(f"{right} and {left} hold the same.")
    else:
        counts = ", ".join(f"{len(found[name])} {name}" for name in ("added", "removed", "changed") if found[name])
        out.print(Text(f"{right} compared with {left}: {counts}", "dim"))


def _changed(before: Record, after: Record) -> str:
    old, new = one_line(before["memory"]), one_line(after["memory"])
    if old != new:
        return f"{old} → {new}"
    names = [
        name for name in ("state", "expiration_date", "metadata", "valid_to") if before.get(name) != after.get(name)
    ]
    return f"{new} ({', '.join(f'{n}: {before.get(n)} → {after.get(n)}' for n in names) or 'rewritten'})"


def show_conflicts(conflicts: Sequence[Record]) -> None:
    """Show what both branches changed: what was kept, and what is kept beside it."""
    out = console()
    for conflict in conflicts:
        out.print(Text(f"! both changed {conflict['id']}", "yellow"))
        out.print(Text(f"  kept:  {one_line(conflict['kept'])} (from {conflict['kept_from']})"))
        out.print(Text(f"  aside: {one_line(conflict['sibling'])}", "dim"))
