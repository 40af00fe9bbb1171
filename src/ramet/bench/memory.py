"""Speed at size: which cases are measured, each in processes of its own, and how the peers compare."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from ramet.bench import cases, peers
from ramet.bench.cases import Case
from ramet.settings import use_one_numeric_thread

SMALLEST: Final = 10
MANY_USERS: Final = 100
MANY_USERS_FROM: Final = 10_000
FULL_SIZE: Final = 100_000
PEER_USERS: Final = (1, 5)
CHEAPEST_EMBEDDER: Final = "static"
_NO_LIMIT_S: Final = 1e9

OURS: Final = "ramet"
COMPARED: Final = {
    "add": ("add_ms_p50", False),
    "batch": ("batch_adds_per_s", True),
    "first search": ("first_search_ms", False),
    "search": ("search_ms_p50", False),
    "disk": ("disk_bytes_per_memory", False),
}
"""From what is compared to the figure's key, and whether more of it is better."""

_MEM0_NOTE: Final = (
    "mem0ai: embedded Qdrant on disk, infer=False, the same static embedder object called in process; vectors alone, "
    "as its keyword search needs further packages (fastembed, spaCy)."
)

Figures = dict[str, Any]
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure; see the options of ``ramet bench memory``."""

    sizes: tuple[int, ...]
    embedders: tuple[str, ...]
    full: bool = False
    peers: bool = True
    peer_size: int = 5000
    peer_fill_s: float = 120.0
    repeat: int = 5


@dataclass(frozen=True, slots=True)
class Shape:
    """So many memories of each of so many users, kept by an engine with an embedder; ``None`` for none."""

    engine: str
    embedder: str | None
    users: int
    per_user: int
    fill_s: float = _NO_LIMIT_S


def measure(plan: Plan, home: Path, advance: Advance) -> Figures:
    """Measure the plan's cases in directories under ``home``, one after another.

    Returns:
        ``{"machine", "rows", "ratios", "notes"}``. A row holds ``engine``, ``embedder``, ``users``, ``per_user``,
        ``memories``, ``disk_bytes_per_memory`` and the keys of `ramet.bench.cases.fill` and `search`. A ratio holds
        ``peer``, ``users``, ``memories`` and, for each of `COMPARED`, how many times better Ramet is.

    Raises:
        RametError: a measurement failed.
    """
    rows: list[Figures] = []
    found = machine()
    for shape in planned(plan):
        row = _measured(shape, plan.repeat, home, advance)
        rows.append(row)
        if shape.engine == "mem0ai":
            ours = Shape(OURS, shape.embedder, shape.users, row["per_user"])
            rows.append(_measured(ours, plan.repeat, home, advance))
    return {"machine": found, "rows": rows, "ratios": ratios(rows), "notes": [*notes(plan, rows), *busy(found)]}


def steps(plan: Plan) -> int:
    """Return how often ``measure`` will advance."""
    return 2 * sum(2 if shape.engine == "mem0ai" else 1 for shape in planned(plan))


def planned(plan: Plan) -> list[Shape]:
    """Return the shapes to measure; ours at the very size that mem0ai reached follow once that is known."""
    sizes = dict.fromkeys((*plan.sizes, *([FULL_SIZE] if plan.full else ())))
    places = [(users, size // users) for size in sizes for users in _users(size)]
    left_out = set(_users_of(FULL_SIZE)) if plan.full and FULL_SIZE not in plan.sizes else set()
    shapes = [
        Shape(OURS, embedder, *place)
        for embedder in plan.embedders
        for place in places
        if embedder == CHEAPEST_EMBEDDER or place not in left_out
    ]
    if plan.peers:
        shapes += _peer_shapes(plan, places)
    return shapes


def ratios(rows: Sequence[Mapping[str, Any]]) -> list[Figures]:
    """Return, for each peer's row, how many times better ours of the same shape is (above 1: ours is better)."""
    ours = {_place(row): row for row in rows if row["engine"] == OURS and row["embedder"] == CHEAPEST_EMBEDDER}
    return [
        {
            "peer": row["engine"],
            "users": row["users"],
            "memories": row["memories"],
            **{
                name: _times(ours[_place(row)][key], row[key], more_is_better=more)
                for name, (key, more) in COMPARED.items()
            },
        }
        for row in rows
        if row["engine"] != OURS and _place(row) in ours
    ]


