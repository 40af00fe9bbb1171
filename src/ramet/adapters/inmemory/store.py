"""The store that lives as long as the process. A transaction writes on a copy of the tables; commit publishes it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from functools import partial
from itertools import count
from operator import itemgetter
from threading import Lock
from typing import Any

from ramet.adapters.inmemory.reader import InMemoryReader
from ramet.adapters.inmemory.tables import Tables, rebuilt
from ramet.adapters.inmemory.writer import InMemoryWriter
from ramet.kernel.clock import Clock, now_us
from ramet.kernel.errors import StoreError
from ramet.kernel.ids import new_id
from ramet.memory.model import Content


class InMemoryStore:
    """Implements `ramet.memory.ports.MemoryStore` for one process; nothing is kept after it.

    A reader holds the tables as they were when it was opened. A write costs one shallow copy of its project's tables.

    Args:
        clock: wall time in microseconds.
    """

    def __init__(self, *, clock: Clock = now_us) -> None:
        self._clock = clock
        self._replica = new_id()
        self._signing_key = os.urandom(32)
        self._scope_refs = count(1)
        self._projects: dict[str, Tables] = {}
        self._writing = Lock()
        self._closed = False

    @contextmanager
    def read(self, project: str) -> Iterator[InMemoryReader]:
        self._refuse_closed()
        yield InMemoryReader(self._projects.get(project) or Tables())

    @contextmanager
    def write(self, project: str) -> Iterator[InMemoryWriter]:
        with self._writing:
            self._refuse_closed()
            yield InMemoryWriter(
                (self._projects.get(project) or Tables()).copy(),
                project,
                clock=self._clock,
                replica=self._replica,
                scope_refs=self._scope_refs,
                publish=partial(self._projects.__setitem__, project),
                others=[tables for name, tables in self._projects.items() if name != project],
            )

    def rebuild(self, project: str) -> dict[str, Any]:
        with self._writing:
            self._refuse_closed()
            before = self._projects.get(project)
            if before is None:
                return {"equal": True, "differing": [], "operations": 0}
            after = self._projects[project] = rebuilt(before)
        old, new = _projections(before), _projections(after)
        differing = sorted(name for name in new if new[name] != old[name])
        counts = {name: len(rows) for name, rows in new.items()}
        return {"equal": not differing, "differing": differing, "operations": after.head.seq, **counts}

    def reset(self, project: str) -> None:
        with self._writing:
            known = self._projects.get(project)
            if known is not None:
                empty = self._projects[project] = Tables(head=known.head)
                empty.new_epoch()

    def scrub(self) -> None:
        """Erased values are garbage already; there are no files."""

    def check(self) -> list[str]:
        return []

    def projects(self) -> list[str]:
        return sorted(self._projects)

    def embedding_models(self) -> dict[str, int]:
        return dict(Counter(row.model for tables in [*self._projects.values()] for row in tables.index.values()))

    def vector_bytes(self) -> int | None:
        rows = (row for tables in [*self._projects.values()] for row in tables.index.values())
        return next((len(row.vector) for row in rows), None)

    def unindexed(self, model: str, limit: int) -> list[tuple[str, Content]]:
        found = [
            (content_id, project, tables)
            for project, tables in self._projects.copy().items()
            for content_id, row in tables.index.items()
            if row.model != model
        ]
        found.sort(key=itemgetter(0))
        return [(project, tables.content(content_id)) for content_id, project, tables in found[:limit]]

    def signing_key(self) -> bytes:
        return self._signing_key

    def size_bytes(self) -> int:
        return 0

    def close(self) -> None:
        self._closed = True
        self._projects.clear()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StoreError("The store is closed.", remedy="Open a new Memory; what was in memory is gone.")


def _projections(tables: Tables) -> dict[str, Sized]:
    return {
        "branch": tables.branches,
        "episode": tables.episodes,
        "memory_version": tables.versions,
        "recall_index": tables.index,
    }
