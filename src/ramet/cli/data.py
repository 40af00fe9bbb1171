"""`ramet export` and `ramet import`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any, Final

import typer

from ramet.cli import terminal
from ramet.cli.command import Ids, Target, command, opened
from ramet.cli.failure import UsageError
from ramet.cli.intake import STDIN

_SHOWN: Final = 3
app = typer.Typer(rich_markup_mode=None, add_completion=False)


@command(app, "export")
def export(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Where to; stdout by default.")] = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    ids: Ids,
    target: Target,
) -> None:
    """Write memories with all their history as JSON lines: a scope's, or the project's without an id."""
    with opened(target) as memory, _sink(file, force=force) as sink, terminal.progress("Exporting", None) as advance:
        count = _copy(memory.export(**ids.arguments), sink, advance)
    if file is not None and str(file) != STDIN:
        terminal.note(f"{count:,} lines written to {file}.")


def _copy(lines: Iterable[str], sink: IO[bytes], advance: Any) -> int:  # noqa: ANN401 - a progress bar's callback
    count = 0
    for text in lines:
        sink.write(text.rstrip("\n").encode() + b"\n")
        advance(1)
        count += 1
    return count


@contextmanager
def _sink(file: Path | None, *, force: bool) -> Iterator[IO[bytes]]:
    """Open stdout, or a file that appears under its name only when it is whole."""
    if file is None or str(file) == STDIN:
        out = typer.get_binary_stream("stdout")
        yield out
        out.flush()
        return
    if file.exists() and not force:
        raise UsageError(f"{file} exists.", remedy="Choose another name, or replace it with --force.")
    part = file.with_name(file.name + ".part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(file)
    except OSError as error:
        raise UsageError(f"{file} can't be written: {error.strerror}.", remedy="Check the path.") from error
    finally:
        part.unlink(missing_ok=True)


@command(app, "import")
def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="What `export` wrote; '-' is stdin.")],
    *,
    source: Annotated[
        str, typer.Option("--from", metavar="FORMAT", help="'ramet', or 'mem0' for the directory of its Qdrant store.")
    ] = "ramet",
    collection: Annotated[str, typer.Option(metavar="NAME", help="Of mem0: its collection.")] = "mem0",
    history: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Of mem0: its history.db; without it, no older versions.")
    ] = None,
    target: Target,
) -> None:
    """Read memories with all their history. What is there already is not written twice."""
    if source not in ("ramet", "mem0"):
        raise UsageError(f"--from is {source!r}.", remedy="It takes 'ramet' or 'mem0'.")
    if source == "ramet":
        done = _import_lines(file, target)
    else:
        with opened(target, to_write=True) as memory, terminal.working("Importing …"):
            done = memory.import_mem0(Path(file), collection=collection, history=history)
    if target.json:
        terminal.write_json(done)
    else:
        terminal.line(f"Imported: {terminal.counts(done)}.")
        for operation_id in done.get("operation_ids", ())[:_SHOWN]:
            terminal.note((f"undo: ramet memory undo {operation_id}", "dim"))


def _import_lines(file: str, target: Target) -> dict[str, Any]:
    with (
        opened(target, to_write=True) as memory,
        _source(file) as (source, total),
        terminal.progress("Importing", total) as advance,
    ):
        return memory.import_(_decoded(source, file, advance))


@contextmanager
def _source(file: str) -> Iterator[tuple[IO[bytes], int | None]]:
    """Open a file, with the number of its lines, or stdin, where that is unknown."""
    if file == STDIN:
        yield typer.get_binary_stream("stdin"), None
        return
    try:
        with Path(file).expanduser().open("rb") as source:
            total = sum(1 for _ in source)
            source.seek(0)
            yield source, total
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}.", remedy="Check the path.") from error


def _decoded(source: Iterable[bytes], file: str, advance: Any) -> Iterator[str]:  # noqa: ANN401 - a progress bar's callback
    for number, line in enumerate(source, 1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise UsageError(f"Line {number} of {file} is not UTF-8.", remedy="Is it what `export` wrote?") from error
        advance(1)
