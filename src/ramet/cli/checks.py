"""What `ramet doctor` looks at. Each check returns what it found; none of them writes."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import apsw

import ramet
from ramet import platform
from ramet.cli.command import STORE_FILE
from ramet.cli.terminal import counted
from ramet.kernel.errors import RametError
from ramet.memory.index import Encoder
from ramet.memory.limits import Limits
from ramet.memory.ports import MemoryStore
from ramet.settings import Settings

_PYTHON: Final = (3, 11)
_SQLITE: Final = (3, 45)
_LOW_DISK_BYTES: Final = 1 << 30


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    name: str
    level: Level
    found: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        """Return it as a JSON object."""
        return asdict(self)


def run_checks(settings: Settings) -> Iterator[Check]:
    """Check everything, one thing at a time."""
    yield _python()
    yield _sqlite()
    encoder, check = _embedder(settings.embedder)
    yield check
    yield _disk(settings.home)
    yield Check("cache", Level.OK, f"up to {_size(Limits().partition_cache_bytes)} of warm scopes a process")
    yield _permissions(settings.home)
    if not _exists(settings.home / STORE_FILE):
        yield Check("store", Level.OK, f"{settings.home} holds none yet; the first write makes it")
        return
    yield from _store(settings, encoder)


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _PYTHON:
        return Check("python", Level.FAIL, found, "Ramet needs Python 3.11 or newer.")
    return Check("python", Level.OK, f"{found}, ramet {ramet.__version__}")


def _sqlite() -> Check:
    found = apsw.sqlite_lib_version()
    if tuple(map(int, found.split("."))) < _SQLITE:
        return Check("sqlite", Level.FAIL, found, "Run: pip install --upgrade apsw")
    return Check("sqlite", Level.OK, f"{found} (apsw {apsw.apsw_version()})")


def _embedder(name: str) -> tuple[Encoder | None, Check]:
    try:
        encoder = Encoder(platform.make_embedder(name))
        size = encoder.query("A word to try it with").vector.size
    except RametError as error:
        return None, Check("embedder", Level.FAIL, error.message, error.remedy)
    if size != encoder.dimensions:
        found = f"{encoder.model} gives {size} dimensions and says {encoder.dimensions}"
        return None, Check("embedder", Level.FAIL, found, "Choose another embedder, or mend this one.")
    return encoder, Check("embedder", Level.OK, f"{name}: {encoder.model}, {encoder.dimensions} dimensions")


def _disk(home: Path) -> Check:
    place = _nearest(home)
    free_bytes = shutil.disk_usage(place).free
    found = f"{_size(free_bytes)} free at {place}"
    if free_bytes < _LOW_DISK_BYTES:
        return Check("disk", Level.WARN, found, "Free some space, or move the data directory (RAMET_HOME).")
    return Check("disk", Level.OK, found)


def _nearest(home: Path) -> Path:
    """Return the directory, or the closest one above it that there is."""
    return next(path for path in (home, *home.absolute().parents) if _exists(path))


def _exists(path: Path) -> bool:
    return os.path.lexists(path)


def _permissions(home: Path) -> Check:
    place = _nearest(home)
    if not place.is_dir():
        return Check("directory", Level.FAIL, f"{place} is no directory", "Name another one with --path or RAMET_HOME.")
    files = [file for file in (home / STORE_FILE,) if _exists(file)]
    if not os.access(place, os.R_OK | os.W_OK | os.X_OK) or not all(os.access(f, os.R_OK | os.W_OK) for f in files):
        remedy = f"Become the owner of {place}, or name another directory with --path or RAMET_HOME."
        return Check("directory", Level.FAIL, f"{place} can't be read and written by you", remedy)
    if place != home:
        return Check("directory", Level.OK, f"{home} can be made")
    others = stat.S_IMODE(home.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    if others and os.name == "posix":
        return Check(
            "directory", Level.WARN, f"{home} is open to other users of this machine", f"Run: chmod 700 {home}"
        )
    return Check("directory", Level.OK, str(home))


def _store(settings: Settings, encoder: Encoder | None) -> Iterator[Check]:
    try:
        store = platform.open_store(settings.home, busy_timeout_s=settings.busy_timeout_s)
    except RametError as error:
        yield Check("store", Level.FAIL, error.message, error.remedy)
        return
    try:
        for check in (_integrity, _journal_mode, _counts):
            yield _guarded(check, store, settings)
        yield _models(store, settings, encoder)
    finally:
        store.close()


def _guarded(check: Callable[[MemoryStore, Settings], Check], store: MemoryStore, settings: Settings) -> Check:
    try:
        return check(store, settings)
    except RametError as error:
        return Check(check.__name__.strip("_"), Level.FAIL, error.message, error.remedy)


def _integrity(store: MemoryStore, settings: Settings) -> Check:  # noqa: ARG001 - all checks of a store are called alike
    wrong = store.check()
    if wrong:
        found = "; ".join(wrong[:3]) + (f"; and {len(wrong) - 3} more" if len(wrong) > 3 else "")  # noqa: PLR2004 - shown
        return Check("integrity", Level.FAIL, found, "Run `ramet rebuild`; if that fails, restore a backup.")
    return Check("integrity", Level.OK, "sound")


def _journal_mode(store: MemoryStore, settings: Settings) -> Check:  # noqa: ARG001 - as above
    connection = apsw.Connection(str(settings.home / STORE_FILE), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        mode, schema = connection.pragma("journal_mode"), connection.pragma("user_version")
    finally:
        connection.close()
    if mode != "wal":
        return Check(
            "schema", Level.WARN, f"journal mode {mode}", "Move the data directory to a local disk: WAL needs one."
        )
    return Check("schema", Level.OK, f"version {schema}, journal mode WAL")


def _counts(store: MemoryStore, settings: Settings) -> Check:  # noqa: ARG001 - as above
    projects = store.projects()
    operations = branches = memories = 0
    for project in projects:
        with store.read(project) as reader:
            operations += reader.head().seq
            branches += len(reader.branches())
            memories += len({v.memory_id for v in reader.versions_of(reader.scopes(None))})
    found = (
        counted(len(projects), "project"),
        counted(branches, "branch", "branches"),
        counted(memories, "memory", "memories"),
        counted(operations, "operation"),
        _size(store.size_bytes()),
    )
    return Check("counts", Level.OK, ", ".join(found))


def _models(store: MemoryStore, settings: Settings, encoder: Encoder | None) -> Check:
    stored = store.embedding_models()
    found = (
        ", ".join(f"{counted(count, 'text')} by {model}" for model, count in stored.items()) or "nothing embedded yet"
    )
    if encoder is not None and set(stored) - {encoder.model}:
        again = f"ramet memory reembed --embedder {settings.embedder}"
        return Check("models", Level.FAIL, found, f"Choose the embedder that made them, or embed them anew: {again}")
    return Check("models", Level.OK, found)


def _size(size_bytes: float) -> str:
    for unit in ("bytes", "KB", "MB", "GB"):
        if size_bytes < 1024:  # noqa: PLR2004 - the step between units
            return f"{size_bytes:,.0f} {unit}" if unit == "bytes" else f"{size_bytes:,.1f} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:,.1f} TB"
