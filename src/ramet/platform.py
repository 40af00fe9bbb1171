"""The composition root: the only place where adapters are constructed and wired to the features."""

from __future__ import annotations

import os
from numbers import Real
from pathlib import Path
from typing import Final

from ramet.adapters import registry
from ramet.adapters.inmemory.store import InMemoryStore
from ramet.adapters.mem0 import read_mem0
from ramet.adapters.sqlite.store import SqliteStore
from ramet.kernel.errors import ConfigurationError, ModelMismatchError
from ramet.memory.engine import Engine
from ramet.memory.index import Encoder
from ramet.memory.inputs import is_well_formed
from ramet.memory.limits import Limits
from ramet.memory.partitions import Partitions
from ramet.memory.ports import Embedder, LanguageModel, MemoryStore

__all__ = ["IN_MEMORY", "check_model", "make_embedder", "make_language_model", "open_engine", "open_store", "read_mem0"]

IN_MEMORY = ":memory:"
MAX_WAIT_S: Final = 86_400  # a day; SQLite counts milliseconds in 32 bits


def open_engine(
    path: Path | str,
    *,
    embedder: str | Embedder,
    llm: object = None,
    busy_timeout_s: float,
    limits: Limits | None = None,
    allow_other_model: bool = False,
) -> Engine:
    """Open a data directory (or ``":memory:"``) with an embedder and, if given, a language model.

    Raises:
        ConfigurationError: a name is unknown or an object lacks the port's methods.
        ModelMismatchError: the stored vectors came from another model, and ``allow_other_model`` is off.
        StoreError: the directory can't be used.
    """
    limits = Limits() if limits is None else limits
    if not isinstance(limits, Limits):
        raise ConfigurationError(
            f"limits is {limits!r:.80}.", remedy="Pass a Limits of ramet.memory.limits, e.g. Limits(top_k=50_000)."
        )
    encoder = Encoder(make_embedder(embedder))
    model = make_language_model(llm)
    store = open_store(path, busy_timeout_s=busy_timeout_s)
    try:
        if not allow_other_model:
            check_model(store, encoder)
        partitions = Partitions(encoder, limits.partition_cache_bytes)
    except BaseException:
        store.close()
        raise
    return Engine(store, encoder, partitions, limits, llm=model)


def open_store(path: Path | str, *, busy_timeout_s: float) -> MemoryStore:
    """Open the store of a data directory, or one that lives as long as the process."""
    if path == IN_MEMORY:
        return InMemoryStore()
    if isinstance(busy_timeout_s, bool) or not isinstance(busy_timeout_s, Real) or not 0 <= busy_timeout_s < MAX_WAIT_S:
        raise ConfigurationError(
            f"busy_timeout_s is {busy_timeout_s!r:.80}.", remedy=f"It takes seconds, from 0 to {MAX_WAIT_S:,}."
        )
    return SqliteStore(_directory(path), busy_timeout_s=float(busy_timeout_s))


def _directory(path: object) -> Path:
    given = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not is_well_formed(given) or not given or "\0" in given:
        raise ConfigurationError(f"path is {path!r:.80}.", remedy="It takes the path of a directory, or ':memory:'.")
    try:
        return Path(given).expanduser()
    except RuntimeError as error:
        raise ConfigurationError(f"path is {given!r:.80}, and there is no such home directory.") from error


def make_embedder(embedder: str | Embedder) -> Embedder:
    """Return the embedder of a name, or the object itself."""
    if isinstance(embedder, Embedder):
        return embedder
    if not isinstance(embedder, str):
        raise ConfigurationError(
            f"{type(embedder).__name__} is no embedder.",
            remedy="Pass 'default', 'static', or an object with embed_documents(texts) and embed_query(text).",
        )
    made: Embedder = registry.load("embedder", registry.EMBEDDERS, embedder)()
    return made


def make_language_model(llm: object) -> LanguageModel | None:
    """Return the language model of ``{"provider", "config"}``, the object itself, or ``None``."""
    if llm is None or isinstance(llm, LanguageModel):
        return llm
    if not isinstance(llm, dict) or set(llm) - {"provider", "config"} or "provider" not in llm:
        raise ConfigurationError(
            f"llm can't be read: {llm!r:.80}.", remedy='Pass {"provider": "openai", "config": {…}} or an object.'
        )
    config = llm.get("config", {})
    if not isinstance(config, dict):
        raise ConfigurationError("The config of llm is no object.")
    made: LanguageModel = registry.load("llm", registry.LANGUAGE_MODELS, llm["provider"]).from_config(config)
    return made


def check_model(store: MemoryStore, encoder: Encoder) -> None:
    """Refuse to mix vectors of different models, or sizes."""
    others = {model: count for model, count in store.embedding_models().items() if model != encoder.model}
    if others:
        listed = ", ".join(f"{count:,} by {model}" for model, count in others.items())
        raise ModelMismatchError(
            f"The stored vectors were made by another embedder ({listed}), not by {encoder.model}.",
            remedy="Open the store with that embedder, or run `ramet memory reembed`.",
        )
    stored_bytes = store.vector_bytes()
    if stored_bytes is not None:
        encoder.expect(stored_bytes)
