"""`ramet memory add`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ramet.cli import terminal
from ramet.cli.command import Ids, Target, command, opened
from ramet.cli.failure import UsageError
from ramet.cli.intake import read_messages, read_metadata, text_or_stdin
from ramet.cli.lazy import LazyModule
from ramet.cli.options import Branch, Expires, Metadata

if TYPE_CHECKING:
    from ramet.cli import views
else:
    views = LazyModule("ramet.cli.views")

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@command(app, "add")
def add(
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="What to remember; '-' or nothing reads a pipe.")
    ] = None,
    *,
    messages: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Messages instead of a text: a JSON list, or one a line; '-' is stdin."),
    ] = None,
    infer: Annotated[
        bool, typer.Option("--infer/--no-infer", help="Draw statements from it, or keep each message as it is.")
    ] = True,
    metadata: Metadata = None,
    timestamp: Annotated[str | None, typer.Option(metavar="TIME", help="When it was said; now by default.")] = None,
    expires: Expires = None,
    procedural: Annotated[
        bool, typer.Option("--procedural", help="Turn an agent's run into one numbered record (needs --agent).")
    ] = False,
    key: Annotated[str | None, typer.Option(metavar="KEY", help="Idempotency key: the same key writes once.")] = None,
    branch: Branch = "main",
    ids: Ids,
    target: Target,
) -> None:
    """Remember a text or messages.

    Examples: ramet memory add "I live in Lisbon" -u ann

    echo "I like green tea" | ramet memory add -u ann
    """
    said = _said(text, messages)
    with opened(target, to_write=True) as memory, terminal.working("Adding …"):
        done = memory.add(
            said,
            **ids.arguments,
            metadata=read_metadata(metadata),
            timestamp=timestamp,
            expiration_date=expires,
            infer=infer,
            memory_type="procedural_memory" if procedural else None,
            idempotency_key=key,
            branch=branch,
        )
    if target.json:
        terminal.write_json(done)
    else:
        views.show_written(done, nothing="Nothing to remember was found in it; --no-infer keeps it as it is.")


def _said(text: str | None, messages: str | None) -> Any:  # noqa: ANN401 - text or messages
    if messages is None:
        return text_or_stdin(text)
    if text is not None:
        raise UsageError("A text and --messages were given.", remedy="Give one of them.")
    found = read_messages(messages)
    if not found:
        raise UsageError(f"There are no messages in {messages}.")
    return found
