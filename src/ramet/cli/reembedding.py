"""`ramet memory reembed`: opens a store whose vectors another model made, which `Memory` rightly refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ramet import platform
from ramet.cli import terminal
from ramet.cli.command import Target, refuse_missing, resolved
from ramet.memory import reindexing
from ramet.settings import use_one_numeric_thread


def reembed(target: Target) -> dict[str, Any]:
    """Embed everything that another model embedded, in all projects, since they share the store's model.

    Returns:
        ``{"reembedded": count, "model": id}``.

    Raises:
        ProviderError: the embedder failed; what was embedded so far is kept.
    """
    use_one_numeric_thread()
    refuse_missing(target.path)
    wanted = resolved(target)
    engine = platform.open_engine(
        wanted.home, embedder=wanted.embedder, busy_timeout_s=wanted.busy_timeout_s, allow_other_model=True
    )
    try:
        left = sum(count for model, count in engine.store.embedding_models().items() if model != engine.encoder.model)
        with terminal.progress("Embedding", left) as advance:
            done = reindexing.reembed(engine, _in_steps(advance))
    finally:
        engine.store.close()
    return {"reembedded": done, "model": engine.encoder.model}


def _in_steps(advance: Callable[[int], None]) -> reindexing.Progress:
    """Turn "so many of so many" into steps."""
    reached = 0

    def follow(done: int, _total: int) -> None:
        nonlocal reached
        advance(done - reached)
        reached = done

    return follow
