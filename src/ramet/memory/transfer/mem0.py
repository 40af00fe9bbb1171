"""Taking over what mem0 (2.x) has stored: its points and its history become an export, and that is imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from ramet.kernel.clock import FOREVER_US, parse_time
from ramet.kernel.errors import LimitError, ValidationError
from ramet.kernel.scope import Scope, parse_scope
from ramet.memory import inputs
from ramet.memory.changing import Place
from ramet.memory.engine import Engine
from ramet.memory.limits import Limits
from ramet.memory.model import Content, MemoryKind, State, Version
from ramet.memory.transfer import form
from ramet.memory.transfer.import_ import Report, import_

_IDS: Final = ("user_id", "agent_id", "run_id")
_OWN: Final = frozenset(
    (*_IDS, "data", "hash", "created_at", "updated_at", "text_lemmatized", "actor_id", "role", "expiration_date")
)
_STATED: Final = frozenset({"ADD", "UPDATE"})


@dataclass(frozen=True, slots=True)
class Mem0Point:
    """A point of mem0's collection: one memory as it is now."""

    id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mem0Event:
    """A row of mem0's history, of ``event`` ADD, UPDATE or DELETE; times are ISO 8601."""

    memory_id: str
    event: str
    new_memory: str | None
    created_at: str | None
    updated_at: str | None
    actor_id: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Mem0Data:
    """All that a mem0 store holds; events in the order in which they were written."""

    points: Sequence[Mem0Point]
    events: Sequence[Mem0Event] = field(default=())


def import_mem0(engine: Engine, place: Place, data: Mem0Data) -> Report:
    """Bring in a mem0 store: ids, texts, times, metadata, actors, expiry and history are kept; vectors are made anew.

    What mem0 deleted is counted and left out: its history does not say whose it was. Doing it twice changes nothing.

    Returns:
        As ``import_``, and under ``deleted`` how many memories were left out.

    Raises:
        ValidationError: a memory can't be taken over; the message names it, and nothing was written.
    """
    histories: dict[str, list[Mem0Event]] = {}
    for event in data.events:
        histories.setdefault(event.memory_id, []).append(event)
    now_us = engine.clock()
    chains = (_chain(p, histories.get(p.id, ()), place.project, engine.limits, now_us) for p in data.points)
    report = import_(engine, place, form.ended(_lines(chains)))
    return {**report, "deleted": len(histories.keys() - {p.id for p in data.points})}


Chain = list[tuple[Version, Content]]


def _lines(chains: Iterable[Chain]) -> Iterator[str]:
    yield form.header_line("mem0")
    refs: dict[Scope, int] = {}
    for chain in chains:
        scope = chain[0][0].scope
        if scope not in refs:
            refs[scope] = len(refs) + 1
            yield form.scope_line(form.ScopeLine(refs[scope], scope))
        yield from (form.content_line(form.ContentLine(content, indexed=True)) for _, content in chain)
        yield from (form.version_line(version, refs[scope]) for version, _ in chain)


def _chain(point: Mem0Point, events: Iterable[Mem0Event], project: str, limits: Limits, now_us: int) -> Chain:
    """Return a memory's versions, oldest first; only the last has metadata, for mem0 keeps no older ones."""
    try:
        scope = parse_scope(project, **{name: point.payload.get(name) for name in _IDS})
        return [
            (_version(point, scope, n, statement), _content(point, n, statement, limits))
            for n, statement in enumerate(_statements(point, events, now_us))
        ]
    except (ValidationError, LimitError) as error:
        raise ValidationError(
            f"Memory {point.id} of mem0 can't be taken over: {error.message}",
            code="VALIDATION_012",
            remedy=error.remedy,
        ) from error


@dataclass(frozen=True, slots=True)
class _Statement:
    text: str
    created_us: int
    updated_us: int
    name: str | None
    role: str | None
    is_last: bool = False


def _statements(point: Mem0Point, events: Iterable[Mem0Event], now_us: int) -> list[_Statement]:
    payload = point.payload
    text = payload.get("data")
    if not isinstance(text, str):
        raise ValidationError(f"its text is {text!r:.40}.")
    told = [e for e in events if e.event in _STATED and e.new_memory is not None]
    created_us = _first_time(now_us, payload.get("created_at"), *(e.created_at for e in told[:1]))
    former = [
        _Statement(
            e.new_memory or "", created_us, _first_time(created_us, e.updated_at, e.created_at), e.actor_id, e.role
        )
        for e in told
    ]
    if former and former[-1].text == text:
        former.pop()
    updated_us = _first_time(created_us, payload.get("updated_at"))
    last = _Statement(text, created_us, updated_us, payload.get("actor_id"), payload.get("role"), is_last=True)
    return [*former, last]


def _first_time(default_us: int, *values: object) -> int:
    return next((parse_time(value, "a time") for value in values if value is not None), default_us)


def _version(point: Mem0Point, scope: Scope, n: int, statement: _Statement) -> Version:
    procedural = point.payload.get("memory_type") == inputs.PROCEDURAL
    return Version(
        memory_id=point.id,
        content_id=_content_id(point, n),
        scope=scope,
        kind=MemoryKind.PROCEDURE if procedural else MemoryKind.FACT,
        state=State.ACTIVE,
        created_us=statement.created_us,
        updated_us=statement.updated_us,
        said_us=statement.created_us,
        valid_from_us=statement.created_us,
        expires_us=inputs.read_expiration(point.payload.get("expiration_date")) if statement.is_last else FOREVER_US,
        event="UPDATE" if n else "ADD",
    )


def _content(point: Mem0Point, n: int, statement: _Statement, limits: Limits) -> Content:
    others = {name: value for name, value in point.payload.items() if name not in _OWN} if statement.is_last else {}
    return Content(
        id=_content_id(point, n),
        text=statement.text,
        role=statement.role or None,
        name=statement.name or None,
        metadata=inputs.read_metadata(others, limits),
    )


def _content_id(point: Mem0Point, n: int) -> str:
    return str(uuid5(NAMESPACE_OID, f"mem0:{point.id}:{n}"))
