"""Reading the files that mem0 (2.x) writes: the local Qdrant collection, and ``history.db``. Neither is changed."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import apsw

from ramet.kernel.errors import NotFoundError, StoreError, ValidationError
from ramet.memory.transfer import Mem0Data, Mem0Event, Mem0Point

_MODELS: Final = "qdrant_client.http.models"
_EVENTS: Final = """
SELECT memory_id, event, new_memory, created_at, updated_at, actor_id, role
FROM history WHERE memory_id IS NOT NULL ORDER BY rowid"""


def read_mem0(path: Path, *, collection: str = "mem0", history: Path | None = None) -> Mem0Data:
    """Read a mem0 store. No mem0 or Qdrant package is needed, and no pickled code runs.

    Args:
        path: the directory of the local Qdrant store (mem0's ``vector_store.config.path``).
        collection: its collection (mem0's ``collection_name``).
        history: mem0's ``history_db_path``; without it, each memory has its present version only.

    Raises:
        NotFoundError: there is no such collection or history.
        ValidationError: a point is not what Qdrant writes.
        StoreError: a file is no SQLite database.
    """
    storage = path / "collection" / collection / "storage.sqlite"
    points = list(_points(storage))
    return Mem0Data(points, [] if history is None else [Mem0Event(*row) for row in _rows(history, _EVENTS)])


def _points(storage: Path) -> Iterator[Mem0Point]:
    """Yield the points; of several rows of one id the latest counts, as for Qdrant's own client."""
    seen: set[str] = set()
    for (pickled,) in reversed(_rows(storage, "SELECT point FROM points ORDER BY rowid")):
        fields = _point_fields(pickled)
        point_id = str(fields.get("id"))
        if point_id not in seen:
            seen.add(point_id)
            yield Mem0Point(point_id, fields.get("payload") or {})


def _rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    if not path.is_file():
        raise NotFoundError(f"{path} was not found.", remedy="Give the directory and collection that mem0 was set to.")
    try:
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            found: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
    except apsw.Error as error:
        raise StoreError(f"{path} can't be read: {error}.", remedy="Close mem0, and check the path.") from error
    return found


def _point_fields(pickled: object) -> dict[str, Any]:
    try:
        point = _Unpickler(io.BytesIO(bytes(pickled))).load()  # type: ignore[call-overload]
    except (pickle.UnpicklingError, ValueError, TypeError, EOFError, IndexError, KeyError, AttributeError) as error:
        raise ValidationError(f"A point of the collection can't be read: {error}.", code="VALIDATION_012") from error
    if not isinstance(point, _Inert) or not isinstance(point.fields.get("payload", {}), dict | None):
        raise ValidationError("The collection holds something else than points.", code="VALIDATION_012")
    return point.fields


class _Inert:
    """Stands for each of Qdrant's models: it keeps the fields and does nothing."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}

    def __setstate__(self, state: object) -> None:
        fields = state.get("__dict__", state) if isinstance(state, dict) else {}
        self.fields = fields if isinstance(fields, dict) else {}


class _Unpickler(pickle.Unpickler):
    """Admits Qdrant's models by name, as inert objects; anything else in the pickle is refused."""

    def find_class(self, module: str, name: str) -> type[_Inert]:
        if module != _MODELS and not module.startswith(f"{_MODELS}."):
            raise pickle.UnpicklingError(f"{module}.{name} is not admitted")
        return _Inert
