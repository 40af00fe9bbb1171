"""Filters: one language, one evaluator, one meaning on every store.

    {"category": "travel"}                          equality
    {"rating": {"gte": 3, "ne": 5}}                 several operators of one field are ANDed
    {"tag": ["a", "b"]}                             a list means ``in``
    {"AND": [...]}, {"OR": [...]}, {"NOT": [...]}   nested as needed; NOT means none of them

Fields are metadata keys (dots descend into nested objects), the four ids, ``id``, ``categories``, ``kind``, ``role``,
``name``, and the times ``created_at``, ``updated_at``, ``said_at``, ``valid_from``, ``valid_to``, ``expires_at``.
A field that is missing satisfies no operator, ``ne`` and ``nin`` included; ``NOT`` of a condition on it holds.
Texts that begin like an ISO date are ordered as times. ``"*"`` as a metadata value asks that the field is there; as
an id it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ramet.kernel.clock import parse_time
from ramet.kernel.errors import ValidationError
from ramet.kernel.scope import ID_NAMES, parse_id

Getter = Callable[[str], Any]
Predicate = Callable[[Getter], bool]

TIME_FIELDS: Final = ("created_at", "updated_at", "said_at", "valid_from", "valid_to", "expires_at")
MAX_DEPTH: Final = 16  # deeper is a mistake or an attack on the stack
MAX_CONDITIONS: Final = 1000
MISSING: Final = object()

_ISO_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter: the predicate, and the ids given at its top, which make or narrow a scope.

    ``is_empty``: nothing is asked for but those ids.
    """

    matches: Predicate
    ids: Mapping[str, str]
    is_empty: bool = False


def parse(spec: object) -> Filter:
    """Read a filter.

    Raises:
        ValidationError: it isn't of the language above (``VALIDATION_006``), or an id in it is malformed.
    """
    if spec is None:
        return Filter(lambda _: True, {}, is_empty=True)
    parser = _Parser()
    predicate = parser.group(spec, depth=0)
    return Filter(predicate, parser.ids, is_empty=parser.asks_only_ids(spec))


class _Parser:
    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self._conditions = 0

    def asks_only_ids(self, spec: object) -> bool:
        """Tell whether nothing is asked for but ids that make a scope."""
        return isinstance(spec, Mapping) and not set(spec) - set(self.ids)

    def group(self, spec: object, depth: int) -> Predicate:
        """Parse one object, all of whose entries must hold."""
        if not isinstance(spec, Mapping):
            raise _bad(f"a filter is an object, not {type(spec).__name__}: {spec!r:.80}")
        if depth > MAX_DEPTH:
            raise _bad(f"nested deeper than {MAX_DEPTH}")
        return _all([self._entry(key, value, depth) for key, value in spec.items()])

    def _entry(self, key: object, value: object, depth: int) -> Predicate:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise _bad(f"more than {MAX_CONDITIONS} conditions")
        if not isinstance(key, str) or not key:
            raise _bad(f"a field's name is text, not {key!r}")
        name = key.removeprefix("$").upper()
        if name in _LOGIC:
            return self._logic(name, value, depth)
        if key.startswith("$"):
            raise _bad(f"unknown operator {key!r}")
        return self._field(key, value, depth)

    def _logic(self, name: str, value: object, depth: int) -> Predicate:
        if not isinstance(value, list | tuple) or (not value and name != "AND"):
            raise _bad(f"{name} takes a list of at least one filter")
        return _LOGIC[name]([self.group(item, depth + 1) for item in value])

    def _field(self, key: str, value: object, depth: int) -> Predicate:
        if key in ID_NAMES:
            value = _id_value(key, value)
            if depth == 0 and isinstance(value, str):
                self.ids[key] = value
        if isinstance(value, Mapping):
            return _operators(key, value)
        if isinstance(value, list | tuple):
            return _operators(key, {"in": value})
        if value == "*":
            return lambda get: get(key) is not MISSING
        return _operators(key, {"eq": value})


def _operators(key: str, operators: Mapping[object, object]) -> Predicate:
    if not operators:
        raise _bad(f"no operator for {key!r}")
    return _all([_operator(key, str(name), value) for name, value in operators.items()])


def _operator(key: str, name: str, value: object) -> Predicate:
    if name not in (*_COMPARE, *_LISTED):
        raise _bad(f"unknown operator {name!r} for {key!r}; known are {', '.join((*_COMPARE, *_LISTED))}")
    if name in _LISTED and not isinstance(value, list | tuple):
        raise _bad(f"{name!r} for {key!r} takes a list")
    if key not in TIME_FIELDS and not all(map(_is_json, value if isinstance(value, list | tuple) else [value])):
        raise _bad(f"{name!r} for {key!r} compares with JSON values, not {value!r:.80}")
    if name in ("contains", "icontains") and not isinstance(value, str | int | float):
        raise _bad(f"{name!r} for {key!r} takes text or a number")
    wanted: Any = _as_time(key, value) if key in TIME_FIELDS else value
    if name in _LISTED:
        among, expected = _among(wanted), name == "in"
        return lambda get: (have := get(key)) is not MISSING and among(have) is expected
    compare = _COMPARE[name]
    return lambda get: (have := get(key)) is not MISSING and compare(have, wanted)


