"""Memory in your process: no key, no network, no server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ramet import platform
from ramet.kernel.errors import ConfigurationError
from ramet.kernel.scope import DEFAULT_PROJECT, parse_id
from ramet.memory.limits import Limits
from ramet.memory.model import MAIN
from ramet.memory.ports import Embedder
from ramet.memory.service import MemoryService, Record
from ramet.memory.transfer import import_mem0
from ramet.settings import read_settings


class Memory(MemoryService):
    """Memories in a data directory that several processes may share.

    Args:
        path: the data directory, made if missing; ``":memory:"`` keeps nothing; by default ``RAMET_HOME``, else the
            user's data directory of this system.
        embedder: ``"default"`` (MiniLM, int8), ``"static"`` (a token table: lighter, faster), or any object with
            ``embed_documents(texts)`` and ``embed_query(text)``.
        llm: ``None``; or ``{"provider": "openai", "config": {…}}``; or an object with ``complete(system, user)``.
        project: the boundary that isolates.
        limits: bounds; see `ramet.memory.limits.Limits`.
        busy_timeout_s: how long to wait for another process's write.

    Raises:
        ConfigurationError: an argument is wrong.
        StoreError: the directory can't be used.
        ModelMismatchError: another embedder wrote what is stored.
    """

    def __init__(
        self,
        path: Path | str | None = None,
        *,
        embedder: str | Embedder | None = None,
        llm: object = None,
        project: str | None = None,
        limits: Limits | None = None,
        busy_timeout_s: float | None = None,
    ) -> None:
        settings = read_settings()
        project = parse_id("project", settings.project if project is None else project)
        engine = platform.open_engine(
            settings.home if path is None else path,
            embedder=settings.embedder if embedder is None else embedder,
            llm=llm,
            busy_timeout_s=settings.busy_timeout_s if busy_timeout_s is None else busy_timeout_s,
            limits=limits,
        )
        super().__init__(engine, project=project or DEFAULT_PROJECT)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Open with the constructor's arguments given as a mapping.

        Raises:
            ConfigurationError: a key is unknown.
        """
        check_config(config)
        return cls(**config)

    def import_mem0(
        self,
        path: Path | str,
        *,
        collection: str = "mem0",
        history: Path | str | None = None,
        branch: str = MAIN,
    ) -> Record:
        """Take in a store of mem0's: its embedded Qdrant collection and, if given, its history database.

        Ids, times, scopes and metadata stay as they are. Needs neither mem0 nor Qdrant, and changes nothing there.

        Args:
            path: the directory of the local Qdrant store (mem0's ``vector_store.config.path``).
            collection: mem0's ``collection_name``.
            history: mem0's ``history_db_path``; without it each memory has its present version only.
            branch: the line of history to write to.

        Raises:
            NotFoundError: there is no such store.
            ValidationError: it isn't what mem0 writes.
        """
        data = platform.read_mem0(Path(path), collection=collection, history=None if history is None else Path(history))
        return import_mem0(self._engine, self._place(branch), data)

    def close(self) -> None:
        """Release the files. Closing twice is harmless."""
        self._engine.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def check_config(config: Mapping[str, Any]) -> None:
    """Refuse a configuration with unknown keys.

    Raises:
        ConfigurationError: it has one.
    """
    if not isinstance(config, Mapping):
        raise ConfigurationError(
            f"The configuration is no mapping: {config!r:.80}.", remedy='Give e.g. {"path": "data"}.'
        )
    unknown = sorted(str(name) for name in set(config) - _ARGUMENTS)
    if unknown:
        raise ConfigurationError(
            f"Unknown configuration key: {', '.join(map(repr, unknown))}.",
            remedy=f"Known are {', '.join(sorted(_ARGUMENTS))}.",
        )


_ARGUMENTS = frozenset({"path", "embedder", "llm", "project", "limits", "busy_timeout_s"})
