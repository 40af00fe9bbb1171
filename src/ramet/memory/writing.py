"""Adding: keep what was said, extract, reconcile, commit. One operation, one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ramet.kernel.clock import FOREVER_US
from ramet.kernel.errors import ConflictError
from ramet.kernel.ids import new_id
from ramet.kernel.journal import Operation, OpKind
from ramet.kernel.scope import Scope
from ramet.memory import present
from ramet.memory.engine import Conditions, Engine, Window, find_branch, open_window
from ramet.memory.index import key_of, slot_key_of
from ramet.memory.model import (
    MAIN,
    Branch,
    Content,
    Episode,
    Fact,
    MemoryKind,
    Source,
    State,
    Utterance,
    Version,
)
from ramet.memory.partitions import Part
from ramet.memory.ports import Change, IndexRow, Reader, Writer
from ramet.memory.procedure import procedure
from ramet.memory.reconcile import Candidate, Decision, Event, Known, reconcile, slots_ended_by

_NEIGHBOURS = 10  # near memories that a fact is compared with, besides those of the same text or slot
_NEAR_COSINE = 0.5


@dataclass(frozen=True, slots=True)
class AddOptions:
    """What goes with the messages of one ``add``."""

    metadata: Mapping[str, Any] = field(default_factory=dict)
    said_us: int = 0
    expires_us: int = FOREVER_US
    branch: str = MAIN
    principal: str = "local"
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was drawn from the messages, and what that cost."""

    facts: Sequence[Fact]
    usage: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """Messages as they are kept: the episodes, and their contents where no memory shares them."""

    scope: Scope
    episodes: Sequence[Episode]
    contents: Sequence[Content]


@dataclass(frozen=True, slots=True)
class Draft:
    """A memory to be: its first version, its content and the content's index row."""

    version: Version
    content: Content
    index_row: IndexRow


def add_verbatim(engine: Engine, scope: Scope, utterances: Sequence[Utterance], options: AddOptions) -> present.Record:
    """Store each message as one memory and one episode that share a content. System messages are left out."""
    said = [u for u in utterances if u.role != "system" and (u.text or u.images)]
    contents = [Content(new_id(), u.text, u.role, u.name, options.metadata, images=u.images) for u in said]
    episodes = [Episode(new_id(), c.id, scope, u.said_us) for c, u in zip(contents, said, strict=True)]
    rows = engine.encoder.rows(contents)
    now = engine.clock()
    drafts = [
        Draft(_first_version(scope, c, now, options).evolve(sources=(Source(e.id, 0, len(c.text)),)), c, row)
        for c, e, row in zip(contents, episodes, rows, strict=True)
    ]
    return _commit(engine, Said(scope, episodes, ()), options, lambda _: (drafts, []))


def add_procedure(engine: Engine, scope: Scope, utterances: Sequence[Utterance], options: AddOptions) -> present.Record:
    """Store an agent's run as one numbered record of its actions and results."""
    said = _said(scope, utterances, options)
    content = Content(new_id(), procedure(utterances), metadata=options.metadata)
    (row,) = engine.encoder.rows([content])
    version = _first_version(scope, content, engine.clock(), options)
    sources = tuple(Source(e.id, 0, len(c.text)) for e, c in zip(said.episodes, said.contents, strict=True))
    draft = Draft(version.evolve(kind=MemoryKind.PROCEDURE, sources=sources), content, row)
    return _commit(engine, said, options, lambda _: ([draft], []))


def add_inferred(
    engine: Engine, scope: Scope, utterances: Sequence[Utterance], options: AddOptions, extracted: Extracted
) -> present.Record:
    """Store the messages as episodes, and what was extracted from them as far as it adds to what is known.

    Reconciliation runs inside the transaction, so that concurrent adds of one statement make one memory.
    """
    found = extracted.facts
    said = _said(scope, utterances, options)
    contents = [_content_of(fact, utterances, options) for fact in found]
    rows = engine.encoder.rows(contents)
    now = engine.clock()
    drafts = [
        _draft_of(fact, (content, row), said.episodes[fact.utterance], now, options)
        for fact, content, row in zip(found, contents, rows, strict=True)
    ]

    def decide(writer: Writer) -> tuple[list[Draft], list[Version]]:
        if not drafts:
            return [], []
        window = open_window(engine, writer, scope, options.branch)
        return _reconciled(window, drafts, found, now)

    return _commit(engine, said, options, decide, extracted.usage)


