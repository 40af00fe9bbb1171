"""`ramet memory`."""

from __future__ import annotations

import typer

from ramet.cli import memory_add, memory_change, memory_read
from ramet.cli.lazy import Group

app = typer.Typer(
    cls=Group, rich_markup_mode=None, add_completion=False, help="Add, search, list, correct and explain memories."
)
for part in (memory_add, memory_read, memory_change):
    app.add_typer(part.app)
