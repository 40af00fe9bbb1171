"""`ramet memory edit`, `forget`, `supersede`, `merge`, `undo`, `reembed`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ramet.cli import terminal
from ramet.cli.command import Ids, Target, command, opened
from ramet.cli.failure import UsageError
from ramet.cli.intake import full_id, read_metadata, text_or_stdin
from ramet.cli.lazy import LazyModule
from ramet.cli.options import Branch, Expires, MemoryId, Metadata

if TYPE_CHECKING:
    from ramet.cli import reembedding, views
else:
    views = LazyModule("ramet.cli.views")
    reembedding = LazyModule("ramet.cli.reembedding")

app = typer.Typer(rich_markup_mode=None, add_completion=False)
NewText = Annotated[str, typer.Argument(metavar="TEXT", help="What it says from now on; '-' reads a pipe.")]


@command(app, "edit")
def edit(
    memory_id: MemoryId,
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="What it should have said; '-' reads a pipe.")
    ] = None,
    *,
    metadata: Metadata = None,
    expires: Expires = None,
    keep: Annotated[bool, typer.Option("--never-expires", help="Remove the expiration date.")] = False,
    branch: Branch = "main",
    ids: Ids,
    target: Target,
) -> None:
    """Correct a memory that was wrong. For one that was true and no longer is, see `supersede`."""
    changes = _changes(text, read_metadata(metadata), expires, keep=keep)
    with opened(target, to_write=True) as memory:
        whole = full_id(memory, memory_id, ids, branch)
        done = memory.update(whole, **changes, branch=branch)
        record = memory.get(whole, branch=branch)
    _answer(target, done, f"{whole} now says: {record['memory'] if record else ''}")


def _changes(text: str | None, metadata: dict[str, Any] | None, expires: str | None, *, keep: bool) -> dict[str, Any]:
    if expires is not None and keep:
        raise UsageError("--expires and --never-expires contradict each other.", remedy="Give one of them.")
    changes: dict[str, Any] = {}
    if text is not None:
        changes["text"] = text_or_stdin(text)
    if metadata is not None:
        changes["metadata"] = metadata
    if expires is not None or keep:
        changes["expiration_date"] = expires
    if not changes:
        raise UsageError("Nothing to change was given.", remedy="Give a new text, --metadata or --expires.")
    return changes


@command(app, "forget")
def forget(
    memory_id: Annotated[str | None, typer.Argument(metavar="ID", help="The memory's id.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All memories of the scope.")] = False,
    branch: Branch = "main",
    ids: Ids,
    target: Target,
) -> None:
    """Close a memory. `undo` brings it back; `ramet erase` removes for good."""
    if (memory_id is None) is not everything:
        raise UsageError(
            "Say what to forget: a memory's id, or --all of a scope.", remedy="ramet memory list shows ids."
        )
    with opened(target, to_write=True) as memory:
        if memory_id is None:
            done = memory.delete_all(**ids.arguments, branch=branch)
        else:
            done = memory.delete(full_id(memory, memory_id, ids, branch), branch=branch)
    count = done.get("deleted", 1)
    _answer(target, done, f"{terminal.counted(count, 'memory', 'memories')} forgotten.")


@command(app, "supersede")
def supersede(memory_id: MemoryId, text: NewText, *, branch: Branch = "main", ids: Ids, target: Target) -> None:
    """Replace what was true by what is true now. The old memory stays readable."""
    with opened(target, to_write=True) as memory:
        done = memory.supersede(full_id(memory, memory_id, ids, branch), text_or_stdin(text), branch=branch)
    _answer_written(target, done)


@command(app, "merge")
def merge(
    memory_ids: Annotated[list[str], typer.Argument(metavar="ID ID…", help="The memories to merge, two or more.")],
    *,
    text: Annotated[
        str, typer.Option("--text", "-t", metavar="TEXT", help="What they say together; '-' reads a pipe.")
    ],
    branch: Branch = "main",
    ids: Ids,
    target: Target,
) -> None:
    """Replace several memories by one that keeps all their sources."""
    with opened(target, to_write=True) as memory:
        whole = [full_id(memory, memory_id, ids, branch) for memory_id in memory_ids]
        done = memory.merge(whole, text_or_stdin(text), branch=branch)
    _answer_written(target, done)


@command(app, "undo")
def undo(
    operation_id: Annotated[str, typer.Argument(metavar="OPERATION", help="The id that every change answers with.")],
    *,
    target: Target,
) -> None:
    """Restore what was before an operation. The undo is an operation too, and can be undone."""
    with opened(target, to_write=True) as memory:
        done = memory.undo(operation_id.strip())
    _answer(target, done, "Undone.")


@command(app, "reembed")
def reembed(*, target: Target) -> None:
    """Compute all vectors anew with another --embedder. Can be stopped and taken up again."""
    done = reembedding.reembed(target)
    if target.json:
        terminal.write_json(done)
    else:
        text = terminal.counted(done["reembedded"], "text")
        terminal.line(
            f"{text} embedded by {done['model']}." if done["reembedded"] else f"All is by {done['model']} already."
        )


def _answer(target: Target, done: dict[str, Any], sentence: str) -> None:
    if target.json:
        terminal.write_json(done)
        return
    terminal.line(sentence)
    views.hint_undo(done)


def _answer_written(target: Target, done: dict[str, Any]) -> None:
    if target.json:
        terminal.write_json(done)
    else:
        views.show_written(done, nothing="Nothing was changed.")
