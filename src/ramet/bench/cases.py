"""One measurement: an engine filled with so many memories of so many users, then searched in a fresh process."""

from __future__ import annotations

import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ramet.bench import metrics, workload
from ramet.bench.engines import ENGINES, TOP_K, Engine
from ramet.memory.ports import Embedder, TokenEmbedder
from ramet.platform import make_embedder

BATCH: Final = 100
SINGLE_ADDS: Final = 40
QUESTIONS: Final = 200
_STATM: Final = Path("/proc/self/statm")

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """What to measure. ``fill_s`` bounds the time of filling."""

    engine: str
    embedder: str
    users: int
    per_user: int
    repeat: int
    fill_s: float
    home: str

    def open(self, embedder: Embedder, home: Path | None = None) -> Engine:
        """Open the engine on the case's directory, or on another."""
        return ENGINES[self.engine](home or Path(self.home), embedder)


def fill(case: Case) -> Figures:
    """Add memories in batches of 100, a batch for each user in turn; then single ones.

    Keys: ``memories`` and ``per_user`` (fewer than asked for if the time ran out), ``single_adds`` (on top of these),
    ``batch_adds_per_s``, ``add_ms_p50``.
    """
    engine = case.open(make_embedder(case.embedder))
    added = spent_s = 0.0
    for user, texts in _batches(case):
        spent_s += _timed_s(engine.add, user, texts)
        added += len(texts)
        if spent_s > case.fill_s:
            break
    rounds = [metrics.percentile(_single_adds(engine, case, n), 0.5) for n in range(case.repeat)]
    engine.close()
    return {
        "memories": int(added),
        "per_user": int(added) // case.users,
        "single_adds": case.repeat * SINGLE_ADDS,
        "batch_adds_per_s": round(added / spent_s, 1),
        "add_ms_p50": _median(rounds),
    }


def search(case: Case) -> Figures:
    """Open what was filled and search it.

    Keys: ``model_load_ms`` (the embedder's first question), ``open_ms``, ``first_search_ms`` (of one user, right
    after opening, with the model loaded), ``search_ms_p50``, ``search_ms_p95``, ``embed_ms_p50`` (the part of a search
    that the embedder takes), ``results_mean`` and, on Linux, ``resident_bytes_per_memory``.
    """
    embedder = make_embedder(case.embedder)
    encode = embedder.encode_query if isinstance(embedder, TokenEmbedder) else embedder.embed_query
    model_load_ms = 1000 * _timed_s(encode, "hello")
    _rehearse(case, embedder)
    before = resident_bytes()
    start = time.perf_counter()
    engine = case.open(embedder)
    open_ms = 1000 * (time.perf_counter() - start)
    asked = _questions(case)
    first_search_ms = 1000 * _timed_s(engine.search, *asked[0], TOP_K)
    results = [engine.search(user, question, TOP_K) for user, question in asked]
    resident = resident_bytes() - before
    rounds = [_times_ms(asked, lambda user, question: engine.search(user, question, TOP_K)) for _ in range(case.repeat)]
    embedding = [_times_ms(asked, lambda _, question: encode(question)) for _ in range(case.repeat)]
    engine.close()
    return {
        "model_load_ms": round(model_load_ms, 3),
        "open_ms": round(open_ms, 3),
        "first_search_ms": round(first_search_ms, 3),
        "search_ms_p50": _median([metrics.percentile(times, 0.5) for times in rounds]),
        "search_ms_p95": _median([metrics.percentile(times, 0.95) for times in rounds]),
        "embed_ms_p50": _median([metrics.percentile(times, 0.5) for times in embedding]),
        "results_mean": round(metrics.mean(results), 1),
        "resident_bytes_per_memory": round(resident / (case.users * case.per_user)),
    }


def resident_bytes() -> int:
    """Return the process's resident memory; 0 where the system doesn't say it."""
    if not _STATM.exists():
        return 0
    gc.collect()
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _rehearse(case: Case, embedder: Embedder) -> None:
    """Let an empty store import and build what it needs once, so that this isn't counted as a cost of the data."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        engine = case.open(embedder, Path(scratch))
        engine.add("rehearsal", [workload.text_of(0, 0)])
        engine.search("rehearsal", workload.question_about(0, 0), TOP_K)
        engine.close()


def _batches(case: Case) -> Iterator[tuple[str, list[str]]]:
    for start in range(0, case.per_user, BATCH):
        numbers = range(start, min(start + BATCH, case.per_user))
        for user in range(case.users):
            yield _name(user), [workload.text_of(user, number) for number in numbers]


def _single_adds(engine: Engine, case: Case, repetition: int) -> list[float]:
    first = case.per_user + repetition * SINGLE_ADDS
    texts = [
        (_name(number % case.users), workload.text_of(number % case.users, number))
        for number in range(first, first + SINGLE_ADDS)
    ]
    return _times_ms(texts, lambda user, text: engine.add(user, [text]))


def _questions(case: Case) -> list[tuple[str, str]]:
    """Return different questions, each user asked in turn, about memories spread over all that a user has."""
    asked = []
    for n in range(QUESTIONS):
        user, number = n % case.users, (n * 7919) % case.per_user
        asked.append((_name(user), workload.question_about(user, number)))
    return asked


def _times_ms(pairs: Sequence[tuple[str, str]], act: Callable[[str, str], object]) -> list[float]:
    return [1000 * _timed_s(act, *pair) for pair in pairs]


def _timed_s(act: Callable[..., object], *arguments: object) -> float:
    start = time.perf_counter()
    act(*arguments)
    return time.perf_counter() - start


def _median(values: Sequence[float]) -> float:
    return round(metrics.percentile(values, 0.5), 3)


def _name(user: int) -> str:
    return f"user{user}"
