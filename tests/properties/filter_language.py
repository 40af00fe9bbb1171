"""The filter language a second time, written from its description alone: values, filters, and what they mean."""

import re
from datetime import UTC, datetime

from hypothesis import strategies as st

IDS = ("user_id", "agent_id", "run_id", "app_id")
ABSENT = object()

VALUES = (-1, 0, 1, 2, 0.5, 1.0, True, False, "", "a", "A", "abc", "ß", "SS", "1", "é", "e\u0301", "*?%_'\"--",
          "2026-01-02", "2026-01-02T00:00:00Z", "2026-01-02T03:00:00+03:00", "2026-13-45", "2025-12-31x")  # fmt: skip
SCALARS = st.sampled_from(VALUES)
CORPUS = [
    *({"a": value, "b": VALUES[n - 1]} for n, value in enumerate(VALUES)),
    *({"a": [value, VALUES[n - 1]], "a.b": value} for n, value in enumerate(VALUES)),
    *({"k": {"x": value, "b": VALUES[n - 2]}, "a": {"b": value}} for n, value in enumerate(VALUES)),
    {"a": []},
    {},
]
METADATA = st.dictionaries(
    st.sampled_from(["a", "b", "k", "a.b", "kind"]),
    st.one_of(
        SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(st.sampled_from(["b", "x"]), SCALARS, max_size=2)
    ),
    max_size=4,
)
ID_VALUES = st.sampled_from(
    ["u", "U", "u2", "0", "null", "a'b", 'x"--', "%", "_", "u;drop", "é", "e\u0301", "u.v", "NOT"]
)
TIMES = st.sampled_from(["2026-01-01T00:00:03Z", "2026-01-01T00:00:20+00:00", "2026-01-01", "2027-05-05", 1767225620])

_FIELDS = st.sampled_from(["a", "a", "a", "b", "k.x", "k.b", "a.b", "role", "name", "missing"])
_TIME_FIELDS = st.sampled_from(["created_at", "said_at", "valid_from", "updated_at"])
_SINGLE = st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"])
_TEXT = st.one_of(st.sampled_from(["a", "B", "ss", "1", ""]), st.integers(0, 3))


def _operators(values):
    return st.one_of(
        values,
        st.lists(values, max_size=3),
        st.dictionaries(_SINGLE, values, min_size=1, max_size=2),
        st.dictionaries(st.sampled_from(["in", "nin"]), st.lists(values, max_size=3), min_size=1, max_size=2),
    )


CONDITIONS = st.one_of(
    st.tuples(_FIELDS, _operators(SCALARS)),
    st.tuples(_FIELDS, st.dictionaries(_SINGLE, SCALARS, min_size=1, max_size=1)),
    st.tuples(_FIELDS, st.just("*")),
    st.tuples(_FIELDS, st.dictionaries(st.sampled_from(["contains", "icontains"]), _TEXT, min_size=1)),
    st.tuples(_TIME_FIELDS, _operators(TIMES)),
    st.tuples(st.sampled_from(IDS), _operators(ID_VALUES)),
)
LEAVES = st.lists(CONDITIONS, min_size=1, max_size=2).map(dict)
LOGIC = st.sampled_from(["AND", "OR", "NOT", "$and", "$or", "$not", "or"])


def _nested(children):
    groups = st.tuples(LOGIC, st.lists(children, min_size=1, max_size=3)).map(lambda pair: dict([pair]))
    return st.one_of(groups, st.tuples(groups, LEAVES).map(lambda both: both[0] | both[1]))


SIMPLE = CONDITIONS.map(lambda condition: dict([condition]))
FILTERS = SIMPLE | SIMPLE | st.recursive(LEAVES, _nested, max_leaves=6)


def holds(spec, row):
    """Tell whether a memory's record satisfies a filter."""
    return all(_entry(key, value, row) for key, value in spec.items())


def _entry(key, value, row):
    logic = key.lstrip("$").upper()
    if logic in ("AND", "OR", "NOT"):
        found = [holds(part, row) for part in value]
        return {"AND": all(found), "OR": any(found), "NOT": not any(found)}[logic]
    have = _value(key, row)
    if have is ABSENT:
        return False
    if value == "*":
        return True
    if isinstance(value, list):
        value = {"in": value}
    if not isinstance(value, dict):
        value = {"eq": value}
    return all(_compare(key, operator, have, want) for operator, want in value.items())


def _value(key, row):
    if key in (*IDS, "role", "name") or key.endswith(("_at", "_from")):
        return row.get("actor_id" if key == "name" else key, ABSENT)
    found = row["metadata"] or {}
    if key in found:
        return found[key]
    first, _, rest = key.partition(".")
    return found[first][rest] if rest and isinstance(found.get(first), dict) and rest in found[first] else ABSENT


def _compare(key, operator, have, want):
    if key.endswith(("_at", "_from")):
        have, want = _moment(have), [_moment(w) for w in want] if isinstance(want, list) else _moment(want)
    match operator:
        case "eq" | "ne":
            return _equal(have, want) == (operator == "eq")
        case "in" | "nin":
            return any(_equal(have, item) for item in want) == (operator == "in")
        case "contains":
            return str(want) in have if isinstance(have, str) else isinstance(have, list) and _equal(have, want)
        case "icontains":
            folded = str(want).casefold()
            if isinstance(have, str):
                return folded in have.casefold()
            return isinstance(have, list) and folded in [str(item).casefold() for item in have]
    return _ordered(operator, have, want)


def _equal(have, want):
    if isinstance(have, list) and not isinstance(want, list):
        return any(_equal(item, want) for item in have)
    if isinstance(have, bool) != isinstance(want, bool):
        return False
    return have == want


def _ordered(operator, have, want):
    kinds = [next((k for k in (bool, str, datetime) if isinstance(x, k)), type(x)) for x in (have, want)]
    numbers = all(kind in (int, float) for kind in kinds)
    if not numbers and (kinds[0] is not kinds[1] or kinds[0] not in (str, datetime)):
        return False
    if kinds == [str, str] and None not in (moments := [_dated(have), _dated(want)]):
        have, want = moments
    return {"gt": have > want, "gte": have >= want, "lt": have < want, "lte": have <= want}[operator]


def _dated(text):
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return _moment(text)
    except ValueError:
        return None


def _moment(value):
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC)
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
