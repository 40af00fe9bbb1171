"""Reading: search, get, list, history, why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ramet.kernel.clock import to_iso
from ramet.kernel.errors import NotFoundError
from ramet.kernel.scope import Scope
from ramet.memory import present
from ramet.memory.engine import Conditions, Engine, Window, current, find_branch, open_window
from ramet.memory.index import Encoder
from ramet.memory.model import MAIN, Content, State, Version
from ramet.memory.partitions import lineage
from ramet.memory.ports import PartitionRow, Reader
from ramet.memory.recall import Hit, focus, prepare, rank


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How a search is asked."""

    conditions: Conditions = field(default_factory=Conditions)
    top_k: int = 20
    threshold: float = 0.0
    explain: bool = False
    known_at_us: int | None = None
    reference_us: int | None = None
    branch: str = MAIN


@dataclass(frozen=True, slots=True)
class Found:
    """One result of a search: the hit, and what it hit."""

    hit: Hit
    row: PartitionRow
    scope: Scope
    content: Content


def search(engine: Engine, scope: Scope, query: str, options: SearchOptions) -> list[Found]:
    """Return the best results, best first: see `ramet.memory.recall` for how they are ranked."""
    if options.top_k == 0:
        return []
    with engine.store.read(scope.project) as reader:
        window = open_window(engine, reader, scope, options.branch, options.known_at_us)
        masks = window.masks(options.conditions)
        if not any(mask.any() for mask in masks):
            return []
        hits = [hit for hit in ranked(engine, window, masks, query, options) if hit.score >= options.threshold]
        places = [(window.parts[hit.segment], hit.row) for hit in hits]
        contents = window.contents(places)
    return [
        Found(hit, part.partition.rows[row], part.partition.scope_of(row), content)
        for hit, (part, row), content in zip(hits, places, contents, strict=True)
    ]


def ranked(
    engine: Engine, window: Window, masks: Sequence[NDArray[np.bool_]], query: str, options: SearchOptions
) -> list[Hit]:
    """Rank a window's visible rows by a question; each hit is (part, row) of the window."""
    encoder = engine.encoder
    speakers = {name for part in window.parts for name in part.columns.speakers.names()}
    focused, names = focus(query, speakers)
    encoded = encoder.query(focused)
    prepared = prepare(
        query,
        focused,
        encoded.vector,
        names=names,
        tokens=encoded.tokens,
        reference=_day(options.reference_us),
        calibration=encoder.calibration,
        plain_vector=None if focused == query else encoder.plain_query(query),
    )
    return rank(
        prepared,
        [part.columns for part in window.parts],
        masks,
        top_k=options.top_k,
        tokens_of=None if encoded.tokens is None else partial(_tokens_of, window, encoder),
        explain=options.explain,
    )


def _tokens_of(window: Window, encoder: Encoder, places: Sequence[tuple[int, int]]) -> list[NDArray[np.int8]]:
    if len(window.parts) == 1:
        return window.parts[0].partition.tokens(window.reader, encoder, [row for _, row in places])
    return [window.parts[segment].partition.tokens(window.reader, encoder, [row])[0] for segment, row in places]


