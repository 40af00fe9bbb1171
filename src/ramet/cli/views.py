"""How memories look on a terminal: cards, tables, timelines. Stored text is shown as text, never as markup."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ramet.cli import terminal
from ramet.cli.terminal import console, one_line, printable

Record = Mapping[str, Any]

_SHORT_ID: Final = 8
_WHOLE_ID_COLUMNS: Final = 110  # from here on a table has room for whole ids
_MARGIN: Final = 4  # the sign before a text and the gap after it
_EVENT_STYLES: Final = {"ADD": "green", "UPDATE": "yellow", "DELETE": "red", "SUPERSEDE": "yellow", "UNDO": "cyan"}
_SIGNS: Final = {"ADD": "+", "UPDATE": "~", "DELETE": "-"}


def show_written(done: Record, *, nothing: str) -> None:
    """Show what an operation wrote, and how to undo it."""
    out = console()
    for row in done["results"]:
        event = str(row.get("event", "ADD"))
        text = one_line(row["memory"])
        sign = (f"{_SIGNS.get(event, '*')} ", _EVENT_STYLES.get(event, ""))
        fits = len(text) + len(row["id"]) + _MARGIN <= out.width
        out.print(Text.assemble(sign, text, "  " if fits else "\n  ", (row["id"], "dim")))
        if row.get("previous_memory"):
            out.print(Text(f"  was: {one_line(row['previous_memory'])}", "dim"))
    if not done["results"]:
        terminal.note(nothing)
    hint_undo(done)


def hint_undo(done: Record) -> None:
    """Say, on stderr, how to undo an operation."""
    if done.get("operation_id"):
        terminal.note((f"undo: ramet memory undo {done['operation_id']}", "dim"))


def show_list(records: Sequence[Record]) -> None:
    """Show memories as a table, one line each."""
    out = console()
    table = _table(out)
    table.add_column("said", no_wrap=True, style="dim")
    _add_text_column(table, out, "memory")
    table.add_column("id", no_wrap=True, style="cyan")
    for record in records:
        table.add_row(day(record), _statement(record), shown_id(record["id"], out))
    out.print(table)


def show_found(records: Sequence[Record], *, explain: bool) -> None:
    """Show the results of a search, best first; with the terms of each score if asked."""
    out = console()
    table = _table(out)
    table.add_column("score", no_wrap=True, justify="right")
    _add_text_column(table, out, "memory")
    table.add_column("said", no_wrap=True, style="dim")
    table.add_column("id", no_wrap=True, style="cyan")
    for record in records:
        table.add_row(f"{record['score']:.2f}", _statement(record), day(record), shown_id(record["id"], out))
    out.print(table)
    if explain:
        out.print()
        out.print(_terms(records, out))


def _terms(records: Sequence[Record], out: Console) -> Table:
    """Return a table of the terms that are not zero everywhere: a row per term, a column per result."""
    shown = records[: max(1, (out.width - 20) // 10)]
    names = [n for n in records[0]["score_details"] if any(r["score_details"].get(n) for r in shown)]
    table = _table(out, expand=False)
    table.add_column("term")
    for record in shown:
        table.add_column(record["id"][-_SHORT_ID:], justify="right", no_wrap=True, header_style="cyan")
    for name in names:
        values = [r["score_details"].get(name, 0.0) for r in shown]
        table.add_row(name, *(f"{value:+.3f}" if value else "·" for value in values))
    return table


def show_card(record: Record) -> None:
    """Show one memory with all that is known of it."""
    out = console()
    out.print(Text(printable(record["memory"]), "bold"))
    out.print()
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in _facts(record):
        if value:
            grid.add_row(f"  {name}", Text(printable(value)))
    out.print(grid)


def _facts(record: Record) -> Iterable[tuple[str, str | None]]:
    scope = [
        f"{name.removesuffix('_id')} {record[name]}"
        for name in ("user_id", "agent_id", "run_id", "app_id")
        if name in record
    ]
    yield "id", record["id"]
    yield "scope", ", ".join(scope)
    yield "kind", f"{record['kind']}, {record['state']}" + ("" if record.get("verified", True) else ", unverified")
    yield "said", " ".join(filter(None, [moment(record["said_at"]), _by(record)]))
    yield "valid", _interval(record)
    yield "expires", record.get("expiration_date") and f"after {record['expiration_date']}"
    yield "created", moment(record["created_at"])
    yield "updated", moment(record["updated_at"]) if record["updated_at"] != record["created_at"] else None
    yield "supersedes", "\n".join(record.get("supersedes", ()))
    yield "superseded by", record.get("superseded_by")
    yield "images", "\n".join(record.get("images", ()))
    yield "metadata", record["metadata"] and json.dumps(record["metadata"], ensure_ascii=False)


def _by(record: Record) -> str:
    who = record.get("actor_id") or record.get("name")
    role = record.get("role")
    if who:
        return f"by {who} ({role})" if role else f"by {who}"
    return f"by {role}" if role else ""


def _interval(record: Record) -> str:
    until = f" until {moment(record['valid_to'])}" if record.get("valid_to") else ""
    return f"from {moment(record['valid_from'])}{until}"


def show_history(rows: Sequence[Record]) -> None:
    """Show a memory's history as a timeline."""
    out = console()
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        event = Text(row["event"], _EVENT_STYLES.get(row["event"], ""))
        grid.add_row(moment(row["updated_at"], seconds=True), event, _step(row))
    out.print(grid)


