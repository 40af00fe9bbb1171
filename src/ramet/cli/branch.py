"""`ramet branch list`, `fork`, `diff`, `merge`, `delete`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ramet.cli import terminal
from ramet.cli.command import Target, command, opened
from ramet.cli.failure import UsageError
from ramet.cli.lazy import Group, LazyModule
from ramet.cli.options import Yes
from ramet.kernel.errors import ConflictError

if TYPE_CHECKING:
    from ramet import Memory
    from ramet.cli import branch_views, views
else:
    views = LazyModule("ramet.cli.views")
    branch_views = LazyModule("ramet.cli.branch_views")

app = typer.Typer(
    cls=Group, rich_markup_mode=None, add_completion=False, help="Fork a line of memory, compare and merge."
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The branch.")]


@command(app, "list")
def list_branches(*, target: Target) -> None:
    """List the project's branches."""
    with opened(target) as memory:
        found = memory.branches()
    if target.json:
        terminal.write_json(found)
    else:
        branch_views.show_branches(found)


@command(app, "fork")
def fork(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new branch.")],
    *,
    parent: Annotated[str, typer.Option("--from", metavar="NAME", help="The branch that it leaves.")] = "main",
    target: Target,
) -> None:
    """Begin a branch at this moment of another. Costs one row, whatever the size."""
    with opened(target, to_write=True) as memory:
        made = memory.fork(name, branch=parent)
    if target.json:
        terminal.write_json(made)
    else:
        terminal.line(f"Branch {made['name']} left {made['parent']} after operation {made['fork_seq']}.")


@command(app, "diff")
def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="Compare from this branch; alone, it is compared with main.")],
    b: Annotated[str | None, typer.Argument(metavar="B", help="To this one.")] = None,
    *,
    target: Target,
) -> None:
    """Show what B added (+), removed (-) and changed (~) compared with A."""
    left, right = ("main", a) if b is None else (a, b)
    with opened(target) as memory:
        found = memory.diff(left, right)
    if target.json:
        terminal.write_json(found)
    else:
        branch_views.show_difference(found, left, right)


@command(app, "merge")
def merge(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The branch that learned something.")],
    *,
    into: Annotated[str, typer.Option(metavar="NAME", help="The branch that gets it.")] = "main",
    target: Target,
) -> None:
    """Bring what a branch learned into another. Where both changed a memory, both are kept."""
    with opened(target, to_write=True) as memory:
        done = memory.merge_branch(source, into)
    if target.json:
        terminal.write_json(done)
        return
    views.show_written(done, nothing=f"{source} has nothing that {into} lacks.")
    branch_views.show_conflicts(done["conflicts"])


@command(app, "delete")
def delete(name: Name, *, yes: Yes = False, target: Target) -> None:
    """Remove a branch. Asks first if it holds what its parent lacks: that would be gone for good."""
    with opened(target, to_write=True) as memory:
        lost = 0 if yes else _only_in(memory, name)
        if lost:
            _confirm(name, lost)
        done = memory.delete_branch(name)
    if target.json:
        terminal.write_json(done)
    else:
        terminal.line(f"Branch {name} deleted.")


def _only_in(memory: Memory, name: str) -> int:
    """Count the memories whose latest state only this branch has."""
    parents = {b["name"]: b["parent"] for b in memory.branches()}
    if parents.get(name) is None:
        return 0
    found = memory.diff(parents[name], name)
    return len(found["added"]) + len(found["changed"])


def _confirm(name: str, lost: int) -> None:
    what = f"Branch {name} holds {terminal.counted(lost, 'memory', 'memories')} that its parent lacks."
    if not terminal.is_interactive():
        raise ConflictError(what, remedy=f"Merge it (`ramet branch merge {name}`), or delete it with --yes.")
    terminal.note(what, " Deleting it can't be undone.")
    if terminal.ask("Type 'yes' to delete it") != "yes":
        raise UsageError("Nothing was deleted.", remedy="")
