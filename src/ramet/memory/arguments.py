"""Reading the arguments that several of memory's methods share."""

from __future__ import annotations

from typing import Final

from ramet.kernel.clock import parse_time
from ramet.kernel.errors import ConfigurationError, ValidationError
from ramet.kernel.scope import ID_NAMES, Scope, parse_id, parse_scope
from ramet.memory import filters, inputs
from ramet.memory.engine import Conditions, Engine
from ramet.memory.reading import Page

DEFAULT_TOP_K: Final = 20
DEFAULT_PAGE_SIZE: Final = 100
_MAX_PAGE: Final = 10_000_000
_MEMORY_TYPES: Final = (inputs.PROCEDURAL,)


def scope_and_filter(project: str, ids: tuple[object, ...], spec: object) -> tuple[Scope, filters.Filter]:
    """Return the scope that ids make, given as arguments or at the top of a filter, and the filter.

    Raises:
        ValidationError: none is given, or one is given twice with different values.
    """
    parsed = filters.parse(spec)
    given = {name: parse_id(name, value) for name, value in zip(ID_NAMES, ids, strict=True)}
    for name, value in parsed.ids.items():
        if given[name] not in (None, value):
            raise ValidationError(f"{name} is {given[name]!r} and {value!r} in filters.", remedy="Give it once.")
        given[name] = value
    return parse_scope(project, **given), parsed


def conditions(
    engine: Engine, wanted: filters.Filter, as_of: object = None, *, superseded: bool = False, expired: bool = False
) -> Conditions:
    """Return which memories are asked for."""
    return Conditions(wanted, time_of(as_of, "as_of"), engine.clock(), superseded, expired)


def top_k_of(engine: Engine, top_k: int | None, limit: int | None) -> int:
    """Return how many results are asked for, under either name."""
    if top_k is not None and limit is not None and top_k != limit:
        raise ValidationError("top_k and limit are two names for one thing.", remedy="Give one of them.")
    wanted = top_k if top_k is not None else limit
    return inputs.read_count(DEFAULT_TOP_K if wanted is None else wanted, "top_k", engine.limits.top_k)


def page_of(engine: Engine, number: int | None, size: int | None) -> Page:
    """Return the page of a number, counted from 1."""
    size = inputs.read_count(DEFAULT_PAGE_SIZE if size is None else size, "page_size", engine.limits.top_k)
    number = inputs.read_count(1 if number is None else number, "page", _MAX_PAGE)
    if number < 1:
        raise ValidationError("page counts from 1.", code="VALIDATION_009", remedy="Ask for page 1.")
    return Page((number - 1) * size, size)


def time_of(value: object, name: str) -> int | None:
    """Read a point in time, or ``None``."""
    return None if value is None else parse_time(value, name)


def check_rerank(*, asked: bool) -> None:
    """Refuse to rerank, which takes a model that can't be configured yet."""
    if asked:
        raise ConfigurationError("There is no reranking model to ask.", remedy="Leave rerank out.")


def check_memory_type(memory_type: str | None, scope: Scope) -> None:
    """Refuse a memory type that isn't known, or that misses what it needs."""
    if memory_type is None:
        return
    if memory_type not in _MEMORY_TYPES:
        raise ValidationError(
            f"memory_type is {memory_type!r:.80}.",
            code="VALIDATION_002",
            remedy=f"It takes {inputs.PROCEDURAL!r} or None.",
        )
    if scope.agent_id is None:
        raise ValidationError("A procedural memory needs agent_id.", code="VALIDATION_002", remedy="Give agent_id.")