def notes(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what a reader must know to judge the figures."""
    said = [
        "Every row was measured in two fresh processes, one that fills and one that searches, with one numeric thread.",
        f"Medians of {plan.repeat} rounds of 40 single adds and 200 different questions, top 20. Warm disk cache.",
        "Adds are durable when they return, and extract nothing; a batch is one call with 100 messages.",
    ]
    if plan.full and FULL_SIZE not in plan.sizes:
        said.append("100,000 memories were measured with the static embedder only: another takes minutes to fill.")
    engines = {row["engine"] for row in rows}
    if "mem0ai" in engines:
        said += [_MEM0_NOTE, f"mem0ai was filled for at most {plan.peer_fill_s:g} s, ours to the size that it reached."]
    if "sqlite-fts5" in engines:
        said.append("sqlite-fts5: keywords alone (porter, bm25, synchronous=FULL), no vectors: a floor, not a memory.")
    if plan.peers:
        said += [f"{name} is not installed, and was left out." for name in peers.PEERS if name not in peers.installed()]
    return said


def machine() -> Figures:
    """Return what the figures are measured on, and its load of the last minute (0 where the system doesn't say)."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "processors": os.cpu_count() or 1,
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0,
    }


def busy(found: Mapping[str, Any]) -> list[str]:
    """Return a warning if other programs were using more than half of the processors before the start."""
    if found["load"] <= found["processors"] / 2:
        return []
    return [f"The machine was busy (load {found['load']} on {found['processors']} processors): times are too long."]


def _users(size: int) -> tuple[int, ...]:
    return (1, MANY_USERS) if size >= MANY_USERS_FROM else (1,)


def _users_of(size: int) -> Iterable[tuple[int, int]]:
    return ((users, size // users) for users in _users(size))


def _peer_shapes(plan: Plan, places: Iterable[tuple[int, int]]) -> list[Shape]:
    found = peers.installed()
    shapes = [Shape("sqlite-fts5", None, *place) for place in places if "sqlite-fts5" in found]
    if "mem0ai" in found:
        shapes += [
            Shape("mem0ai", CHEAPEST_EMBEDDER, users, plan.peer_size // users, plan.peer_fill_s) for users in PEER_USERS
        ]
    return shapes


def _measured(shape: Shape, repeat: int, home: Path, advance: Advance) -> Figures:
    data = home / f"{shape.engine}-{shape.embedder}-{shape.users}-{shape.per_user}"
    data.mkdir()
    case = Case(
        engine=shape.engine,
        embedder=shape.embedder or CHEAPEST_EMBEDDER,
        users=shape.users,
        per_user=shape.per_user,
        repeat=repeat,
        fill_s=shape.fill_s,
        home=str(data),
    )
    filled = _in_child(cases.fill, case)
    disk_bytes = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
    advance(1)
    searched = _in_child(cases.search, replace(case, per_user=filled["per_user"]))
    advance(1)
    shutil.rmtree(data)
    row = {"engine": shape.engine, "embedder": shape.embedder, "users": shape.users, **filled}
    kept = filled["memories"] + filled["single_adds"]
    return row | {"disk_bytes_per_memory": round(disk_bytes / kept), **searched}


def _in_child(phase: Callable[[Case], Figures], case: Case) -> Figures:
    """Run a phase in a new process, whose numpy is told to use one thread before it loads."""
    spawn = get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawn, initializer=use_one_numeric_thread) as child:
        return child.submit(phase, case).result()


def _place(row: Mapping[str, Any]) -> tuple[int, int]:
    return row["users"], row["per_user"]


def _times(ours: float, theirs: float, *, more_is_better: bool) -> float:
    return round(ours / theirs if more_is_better else theirs / ours, 2)
