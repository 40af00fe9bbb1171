"""Changing the embedding model: every content's index row is made anew, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from ramet.memory.engine import Engine
from ramet.memory.model import Content

Progress = Callable[[int, int], None]
"""Is told how many are done, and how many there are."""

_FETCHED: Final = 2_048  # looking for what is left passes over all rows, so it is not done for every batch
_BATCH: Final = 256  # texts embedded, and committed, together


def reembed(engine: Engine, progress: Progress | None = None) -> int:
    """Embed again whatever another model embedded, in all projects; return how many contents that were.

    Each batch is committed: when it is interrupted, running it again goes on where it stopped. Other processes see
    the new vectors at their next read; one that still uses the former model has to be restarted.

    Open the engine with ``allow_other_model=True``. Nothing is embedded while the write lock is held.

    Raises:
        ProviderError: the embedder failed; the batches before are kept.
        BusyError: another process held the write lock for too long; the batches before are kept.
    """
    total = sum(count for model, count in engine.store.embedding_models().items() if model != engine.encoder.model)
    done = 0
    while left := engine.store.unindexed(engine.encoder.model, _FETCHED):
        for project, rows in groupby(sorted(left, key=itemgetter(0)), key=itemgetter(0)):
            contents = [content for _, content in rows]
            for start in range(0, len(contents), _BATCH):
                done += _reindex(engine, project, contents[start : start + _BATCH])
                if progress is not None:
                    progress(min(done, total), total)
    engine.partitions.clear()
    return done


def _reindex(engine: Engine, project: str, contents: Sequence[Content]) -> int:
    """Replace the rows of what is still there: a text that was erased meanwhile leaves no vector behind."""
    rows = engine.encoder.rows(contents)
    with engine.store.write(project) as writer:
        living = writer.contents(content.id for content in contents)
        writer.reindex([row for row in rows if row.content_id in living])
        writer.commit()
    return len(living)
