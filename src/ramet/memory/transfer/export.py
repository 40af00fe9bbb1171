"""Exporting: all that a scope, or a project, knows on a branch, with its whole history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from ramet.kernel.scope import ID_NAMES, Scope
from ramet.memory.engine import Engine, find_branch
from ramet.memory.model import MAIN, Branch, Content, Episode, Version
from ramet.memory.partitions import anchor_of, lineage
from ramet.memory.ports import IndexRow, Reader
from ramet.memory.transfer import form


def export(
    engine: Engine, project: str, scope: Scope | None = None, branch: str = MAIN, *, include_vectors: bool = True
) -> Iterator[str]:
    """Yield JSON lines (see `ramet.memory.transfer.form`) of what a branch knows, its parents' part included.

    Deleted and superseded memories are in it, with every version. Two exports of equal knowledge are equal, line by
    line. One scope at a time is held in memory.

    Args:
        engine: the ports.
        project: whose memories.
        scope: what of them; all for ``None``.
        branch: as seen on this line of history.
        include_vectors: embeddings too, so that an import under the same model need not embed again.

    Raises:
        NotFoundError: there is no such branch.
    """
    return form.ended(_lines(engine, project, scope, branch, include_vectors=include_vectors))


def _lines(engine: Engine, project: str, scope: Scope | None, branch: str, *, include_vectors: bool) -> Iterator[str]:
    with engine.store.read(project) as reader:
        branches = reader.branches()
        line = lineage(branches, find_branch(branches, branch), reader.head().seq)
        yield form.header_line(engine.encoder.model)
        number = 0
        for ref, found in _scopes(reader, scope):
            chains, episodes = _seen(reader, line, branches, ref)
            if chains or episodes:
                number += 1
                section = Section(reader, chains, episodes, number)
                yield from section.lines(found, engine.encoder.model if include_vectors else None)


def _scopes(reader: Reader, scope: Scope | None) -> list[tuple[int, Scope]]:
    found = reader.scopes(None if scope is None else anchor_of(scope))
    covered = [(ref, other) for ref, other in found.items() if scope is None or scope.covers(other)]
    return sorted(covered, key=lambda item: tuple(getattr(item[1], name) or "" for name in ID_NAMES))


def _seen(
    reader: Reader, line: Sequence[tuple[int, int]], branches: Sequence[Branch], ref: int
) -> tuple[list[list[Version]], list[Episode]]:
    """Return the chains of a scope's memories along a lineage, and the episodes that were said on it or are cited."""
    last = dict(line)
    depth = {branch_id: -n for n, (branch_id, _) in enumerate(line)}
    versions = [v for v in reader.versions_of([ref]) if v.seq_from <= last.get(v.branch_id, -1)]
    versions.sort(key=lambda v: (v.memory_id, depth[v.branch_id], v.seq_from, v.ordinal))
    chains = [list(chain) for _, chain in groupby(versions, key=lambda v: v.memory_id)]
    chains.sort(key=lambda chain: (chain[0].created_us, chain[0].memory_id))
    cited = {source.episode_id for v in versions for source in v.sources}
    episodes = reader.episodes_of([ref])
    if len(branches) > 1 or len(line) > 1:
        episodes = [e for e in episodes if e.id in cited or _said_on(reader, last, e)]
    return chains, sorted(episodes, key=lambda e: (e.said_us, e.id))


def _said_on(reader: Reader, last: Mapping[int, int], episode: Episode) -> bool:
    ((op, _),) = reader.operations(after_seq=episode.seq - 1, limit=1)
    return episode.seq <= last.get(op.branch_id, -1)


class Section:
    """One scope's part of an export."""

    def __init__(
        self, reader: Reader, chains: Sequence[Sequence[Version]], episodes: Sequence[Episode], ref: int
    ) -> None:
        self._reader = reader
        self._chains = chains
        self._episodes = episodes
        self._ref = ref
        self._written: set[str] = set()
        self._indexed = {v.content_id for chain in self._chains for v in chain}

    def lines(self, scope: Scope, model: str | None) -> Iterator[str]:
        """Yield the scope, then each memory after what it refers to, then the episodes that nothing cites."""
        yield form.scope_line(form.ScopeLine(self._ref, scope))
        by_id = {e.id: e for e in self._episodes}
        for chain in self._chains:
            cited = dict.fromkeys(s.episode_id for v in chain for s in v.sources if s.episode_id in by_id)
            episodes = [by_id.pop(episode_id) for episode_id in cited]
            yield from self._with_contents(episodes, chain, model)
        yield from self._with_contents(list(by_id.values()), [], model)

    def _with_contents(self, episodes: Sequence[Episode], chain: Sequence[Version], model: str | None) -> Iterator[str]:
        yield from self._contents([*(e.content_id for e in episodes), *(v.content_id for v in chain)], model)
        yield from (form.episode_line(e, self._ref) for e in episodes)
        yield from (form.version_line(v, self._ref) for v in chain)

    def _contents(self, ids: Iterable[str], model: str | None) -> Iterator[str]:
        new = [content_id for content_id in dict.fromkeys(ids) if content_id not in self._written]
        self._written.update(new)
        contents = self._reader.contents(new)
        rows = {} if model is None else self._reader.index_rows(self._indexed.intersection(new))
        for content_id in new:
            row = rows.get(content_id)
            yield form.content_line(self._line(contents[content_id], row if row and row.model == model else None))

    def _line(self, content: Content, row: IndexRow | None) -> form.ContentLine:
        indexed = content.id in self._indexed
        return form.ContentLine(content, indexed, row.vector if row else None, row.tokens if row else None)
