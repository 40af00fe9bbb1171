"""The figures as tables for people. Programs read the JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ramet.bench.memory import COMPARED

Figures = Mapping[str, Any]

_RIGHT: Final = "right"
_ALSO_SHOWN: Final = ("hit@10", "ndcg@10", "mrr", "context_recall@1000")
_MEMORY_COLUMNS: Final = (
    ("batch/s", "batch_adds_per_s", ",.0f"),
    ("add", "add_ms_p50", ".2f"),
    ("open", "open_ms", ".1f"),
    ("first", "first_search_ms", ".1f"),
    ("search", "search_ms_p50", ".2f"),
    ("p95", "search_ms_p95", ".2f"),
    ("embed", "embed_ms_p50", ".2f"),
    ("disk", "disk_bytes_per_memory", ",.0f"),
    ("RSS", "resident_bytes_per_memory", ",.0f"),
)
_MEMORY_TITLE: Final = "Speed at size: times in ms (of searches: the first, p50, p95, embedding), bytes per memory"


def locomo_tables(figures: Figures) -> list[RenderableType]:
    """Return the quality by category, and a line of sizes and times."""
    names = [name for name in figures if name.startswith("recall@") or name in _ALSO_SHOWN]
    table = _table(f"Conversations, {figures['embedder']} embedder, in %", "category", "questions", *names)
    for category, row in figures["by_category"].items():
        table.add_row(category, *_quality(row, names))
    table.add_section()
    table.add_row("all", *_quality(figures, names), style="bold")
    return [table, Text(_LOCOMO_LINE.format(**figures))]


def memory_tables(figures: Figures) -> list[RenderableType]:
    """Return the measurements, the ratios to the peers if there are any, and the notes."""
    headers = [header for header, _, _ in _MEMORY_COLUMNS]
    table = _table(_MEMORY_TITLE, "engine", "embedder", "users", "memories", *headers)
    for row in figures["rows"]:
        cells = [format(row[key], spec) for _, key, spec in _MEMORY_COLUMNS]
        table.add_row(row["engine"], row["embedder"] or "none", str(row["users"]), f"{row['memories']:,}", *cells)
    tables = [table, *([_ratios(figures["ratios"])] if figures["ratios"] else [])]
    return [*tables, *(Text(f"• {note}") for note in figures["notes"])]


_LOCOMO_LINE: Final = (
    "{conversations} conversations, {turns:,} turns, {questions:,} questions. "
    "Add: {add_ms_p50:.2f} ms (p50), {adds_per_s:,.0f}/s. "
    "Search: {search_ms_p50:.2f} ms (p50), {search_ms_p95:.2f} ms (p95)."
)


def _ratios(ratios: Sequence[Figures]) -> Table:
    table = _table("How many times better Ramet with the static embedder is", "than", "users", "memories", *COMPARED)
    for row in ratios:
        cells = [f"{row[name]:.2f}" for name in COMPARED]
        table.add_row(row["peer"], str(row["users"]), f"{row['memories']:,}", *cells)
    return table


def _table(title: str, *headers: str) -> Table:
    table = Table(title=title, title_justify="left")
    for place, header in enumerate(headers):
        table.add_column(header, justify="left" if place == 0 else _RIGHT)
    return table


def _quality(row: Figures, names: Sequence[str]) -> list[str]:
    return [f"{row['questions']:,}", *(f"{100 * row[name]:.1f}" for name in names)]
