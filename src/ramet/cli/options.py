"""Options that several commands have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from ramet.cli.intake import read_filter

MemoryId = Annotated[
    str, typer.Argument(metavar="ID", help="The memory's id; within a scope, its begin or end will do.")
]
Branch = Annotated[str, typer.Option("--branch", "-b", metavar="NAME", help="The line of history.")]
Metadata = Annotated[
    list[str] | None,
    typer.Option("--metadata", "-m", metavar="KEY=VALUE", help="Kept with the memory, for filters; repeatable."),
]
Expires = Annotated[str | None, typer.Option(metavar="DAY", help="The last day on which it holds, e.g. 2026-12-31.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]


@dataclass(frozen=True, slots=True)
class Which:
    """Which of a scope's memories are asked for."""

    filter: Annotated[str | None, typer.Option(metavar="JSON", help="""A filter, e.g. '{"category": "travel"}'.""")] = (
        None
    )
    as_of: Annotated[str | None, typer.Option(metavar="TIME", help="What was true then.")] = None
    known_at: Annotated[str | None, typer.Option(metavar="TIME", help="What was known then.")] = None
    superseded: Annotated[bool, typer.Option("--superseded", help="Also what is no longer true.")] = False
    expired: Annotated[bool, typer.Option("--expired", help="Also what has expired.")] = False

    @property
    def arguments(self) -> dict[str, Any]:
        """The conditions as the library's arguments."""
        return {
            "filters": read_filter(self.filter),
            "as_of": self.as_of,
            "known_at": self.known_at,
            "include_superseded": self.superseded,
            "show_expired": self.expired,
        }
