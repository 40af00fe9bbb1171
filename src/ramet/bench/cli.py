"""``ramet bench``: recall on conversations, and speed at size beside other libraries."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import ramet
from ramet.cli import terminal
from ramet.cli.command import command
from ramet.cli.failure import UsageError
from ramet.cli.lazy import Group, LazyModule
from ramet.settings import use_one_numeric_thread

if TYPE_CHECKING:
    from ramet.bench import dialogues, locomo, memory, plots, report
else:
    dialogues = LazyModule("ramet.bench.dialogues")
    locomo = LazyModule("ramet.bench.locomo")
    memory = LazyModule("ramet.bench.memory")
    plots = LazyModule("ramet.bench.plots")
    report = LazyModule("ramet.bench.report")

app = typer.Typer(cls=Group, rich_markup_mode=None, add_completion=False, help="Measure quality and speed.")


@dataclass(frozen=True, slots=True)
class Output:
    """Where the data stays meanwhile, and in which form the figures come out."""

    path: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the data in this new directory [a temporary one].")
    ] = None
    plot: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Also draw the figures.", dir_okay=False)] = None
    json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False


@command(app, "locomo")
def bench_locomo(
    *,
    output: Output,
    data: Annotated[Path, typer.Option(metavar="FILE", help="Conversations in LoCoMo's format.")],
    embedder: Annotated[str, typer.Option(metavar="NAME", help="'default' or 'static'.")] = "default",
    limit_k: Annotated[int, typer.Option(metavar="K", help="Results asked for.", min=10)] = 50,
) -> None:
    """Measure how much of each question's evidence a search over the conversation finds.

    Every turn is one add, without a model; every question one search among its conversation's turns.
    """
    use_one_numeric_thread()
    read = dialogues.read_dialogues(data)
    with (
        _home(output.path) as home,
        ramet.Memory(home, embedder=embedder) as opened,
        terminal.progress("turns and questions", locomo.steps(read)) as advance,
    ):
        run = locomo.ask_all(opened, read, limit_k=limit_k, advance=advance)
    figures = locomo.summarise(run, read, embedder=embedder, limit_k=limit_k)
    if output.plot is not None:
        plots.plot_locomo(figures, output.plot)
    _print(figures, report.locomo_tables, as_json=output.json)


@command(app, "memory")
def bench_memory(
    *,
    output: Output,
    sizes: Annotated[str, typer.Option(metavar="N,…", help="Memories in all.")] = "1000,10000",
    embedder: Annotated[str, typer.Option(metavar="NAME,…", help="'static', 'default' or both.")] = "static,default",
    full: Annotated[bool, typer.Option("--full", help="Add 100,000 memories, with the static embedder.")] = False,
    peers: Annotated[bool, typer.Option(help="Also measure mem0ai and SQLite FTS5 where installed.")] = True,
    peer_size: Annotated[int, typer.Option(metavar="N", help="Memories in all for mem0ai.", min=10)] = 5000,
    peer_fill_s: Annotated[float, typer.Option(metavar="S", help="Stop filling mem0ai after this time.")] = 120.0,
    repeat: Annotated[int, typer.Option(metavar="N", help="Rounds; medians are reported.", min=1)] = 5,
) -> None:
    """Measure adds, searches, disk and memory at several sizes, for one user and for a hundred.

    Every row of the table comes from fresh processes with one numeric thread.
    """
    plan = memory.Plan(
        sizes=_numbers(sizes),
        embedders=_names(embedder),
        full=full,
        peers=peers,
        peer_size=peer_size,
        peer_fill_s=peer_fill_s,
        repeat=repeat,
    )
    with _home(output.path) as home, terminal.progress("measurements", memory.steps(plan)) as advance:
        figures = memory.measure(plan, home, advance)
    if output.plot is not None:
        plots.plot_memory(figures, output.plot)
    _print(figures, report.memory_tables, as_json=output.json)


@contextmanager
def _home(path: Path | None) -> Iterator[Path]:
    if path is None:
        with tempfile.TemporaryDirectory(prefix="ramet-bench-", ignore_cleanup_errors=True) as made:
            yield Path(made)
        return
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(f"{path} is no empty directory.", remedy="A benchmark starts from nothing: name a new one.")
    path.mkdir(parents=True, exist_ok=True)
    yield path


def _print(figures: Mapping[str, Any], tables: Any, *, as_json: bool) -> None:  # noqa: ANN401 - a function of report
    if as_json:
        terminal.write_json(figures)
        return
    console = terminal.console()
    for table in tables(figures):
        console.print(table)


def _names(listed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in listed.split(",") if name.strip()))


def _numbers(listed: str) -> tuple[int, ...]:
    names: Sequence[str] = _names(listed)
    if not names or not all(name.isdecimal() and int(name) >= memory.SMALLEST for name in names):
        raise UsageError(
            f"--sizes is {listed!r}.", remedy=f"It takes numbers of at least {memory.SMALLEST}, as in 1000,10000."
        )
    return tuple(int(name) for name in names)