def _is_json(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | list | tuple | Mapping)


def _as_time(key: str, value: object) -> object:
    if isinstance(value, list | tuple):
        return [parse_time(item, key) for item in value]
    return parse_time(value, key)


def _id_value(key: str, value: object) -> object:
    """Normalise the ids inside a condition, refusing what a scope refuses."""
    if value is None:
        raise _bad(f"{key} is None; leave it out to ask for any, or give an id")
    if isinstance(value, Mapping):
        return {name: _id_operand(key, item) for name, item in value.items()}
    return _id_operand(key, value)


def _id_operand(key: str, value: object) -> object:
    return [parse_id(key, item) for item in value] if isinstance(value, list | tuple) else parse_id(key, value)


def _all(predicates: list[Predicate]) -> Predicate:
    if len(predicates) == 1:
        return predicates[0]
    return lambda get: all(holds(get) for holds in predicates)


def _any(predicates: list[Predicate]) -> Predicate:
    return lambda get: any(holds(get) for holds in predicates)


def _none(predicates: list[Predicate]) -> Predicate:
    return lambda get: not any(holds(get) for holds in predicates)


def _same(have: Any, want: Any) -> bool:  # noqa: ANN401 - JSON values
    """Compare as JSON does: 1 equals 1.0, and neither equals true."""
    if isinstance(have, bool) or isinstance(want, bool):
        return have is want
    return bool(have == want)


def _equal(have: Any, want: Any) -> bool:  # noqa: ANN401 - JSON values
    return _same(have, want) or (isinstance(have, list) and any(_same(item, want) for item in have))


def _among(values: Sequence[Any]) -> Callable[[Any], bool]:
    """Return the test for being one of some values, or a list that has one of them; as fast for many as for few."""
    plain = frozenset(value for value in values if type(value) in _PLAIN)
    rest = [value for value in values if type(value) not in _PLAIN]

    def one(have: Any) -> bool:  # noqa: ANN401 - JSON values
        return (type(have) in _PLAIN and have in plain) or any(_same(have, value) for value in rest)

    return lambda have: one(have) or (isinstance(have, list) and any(map(one, have)))


def _order(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(have: Any, want: Any) -> bool:  # noqa: ANN401 - JSON values
        if not _comparable(have, want):
            return False
        times = (_time_of(have), _time_of(want))
        return test(have, want) if None in times else test(*times)

    return compare


def _time_of(value: object) -> int | None:
    if not isinstance(value, str) or not _ISO_DATE.match(value):
        return None
    try:
        return parse_time(value, "date")
    except ValidationError:
        return None


def _comparable(have: object, want: object) -> bool:
    if isinstance(have, bool) or isinstance(want, bool):
        return False
    numbers = isinstance(have, int | float) and isinstance(want, int | float)
    return numbers or (isinstance(have, str) and isinstance(want, str))


def _contains(have: Any, want: Any) -> bool:  # noqa: ANN401 - JSON values
    if isinstance(have, str):
        return str(want) in have
    return isinstance(have, list) and any(_same(item, want) for item in have)


def _icontains(have: Any, want: Any) -> bool:  # noqa: ANN401 - JSON values
    folded = str(want).casefold()
    if isinstance(have, str):
        return folded in have.casefold()
    return isinstance(have, list) and any(str(item).casefold() == folded for item in have)


def _bad(why: str) -> ValidationError:
    return ValidationError(
        f"The filter can't be read: {why}.",
        code="VALIDATION_006",
        remedy='Give e.g. {"category": "travel"}, {"rating": {"gte": 3}} or {"OR": [{...}, {...}]}.',
    )


_LOGIC: Final[dict[str, Callable[[list[Predicate]], Predicate]]] = {"AND": _all, "OR": _any, "NOT": _none}
_LISTED: Final = ("in", "nin")
_PLAIN: Final = frozenset({str, int, float})  # of one hash when they are equal, as JSON compares them
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": _equal,
    "ne": lambda have, want: not _equal(have, want),
    "gt": _order(lambda have, want: have > want),
    "gte": _order(lambda have, want: have >= want),
    "lt": _order(lambda have, want: have < want),
    "lte": _order(lambda have, want: have <= want),
    "contains": _contains,
    "icontains": _icontains,
}