def _commit(
    engine: Engine,
    said: Said,
    options: AddOptions,
    decide: Callable[[Writer], tuple[list[Draft], list[Version]]],
    usage: Mapping[str, Any] | None = None,
) -> present.Record:
    """Write one add. A repeated idempotency key writes nothing and returns what the first call returned."""
    with engine.store.write(said.scope.project) as writer:
        branch = find_branch(writer.branches(), options.branch)
        repeated = _repeated(writer, said.scope, branch, options.idempotency_key)
        if repeated is not None:
            return repeated
        drafts, closed = decide(writer)
        op = writer.append(
            OpKind.ADD,
            Change(episodes=said.episodes, versions=[*closed, *(d.version for d in drafts)]),
            branch_id=branch.id,
            principal=options.principal,
            contents=[*said.contents, *(d.content for d in drafts)],
            index_rows=[d.index_row for d in drafts],
            idempotency_key=options.idempotency_key,
        )
        results = _results(writer, drafts, closed)
        writer.commit()
    return _added(op, results, [d.content for d in drafts], usage)


def _results(reader: Reader, drafts: Sequence[Draft], closed: Sequence[Version]) -> list[present.Record]:
    previous = {}
    if closed:
        texts = reader.contents(v.content_id for v in closed)
        previous = {v.memory_id: texts[v.content_id] for v in closed}
    rows = []
    for draft in drafts:
        replaced = draft.version.supersedes
        rows.append(
            present.written(draft.version, draft.content, previous=previous[replaced[0]].text if replaced else None)
        )
    ended = [v for v in closed if v.superseded_by is None]
    return rows + [present.written(v, previous[v.memory_id]) for v in ended]


def _added(
    op: Operation, results: list[present.Record], contents: Sequence[Content], usage: Mapping[str, Any] | None
) -> present.Record:
    relations = [
        {"source": r.source, "relationship": r.type, "destination": r.target} for c in contents for r in c.relations
    ]
    return {
        "results": results,
        "relations": relations,
        "operation_id": op.op_id,
        "usage": {"llm_calls": 0, "embedded_texts": len(contents), **(usage or {})},
    }


def _repeated(reader: Reader, scope: Scope, branch: Branch, idempotency_key: str | None) -> present.Record | None:
    found = reader.operation_by_key(idempotency_key) if idempotency_key else None
    if found is None:
        return None
    op, change = found
    if op.branch_id != branch.id or any(episode.scope != scope for episode in change.episodes):
        raise ConflictError(
            "The idempotency key was used before, for another scope or branch, or for what was erased since.",
            remedy="Make a key for each request.",
        )
    contents = reader.contents(v.content_id for v in change.versions)
    results = [
        present.written(v, contents[v.content_id])
        for v in change.versions
        if v.content_id in contents and v.superseded_by is None
    ]
    return _added(op, results, [], None)


def _said(scope: Scope, utterances: Sequence[Utterance], options: AddOptions) -> Said:
    contents = [Content(new_id(), u.text, u.role, u.name, options.metadata, images=u.images) for u in utterances]
    episodes = [Episode(new_id(), c.id, scope, u.said_us) for c, u in zip(contents, utterances, strict=True)]
    return Said(scope, episodes, contents)


def _content_of(fact: Fact, utterances: Sequence[Utterance], options: AddOptions) -> Content:
    return Content(
        id=new_id(),
        text=fact.text,
        name=utterances[fact.utterance].name,
        metadata=options.metadata,
        entities=fact.entities,
        relations=fact.relations,
        slot=fact.slot,
    )


def _draft_of(fact: Fact, made: tuple[Content, IndexRow], episode: Episode, now: int, options: AddOptions) -> Draft:
    content, row = made
    version = _first_version(episode.scope, content, now, options).evolve(
        kind=fact.kind, sources=(Source(episode.id, *fact.span),), verified=fact.verified
    )
    if fact.valid_from_us is not None:
        version = version.evolve(valid_from_us=fact.valid_from_us)
    if fact.valid_to_us is not None:
        version = version.evolve(valid_to_us=fact.valid_to_us)
    return Draft(version, content, row)


def _first_version(scope: Scope, content: Content, now: int, options: AddOptions) -> Version:
    return Version(
        memory_id=new_id(),
        content_id=content.id,
        scope=scope,
        kind=MemoryKind.FACT,
        state=State.ACTIVE,
        created_us=now,
        updated_us=now,
        said_us=options.said_us,
        valid_from_us=options.said_us,
        expires_us=options.expires_us,
    )


def _reconciled(
    window: Window, drafts: Sequence[Draft], facts: Sequence[Fact], now: int
) -> tuple[list[Draft], list[Version]]:
    """Decide what each fact does to what is known; return the drafts to keep and the versions that end others."""
    neighbourhood = Neighbourhood(window, now)
    candidates = [neighbourhood.candidate(d, fact) for d, fact in zip(drafts, facts, strict=True)]
    decisions = reconcile(candidates, neighbourhood.known())
    return applied(decisions, drafts, neighbourhood.version, now)