def _step(row: Record) -> Text:
    old, new = row["old_memory"], row["new_memory"]
    if new is None:
        return Text(one_line(old or ""), "strike dim")
    if old is None or old == new:
        return Text(one_line(new))
    return Text(one_line(new)) + Text(f"\nwas: {one_line(old)}", "dim")


def show_why(found: Record) -> None:
    """Show the episodes that a memory came from, what of them was quoted, and the decisions taken."""
    out = console()
    out.print(Text(printable(found["memory"] or "(its text was erased)"), "bold"))
    if not found["verified"]:
        out.print(Text("unverified: its source does not support all of it", "yellow"))
    for source in found["sources"]:
        out.print()
        who = source["name"] or source["role"] or "someone"
        out.print(
            Text(f"{moment(source['said_at'])}  {printable(who)} said  ", "dim") + Text(source["episode_id"], "dim")
        )
        out.print(_quoted(source, marks=out.color_system is None))
    if not found["sources"]:
        out.print(Text("It was not drawn from a message.", "dim"))
    out.print()
    for step in found["decisions"]:
        out.print(Text.assemble((moment(step["at"], seconds=True), "dim"), "  ", _decision(step)))


def _quoted(source: Record, *, marks: bool) -> Text:
    start, end = source["span"]
    text = source["text"]
    left, right = ("«", "»") if marks and (start, end) != (0, len(text)) else ("", "")
    quote = (left + printable(text[start:end]) + right, "bold black on yellow" if not marks else "")
    return Text.assemble("  ", printable(text[:start]), quote, printable(text[end:]))


def _decision(step: Record) -> Text:
    event = Text(step["event"], _EVENT_STYLES.get(step["event"], ""))
    if step["superseded_by"]:
        return event + Text(f" by {step['superseded_by']}", "dim")
    return event + Text(f" of {', '.join(step['supersedes'])}", "dim") if step["supersedes"] else event


def _statement(record: Record) -> Text:
    ended = record["state"] != "active"
    return Text(one_line(record["memory"]), "strike dim" if ended else "") + Text(
        f"  ({record['state']})" if ended else ""
    )


def _table(out: Console, *, expand: bool = True) -> Table:
    return Table(box=None, pad_edge=False, expand=expand and out.is_terminal, header_style="dim", padding=(0, 2, 0, 0))


def _add_text_column(table: Table, out: Console, name: str) -> None:
    """On a terminal a text is cut at the edge; in a pipe nothing is lost."""
    if out.is_terminal:
        table.add_column(name, ratio=1, no_wrap=True, overflow="ellipsis")
    else:
        table.add_column(name, overflow="fold")


def shown_id(memory_id: str, out: Console) -> str:
    """Return the whole id where there is room, else its end: the beginning of a UUIDv7 is a time, shared by many."""
    return memory_id if out.width >= _WHOLE_ID_COLUMNS else memory_id[-_SHORT_ID:]


def day(record: Record) -> str:
    """Return the day on which a memory was said."""
    return str(record["said_at"])[:10]


def moment(iso: str, *, seconds: bool = False) -> str:
    """Return a time of ISO 8601 in UTC as people write it."""
    return iso[: 19 if seconds else 16].replace("T", " ") + " UTC"
