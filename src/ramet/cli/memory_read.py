"""`ramet memory search`, `list`, `show`, `history`, `why`, `context`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ramet.cli import terminal
from ramet.cli.command import Ids, Target, command, opened
from ramet.cli.intake import full_id, text_or_stdin
from ramet.cli.lazy import LazyModule
from ramet.cli.options import Branch, MemoryId, Which
from ramet.kernel.errors import NotFoundError

if TYPE_CHECKING:
    from ramet.cli import views
else:
    views = LazyModule("ramet.cli.views")

app = typer.Typer(rich_markup_mode=None, add_completion=False)
Query = Annotated[str, typer.Argument(metavar="QUERY", help="The question, in words; '-' reads a pipe.")]
ReferenceDate = Annotated[
    str | None, typer.Option(metavar="TIME", help="What 'yesterday' counts from; now by default.")
]


@command(app, "search")
def search(
    query: Query,
    *,
    top_k: Annotated[int, typer.Option("--top-k", "-k", metavar="N", help="How many at most.")] = 10,
    threshold: Annotated[float | None, typer.Option(metavar="SCORE", help="The least score, 0 to 1.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show every term of the scores.")] = False,
    which: Which,
    reference_date: ReferenceDate = None,
    branch: Branch = "main",
    ids: Ids,
    target: Target,
) -> None:
    """Find the memories that answer a question, best first."""
    with opened(target) as memory:
        found = memory.search(
            text_or_stdin(query),
            **ids.arguments,
            **which.arguments,
            top_k=top_k,
            threshold=threshold,
            explain=explain,
            reference_date=reference_date,
            branch=branch,
        )
    if target.json:
        terminal.write_json(found)
    elif found["results"]:
        views.show_found(found["results"], explain=explain)
    else:
        _say_none(ids, branch)


@command(app, "list")
def list_memories(
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", help="How many on a page.")] = 20,
    page: Annotated[int, typer.Option(metavar="N", help="Which page, from 1.")] = 1,
    which: Which,
    branch: Branch = "main",
    ids: Ids,
    target: Target,
) -> None:
    """List a scope's memories in the order of their creation."""
    with opened(target) as memory:
        found = memory.get_all(**ids.arguments, **which.arguments, page=page, page_size=limit, branch=branch)
    if target.json:
        terminal.write_json(found)
    elif found["results"]:
        views.show_list(found["results"])
        if found["total"] > len(found["results"]):
            terminal.note((_position(page, limit, len(found["results"]), found["total"]), "dim"))
    elif found["total"]:
        terminal.note(f"Page {page} is empty: there are {found['total']:,} memories, {limit} on a page.")
    else:
        _say_none(ids, branch)


def _position(page: int, limit: int, shown: int, total: int) -> str:
    first = (page - 1) * limit + 1
    more = f" --page {page + 1} shows the next." if first + shown <= total else ""
    return f"{first:,} to {first + shown - 1:,} of {total:,} memories.{more}"


def _say_none(ids: Ids, branch: str) -> None:
    where = "" if branch == "main" else f" on branch {branch}"
    options = " ".join(f"--{name} {value}" for name, value in ids.given.items())
    add = f"ramet memory add {options}" + ("" if branch == "main" else f" --branch {branch}")
    terminal.note(f'No memory of {str(ids) or "that scope"}{where} matches. Add one with: {add} "…"')


@command(app, "show")
def show(memory_id: MemoryId, *, branch: Branch = "main", ids: Ids, target: Target) -> None:
    """Show one memory."""
    with opened(target) as memory:
        whole = full_id(memory, memory_id, ids, branch)
        record = memory.get(whole, branch=branch)
    if record is None:
        raise NotFoundError(f"Memory {whole!r} was not found.", remedy="List what there is with `ramet memory list`.")
    if target.json:
        terminal.write_json(record)
    else:
        views.show_card(record)


@command(app, "history")
def history(memory_id: MemoryId, *, branch: Branch = "main", ids: Ids, target: Target) -> None:
    """Show all that happened to a memory. Also after its deletion."""
    with opened(target) as memory:
        whole = full_id(memory, memory_id, ids, branch)
        rows = memory.history(whole, branch=branch)
    if not rows:
        raise NotFoundError(f"Memory {whole!r} has no history.", remedy="List what there is with `ramet memory list`.")
    if target.json:
        terminal.write_json(rows)
    else:
        views.show_history(rows)


@command(app, "why")
def why(memory_id: MemoryId, *, branch: Branch = "main", ids: Ids, target: Target) -> None:
    """Show where a memory came from. Word for word, with the decisions taken."""
    with opened(target) as memory:
        found = memory.why(full_id(memory, memory_id, ids, branch), branch=branch)
    if target.json:
        terminal.write_json(found)
    else:
        views.show_why(found)


@command(app, "context")
def context(
    query: Query,
    *,
    max_tokens: Annotated[int, typer.Option(metavar="N", help="The budget.")] = 1000,
    branch: Branch = "main",
    ids: Ids,
    target: Target,
) -> None:
    """Write a block for a prompt within a budget of tokens."""
    with opened(target) as memory:
        found = memory.context(text_or_stdin(query), max_tokens=max_tokens, **ids.arguments, branch=branch)
    if target.json:
        terminal.write_json(found)
    elif found["text"]:
        typer.echo(found["text"])
        terminal.note((f"{found['tokens']:,} of {max_tokens:,} tokens, {len(found['citations'])} sources", "dim"))
    else:
        _say_none(ids, branch)