def _day(time_us: int | None) -> date | None:
    return None if time_us is None else datetime.fromtimestamp(time_us // 1_000_000, UTC).date()


def results(found: Sequence[Found], options: SearchOptions) -> list[present.Record]:
    """Return the results' records; ``explain`` adds every term of their scores."""
    records = []
    for one in found:
        record = present.row(one.row, one.scope, one.content)
        record["score"] = round(one.hit.score, 6)
        if options.explain:
            record["score_details"] = _details(one.hit, record["score"], options.threshold)
        records.append(record)
    return records


def relations(found: Sequence[Found]) -> list[present.Record]:
    """Return the relations that the results state."""
    return [
        {"source": r.source, "relationship": r.type, "destination": r.target, "memory_id": one.row.memory_id}
        for one in found
        for r in one.content.relations
    ]


def _details(hit: Hit, score: float, threshold: float) -> dict[str, float]:
    """Return what the score was made of, under mem0's names, and then every term of the order."""
    grounds = hit.grounds or {}
    details = {
        "final_score": score,
        "semantic_score": grounds.get("semantic", 0.0),
        "bm25_score": grounds.get("terms", 0.0),
        "entity_boost": 0.0,
        "date_score": grounds.get("date", 0.0),
        "threshold": threshold,
        "rank_score": hit.rank_score,
        **{f"rank_{name}": value for name, value in (hit.parts or {}).items()},
    }
    return {name: round(value, 6) for name, value in details.items()}


def get(engine: Engine, project: str, memory_id: str, branch_name: str = MAIN) -> present.Record | None:
    """Return a memory by id, expired and superseded ones included; ``None`` if it never was or was deleted."""
    with engine.store.read(project) as reader:
        version = current(reader, _line(reader, branch_name), memory_id)
        if version is None or version.state is State.DELETED:
            return None
        content = reader.contents([version.content_id])[version.content_id]
    return present.memory(version, content)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: at most ``size`` records from ``start`` on, oldest first."""

    start: int = 0
    size: int = 20


def list_memories(
    engine: Engine, scope: Scope, conditions: Conditions, page: Page, *, branch: str = MAIN, known_us: int | None = None
) -> tuple[list[present.Record], int]:
    """Return a page of a scope's memories, ordered by creation, and how many there are in all."""
    with engine.store.read(scope.project) as reader:
        window = open_window(engine, reader, scope, branch, known_us)
        rows = list(window.rows(window.masks(conditions)))
        rows.sort(key=lambda at: (at[0].partition.rows[at[1]].created_us, at[0].partition.rows[at[1]].memory_id))
        records = window.records(rows[page.start : page.start + page.size])
    return [present.memory(version, content) for version, content in records], len(rows)


def history(engine: Engine, project: str, memory_id: str, branch_name: str = MAIN) -> list[present.Record]:
    """Return all that happened to a memory, as seen on a branch, oldest first."""
    with engine.store.read(project) as reader:
        versions = visible_chain(reader, _line(reader, branch_name), memory_id)
        contents = reader.contents({v.content_id for v in versions})
        rows = []
        old: str | None = None
        for version in versions:
            content = contents.get(version.content_id)
            new = content.text if content else None
            rows.append(present.change(version, (old, new), reader.commit_of(version.seq_from), content))
            old = None if version.state is State.DELETED else new
        return rows


def why(engine: Engine, project: str, memory_id: str, branch_name: str = MAIN) -> present.Record:
    """Return where a memory came from: the episodes, the quoted span of each, and the decisions taken.

    Raises:
        NotFoundError: there is no such memory.
    """
    with engine.store.read(project) as reader:
        versions = visible_chain(reader, _line(reader, branch_name), memory_id)
        if not versions:
            raise not_found(memory_id)
        last = versions[-1]
        sources = last.sources
        episodes = {e.id: e for e in reader.episodes(s.episode_id for s in sources)}
        contents = reader.contents([last.content_id, *(e.content_id for e in episodes.values())])
        cited = [
            _cited(source.start, source.end, episodes[source.episode_id], contents)
            for source in sources
            if source.episode_id in episodes
        ]
        decisions = [_decision(reader, version) for version in versions]
    text = contents[last.content_id].text if last.content_id in contents else None
    return {"id": memory_id, "memory": text, "verified": last.verified, "sources": cited, "decisions": decisions}


def _cited(start: int, end: int, episode: Any, contents: dict[str, Content]) -> present.Record:  # noqa: ANN401
    content = contents[episode.content_id]
    return {
        "episode_id": episode.id,
        "text": content.text,
        "quote": content.text[start:end],
        "span": [start, end],
        "role": content.role,
        "name": content.name,
        "said_at": to_iso(episode.said_us),
    }


def _decision(reader: Reader, version: Version) -> present.Record:
    commit = reader.commit_of(version.seq_from)
    return {
        "event": version.event,
        "state": version.state.value,
        "at": to_iso(commit.time_us),
        "operation_id": commit.op_id,
        "seq": version.seq_from,
        "supersedes": list(version.supersedes),
        "superseded_by": version.superseded_by,
    }


def visible_chain(reader: Reader, line: Sequence[tuple[int, int]], memory_id: str) -> list[Version]:
    """Return a memory's versions along a lineage, oldest first."""
    return [
        version
        for branch_id, at_seq in reversed(line)
        for version in reader.chain(branch_id, memory_id)
        if version.seq_from <= at_seq
    ]


def _line(reader: Reader, branch_name: str) -> list[tuple[int, int]]:
    branches = reader.branches()
    return lineage(branches, find_branch(branches, branch_name), reader.head().seq)


def not_found(memory_id: str) -> NotFoundError:
    """Return the error for a memory that isn't there."""
    return NotFoundError(f"Memory {memory_id!r} was not found.", remedy="List what there is with get_all.")
