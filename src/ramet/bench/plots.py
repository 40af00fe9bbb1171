"""The figures as pictures, where a picture tells more. Needs matplotlib: ``pip install 'ramet[bench]'``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ramet.kernel.errors import DependencyError

_DPI: Final = 150
_SERIES: Final = (("search_ms_p50", "search, p50"), ("add_ms_p50", "single durable add, p50"))


def plot_memory(figures: Mapping[str, Any], path: Path) -> None:
    """Draw latency against size, both axes logarithmic, one line for each engine and number of users.

    Raises:
        DependencyError: matplotlib isn't installed.
    """
    figure = _figure(width_in=11.0)
    for place, (key, title) in enumerate(_SERIES, 1):
        axes = figure.add_subplot(1, len(_SERIES), place)
        for name, points in lines(figures["rows"], key).items():
            axes.plot(*zip(*points, strict=True), marker="o", label=name)
        axes.set(xscale="log", yscale="log", xlabel="memories in all", ylabel="ms", title=title)
        axes.grid(visible=True, which="both", alpha=0.25)
    figure.axes[0].legend(fontsize=8)
    figure.savefig(path, dpi=_DPI)


def plot_locomo(figures: Mapping[str, Any], path: Path) -> None:
    """Draw recall against the number of results, one line for each category.

    Raises:
        DependencyError: matplotlib isn't installed.
    """
    figure = _figure(width_in=7.0)
    axes = figure.add_subplot()
    ranks = [int(name.removeprefix("recall@")) for name in figures if name.startswith("recall@")]
    for name, row in {**figures["by_category"], "all": figures}.items():
        recalls = [row[f"recall@{k}"] for k in ranks]
        axes.plot(ranks, recalls, marker="o", label=f"{name} ({row['questions']})", linewidth=3 if name == "all" else 1)
    axes.set(xlabel="results", ylabel="share of the evidence found", ylim=(0, 1), xticks=ranks)
    axes.set_title(f"Recall, {figures['embedder']} embedder")
    axes.grid(visible=True, alpha=0.25)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=_DPI)


def lines(rows: list[Mapping[str, Any]], key: str) -> dict[str, list[tuple[int, float]]]:
    """Return, for each engine, embedder and number of users, its (memories, value) points by size."""
    found: dict[str, list[tuple[int, float]]] = {}
    for row in sorted(rows, key=lambda row: row["memories"]):
        embedder = f", {row['embedder']}" if row["embedder"] else ""
        name = f"{row['engine']}{embedder}, {row['users']} user{'s' if row['users'] > 1 else ''}"
        found.setdefault(name, []).append((row["memories"], row[key]))
    return found


def _figure(*, width_in: float) -> Any:  # noqa: ANN401 - matplotlib is there only with the extra
    try:
        from matplotlib.figure import Figure  # this class draws files without a display or global state
    except ModuleNotFoundError as error:
        raise DependencyError("Drawing needs matplotlib.", remedy="Run: pip install 'ramet[bench]'.") from error
    return Figure(figsize=(width_in, 5), layout="constrained")
