"""Connections to one SQLite file: pragmas, migrations, a pool of readers, the errors of SQLite in our own terms."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path

import apsw

from ramet.kernel.errors import BusyError, CorruptionError, RametError, StoreError

_PAGE_CACHE_KIB = 32 * 1024
_MIGRATION = re.compile(r"^(\d{4})_\w+\.sql$")
_MAX_IDLE_READERS = 8


class Database:
    """One database file, open to any number of threads here and in other processes.

    Readers each hold a connection of the pool while they read, so they never wait for a writer (WAL). One thread of
    this process writes at a time; other processes are waited for up to ``busy_timeout_s``.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float) -> None:
        self.path = path
        self._busy_timeout_ms = int(busy_timeout_s * 1000)
        self._write_lock = threading.RLock()
        self._pool_lock = threading.Lock()
        self._idle: list[apsw.Connection] = []
        self._closed = False
        self._process_id = os.getpid()
        with translated(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._writer = self._connect()
            self._migrate()

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """Lend a connection inside a read transaction: everything read through it is of one moment."""
        with translated(self.path):
            connection = self._take()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("COMMIT")
                self._give_back(connection)

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """Lend the writing connection inside a write transaction; rolled back unless it was committed."""
        with translated(self.path), self._write_lock:
            self._refuse_closed()
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            finally:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")

    @contextmanager
    def exclusive(self) -> Iterator[apsw.Connection]:
        """Lend the writing connection outside of any transaction, for maintenance."""
        with translated(self.path), self._write_lock:
            self._refuse_closed()
            yield self._writer

    def close(self) -> None:
        """Close all connections; the write-ahead log is folded into the file by the last one.

        In a forked process they are the parent's, and stay as they are.
        """
        if os.getpid() != self._process_id:
            return
        with self._write_lock, self._pool_lock:
            self._closed = True
            for connection in (*self._idle, self._writer):
                connection.close()
            self._idle.clear()

    def _take(self) -> apsw.Connection:
        with self._pool_lock:
            self._refuse_closed()
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, connection: apsw.Connection) -> None:
        with self._pool_lock:
            if not self._closed and len(self._idle) < _MAX_IDLE_READERS:
                self._idle.append(connection)
                return
        connection.close()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StoreError("The store is closed.", remedy="Open a new Memory on the same path.")
        if os.getpid() != self._process_id:  # SQLite's locks do not survive a fork; the file could be damaged
            raise StoreError(
                "The store was opened before this process was forked.", remedy="Open a Memory in each process."
            )

    def _connect(self) -> apsw.Connection:
        connection = apsw.Connection(str(self.path))
        connection.set_busy_timeout(self._busy_timeout_ms)
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "secure_delete = ON",
            "foreign_keys = OFF",
            "trusted_schema = OFF",
            f"cache_size = -{_PAGE_CACHE_KIB}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _migrate(self) -> None:
        """Bring the schema up to date, one numbered file at a time, each in a transaction of its own."""
        known = migrations()
        for number, sql in known:
            with self.writing() as connection:
                version = _schema_version(connection)
                if version > known[-1][0]:
                    raise StoreError(
                        f"{self.path} was written by a newer Ramet (schema {version}, this one knows {known[-1][0]}).",
                        remedy="Upgrade ramet.",
                    )
                if version >= number:
                    continue
                connection.execute(sql)
                connection.execute(f"PRAGMA user_version = {number}")
                connection.execute("COMMIT")


def migrations() -> list[tuple[int, str]]:
    """Return the schema's numbered migrations, in order."""
    folder = files(__package__).joinpath("migrations")
    found = ((_MIGRATION.match(entry.name), entry) for entry in folder.iterdir())
    return sorted((int(match[1]), entry.read_text("utf-8")) for match, entry in found if match)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's and the file system's errors into ours."""
    try:
        yield
    except RametError:
        raise
    except (apsw.BusyError, apsw.LockedError) as error:
        raise BusyError(f"{path} is locked by another process.") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise CorruptionError(f"{path} is damaged or is no Ramet store: {error}.") from error
    except apsw.FullError as error:
        raise StoreError(f"The disk that holds {path} is full.", remedy="Free some space; nothing was lost.") from error
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError, apsw.IOError, OSError) as error:
        raise StoreError(
            f"{path} can't be opened or written: {error}.", remedy="Check the path and its permissions."
        ) from error


def _schema_version(connection: apsw.Connection) -> int:
    version: int = connection.pragma("user_version")
    return version


def checkpoint(connection: apsw.Connection) -> None:
    """Fold the write-ahead log into the file and cut it to nothing.

    Raises:
        BusyError: a reader of another process still needs the log.
    """
    row = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if row is not None and row[0]:
        raise BusyError("The write-ahead log is still being read, so it can't be cut yet.")


def integrity(connection: apsw.Connection) -> list[str]:
    """Return SQLite's own findings about the file; empty when it is sound."""
    with suppress(apsw.CorruptError):
        rows = connection.execute("PRAGMA integrity_check").fetchall()
        return [str(row[0]) for row in rows if row[0] != "ok"]
    return ["the file is so damaged that its check can't run"]