def applied(
    decisions: Sequence[Decision], drafts: Sequence[Draft], version_of: Callable[[str], Version], now: int
) -> tuple[list[Draft], list[Version]]:
    """Turn decisions into the drafts to keep and the new versions of what they end."""
    kept: dict[int, Draft] = {}
    closed: dict[str, Version] = {}
    for decision in decisions:
        draft = drafts[decision.fact]
        if decision.event is Event.NONE and not _said_elsewhere(decision, draft, version_of):
            continue
        successor = None
        if decision.event is not Event.DELETE:
            kept[decision.fact] = _placed(draft, decision, version_of)
            successor = draft.version.memory_id
        for memory_id in () if decision.event is Event.NONE else decision.targets:
            closed[memory_id] = _ended(version_of(memory_id), draft.version.valid_from_us, successor, now)
    for decision in decisions:
        newer = kept.get(-1 if decision.superseded_by_fact is None else decision.superseded_by_fact)
        if newer is not None and decision.fact in kept:
            kept[decision.fact] = _overtaken(kept[decision.fact], newer.version)
    return list(kept.values()), list(closed.values())


def _said_elsewhere(decision: Decision, draft: Draft, version_of: Callable[[str], Version]) -> bool:
    """Tell whether what makes a fact no news is of another run, where a search in this one would not find it."""
    return any(version_of(memory_id).scope != draft.version.scope for memory_id in decision.targets)


def _placed(draft: Draft, decision: Decision, version_of: Callable[[str], Version]) -> Draft:
    if decision.superseded_by is not None:
        return _overtaken(draft, version_of(decision.superseded_by))
    if decision.targets and decision.event is not Event.NONE:
        return replace(draft, version=draft.version.evolve(supersedes=tuple(decision.targets), event="UPDATE"))
    return draft


def _overtaken(draft: Draft, newer: Version) -> Draft:
    version = draft.version.evolve(
        state=State.SUPERSEDED,
        superseded_by=newer.memory_id,
        valid_to_us=max(newer.valid_from_us, draft.version.valid_from_us),
    )
    return replace(draft, version=version)


def _ended(version: Version, at_us: int, successor: str | None, now: int) -> Version:
    return version.evolve(
        state=State.SUPERSEDED,
        valid_to_us=max(version.valid_from_us, at_us),
        superseded_by=successor,
        updated_us=now,
        event="SUPERSEDE" if successor else "DELETE",
    )


class Neighbourhood:
    """What is known near some facts: same text, same slot, or close in meaning. Reads the whole visible scope.

    What holds in a slot is looked for in all runs of whoever is spoken of: someone who moves house in one conversation
    no longer lives where another one says. Duplicates are a matter of one scope.
    """

    def __init__(self, window: Window, now: int) -> None:
        self._window = window
        self._masks = window.masks(Conditions(now_us=now))
        scope = replace(window.scope, run_id=None)
        all_runs = replace(window, scope=scope) if any(scope.ids) else window
        self._masks_of_all_runs = all_runs.masks(Conditions(now_us=now))
        self._found: dict[str, tuple[Part, int]] = {}

    def candidate(self, draft: Draft, fact: Fact) -> Candidate:
        """Look around one fact."""
        slots = [slot_key_of(slot) for slot in slots_ended_by(fact.slot)] if fact.slot else []
        masks = zip(self._window.parts, self._masks, self._masks_of_all_runs, strict=True)
        for part, mask, mask_of_all_runs in masks:
            self._note(part, mask, part.partition.rows_by_text.get(key_of(fact.text), ()))
            for slot in slots:
                self._note(part, mask_of_all_runs, part.partition.rows_by_slot.get(slot, ()))
        vector = np.frombuffer(draft.index_row.vector, np.int8).astype(np.float32)
        length = float(np.sqrt(vector @ vector)) or 1.0
        return Candidate(fact, self._similar(vector / np.float32(length)), draft.version.said_us)

    def known(self) -> list[Known]:
        """Return all that was found near any of the facts."""
        records = self._window.records(list(self._found.values()))
        return [Known(v.memory_id, c.text, c.slot, v.kind, v.valid_from_us) for v, c in records]

    def version(self, memory_id: str) -> Version:
        """Return the version that a decision targets."""
        part, row = self._found[memory_id]
        return part.partition.version(row)

    def _similar(self, vector: NDArray[np.float32]) -> list[tuple[str, float]]:
        similar: list[tuple[str, float]] = []
        for part, mask in zip(self._window.parts, self._masks, strict=True):
            cosines = np.where(mask, part.columns.vectors @ vector, -1.0)
            near = np.flatnonzero(cosines >= _NEAR_COSINE)
            if len(near) > _NEIGHBOURS:
                near = near[np.argpartition(-cosines[near], _NEIGHBOURS)[:_NEIGHBOURS]]
            self._note(part, mask, near.tolist())
            similar += [(part.partition.rows[row].memory_id, float(cosines[row])) for row in near.tolist()]
        return similar

    def _note(self, part: Part, mask: NDArray[np.bool_], rows: Sequence[int]) -> None:
        for row in rows:
            if row < len(mask) and mask[row]:
                self._found[part.partition.rows[row].memory_id] = (part, row)
