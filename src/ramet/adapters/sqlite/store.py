"""The embedded store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ramet.adapters.sqlite import queries, rows
from ramet.adapters.sqlite.database import Database, checkpoint, integrity
from ramet.adapters.sqlite.reader import SqliteReader
from ramet.adapters.sqlite.rebuild import clear, rebuild
from ramet.adapters.sqlite.writer import SqliteWriter
from ramet.kernel.clock import Clock, now_us
from ramet.kernel.ids import new_id
from ramet.memory.model import Content

FILE_NAME = "ramet.db"


class SqliteStore:
    """Implements `ramet.memory.ports.MemoryStore` in ``directory``/ramet.db.

    Args:
        directory: the data directory; made if missing, readable by its owner only.
        busy_timeout_s: how long to wait for another process's write.
        clock: wall time in microseconds.
    """

    def __init__(self, directory: Path, *, busy_timeout_s: float = 30.0, clock: Clock = now_us) -> None:
        self._database = Database(directory / FILE_NAME, busy_timeout_s=busy_timeout_s)
        self._clock = clock
        self._replica = self._meta("replica", new_id)

    @contextmanager
    def read(self, project: str) -> Iterator[SqliteReader]:
        with self._database.reading() as connection:
            yield SqliteReader(connection, project)

    @contextmanager
    def write(self, project: str) -> Iterator[SqliteWriter]:
        with self._database.writing() as connection:
            yield SqliteWriter(connection, project, clock=self._clock, replica=self._replica)

    def rebuild(self, project: str) -> dict[str, Any]:
        with self._database.writing() as connection:
            row = connection.execute(queries.load()["project"], (project,)).fetchone()
            if row is None:
                return {"equal": True, "differing": [], "operations": 0}
            writer = SqliteWriter(connection, project, clock=self._clock, replica=self._replica)
            report = rebuild(writer, connection, row[0])
            writer.commit()
            return report

    def reset(self, project: str) -> None:
        with self._database.writing() as connection:
            row = connection.execute(queries.load()["project"], (project,)).fetchone()
            if row is not None:
                clear(connection, row[0])
                connection.execute("COMMIT")

    def scrub(self) -> None:
        with self._database.exclusive() as connection:
            checkpoint(connection)
            connection.execute("VACUUM")
            checkpoint(connection)

    def check(self) -> list[str]:
        with self._database.reading() as connection:
            return integrity(connection)

    def projects(self) -> list[str]:
        return [row[0] for row in self._rows("projects")]

    def embedding_models(self) -> dict[str, int]:
        return dict(self._rows("embedding_models"))

    def vector_bytes(self) -> int | None:
        return next((row[0] for row in self._rows("vector_bytes")), None)

    def unindexed(self, model: str, limit: int) -> list[tuple[str, Content]]:
        return [(row[0], rows.content(row[1:])) for row in self._rows("unindexed", model, limit)]

    def signing_key(self) -> bytes:
        return bytes.fromhex(self._meta("signing_key", lambda: os.urandom(32).hex()))

    def size_bytes(self) -> int:
        path = self._database.path
        files = (path, path.with_name(path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def close(self) -> None:
        self._database.close()

    def _meta(self, key: str, make: Any) -> str:  # noqa: ANN401 - a function without arguments
        found = self._rows("meta", key)
        if not found:
            with self._database.writing() as connection:
                connection.execute(queries.load()["set_meta"], (key, make()))
                connection.execute("COMMIT")
            found = self._rows("meta", key)
        value: str = found[0][0]
        return value

    def _rows(self, name: str, *values: object) -> list[tuple[Any, ...]]:
        with self._database.reading() as connection:
            found: list[tuple[Any, ...]] = connection.execute(queries.load()[name], values).fetchall()
            return found
