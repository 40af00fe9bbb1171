"""Filters mean the same on every store and through every door, and mean what their description says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramet.kernel.errors import ValidationError
from tests.properties.filter_language import CORPUS, FILTERS, ID_VALUES, IDS, METADATA, holds
from tests.properties.world import KINDS

ROWS = st.lists(
    st.tuples(
        METADATA, st.dictionaries(st.sampled_from(IDS[1:]), ID_VALUES, max_size=2), st.sampled_from([None, "Ann"])
    ),
    min_size=1,
    max_size=4,
)
OWNERS = ("u", "é")
SCOPES = st.dictionaries(st.sampled_from(IDS), ID_VALUES, max_size=3)


def filled(service, rows, **ids):
    for metadata, others, name in rows:
        message = {"role": "user" if name else "assistant", "content": f"tea {metadata}", "name": name}
        service.add([message], **{**others, **ids}, metadata=metadata, infer=False)


def listed(service, **wanted):
    return {row["id"]: row for row in service.get_all(**wanted, page=1, page_size=1000)["results"]}


@pytest.fixture(scope="module")
def corpora(open_store):
    """By kind of store, a service with a memory for every sort of value, and the records of all its memories."""
    found = {}
    for kind in ("sqlite", "inmemory"):
        service = open_store(kind)
        rows = [(doc, {"run_id": f"r{n % 3}"} if n % 2 else {}, (None, "Ann")[n % 2]) for n, doc in enumerate(CORPUS)]
        filled(service, rows, user_id="u")
        found[kind] = (service, listed(service, user_id="u"))
    return found


@settings(max_examples=500)
@given(kind=KINDS, spec=FILTERS)
def test_a_filter_lets_through_what_it_describes(corpora, kind, spec):
    service, rows = corpora[kind]
    if spec.get("user_id", "u") != "u" and isinstance(spec["user_id"], str):
        with pytest.raises(ValidationError):
            listed(service, user_id="u", filters=spec)
        return
    expected = {memory_id for memory_id, row in rows.items() if holds(spec, row)}
    assert listed(service, user_id="u", filters=spec).keys() == expected
    found = service.search("tea", user_id="u", filters=spec, top_k=1000)["results"]
    assert {row["id"] for row in found} == expected


@settings(max_examples=150)
@given(kind=KINDS, rows=ROWS, scope=SCOPES, spec=st.one_of(st.none(), FILTERS))
def test_nothing_widens_a_scope(open_store, kind, rows, scope, spec):
    """Every way to ask either is refused, or shows only rows of this project that bear every id that was asked for."""
    service, neighbour = open_store(kind), open_store(kind)
    for one in (service, neighbour):
        for owner in OWNERS:
            filled(one, rows, user_id=owner)
    mine = {m: row for owner in OWNERS for m, row in listed(service, user_id=owner).items()}
    try:
        shown = listed(service, **scope, filters=spec)
        found = service.search("tea", **scope, filters=spec, top_k=1000)["results"]
    except ValidationError:
        assert not scope or spec is not None
        return
    asked = scope | {key: value for key, value in (spec or {}).items() if key in IDS and isinstance(value, str)}
    covered = {m for m, row in mine.items() if all(row.get(name) == value for name, value in asked.items())}
    assert asked
    assert shown.keys() == {m for m in covered if spec is None or holds(spec, mine[m])}
    assert {row["id"] for row in found} == shown.keys()
    theirs = {m for owner in OWNERS for m in listed(neighbour, user_id=owner)}
    assert all(service.get(m) is None and service.history(m) == [] for m in theirs)
