"""Where mem0 2.2.1 lets a scope, a filter or a setting mean something else, and Ramet refuses or answers rightly."""

import pytest

from tests.conformance.subjects import NOTHING_RAISED, fixed

USER = {"user_id": "ann"}


def add(memory, text, **scope):
    (row,) = memory.add(text, **(scope or USER), infer=False)["results"]
    return row["id"]


def texts(answer):
    return sorted(row["memory"] for row in answer["results"])


@pytest.fixture
def tenants(memory):
    """A store in which two tenants have each said something about tea."""
    add(memory, "tea of ann", user_id="ann")
    add(memory, "tea of bob", user_id="bob", agent_id="bot", run_id="r1")
    return memory


def reads(memory):
    """Both ways to read, as functions of the filters."""
    return (lambda filters: memory.search("tea", filters=filters)), (lambda filters: memory.get_all(filters=filters))


def seen_or_refused(read, filters):
    """What a reading gives; a refusal gives nothing."""
    try:
        return texts(read(filters))
    except ValueError:
        return []


SCOPE_KEYS = pytest.mark.parametrize("key", ["user_id", "agent_id", "run_id"])


@fixed("mem0 takes '*' for every tenant", raises=NOTHING_RAISED)
@SCOPE_KEYS
@pytest.mark.parametrize("star", ["*", " * "])
def test_case_f01_a_star_reads_nothing(tenants, key, star):
    for read in reads(tenants):
        with pytest.raises(ValueError, match=key):
            read({key: star})


@fixed("mem0 deletes every tenant's memories for '*'", raises=NOTHING_RAISED)
@SCOPE_KEYS
def test_case_f01_a_star_deletes_nothing(tenants, key):
    with pytest.raises(ValueError, match=key):
        tenants.delete_all(**{key: "*"})
    assert texts(tenants.get_all(filters={"user_id": "ann"})) == ["tea of ann"]
    assert texts(tenants.get_all(filters={"user_id": "bob"})) == ["tea of bob"]


@fixed("mem0 stores under the id '*', which then reads as a wildcard", raises=NOTHING_RAISED)
@SCOPE_KEYS
def test_case_f01_nothing_is_added_under_a_star(memory, key):
    with pytest.raises(ValueError, match=key):
        memory.add("tea", **{key: "*"}, infer=False)


@fixed("mem0's search lets a nested id replace the outer one", raises=(AssertionError, AttributeError))
@pytest.mark.parametrize(
    "nested",
    [
        {"AND": [{"user_id": "bob"}]},
        {"AND": [{"user_id": "*"}]},
        {"AND": [{"user_id": {"ne": "ann"}}]},
        {"AND": [{"user_id": {"in": ["ann", "bob"]}}]},
        {"AND": [{"user_id": ["ann", "bob"]}]},
    ],
    ids=str,
)
def test_case_f02_a_nested_id_can_not_widen_the_scope(tenants, nested):
    for read in reads(tenants):
        assert "tea of bob" not in seen_or_refused(read, {"user_id": "ann", **nested})


@pytest.mark.parametrize(
    "nested",
    [
        {"OR": [{"user_id": "bob"}, {"user_id": "ann"}]},
        {"OR": [{"user_id": "*"}]},
        {"NOT": [{"user_id": "ann"}]},
        {"AND": [{"OR": [{"user_id": "bob"}, {"run_id": "r1"}]}]},
        {"OR": [{"AND": [{"user_id": "bob"}, {"run_id": "r1"}]}, {"NOT": [{"user_id": "ann"}]}]},
        {"user_id": ["ann", "bob"]},
        {"user_id": {"in": ["ann", "bob"]}},
        {"user_id": {"ne": "ann"}},
    ],
    ids=str,
)
def test_case_f02_other_nestings_do_not_widen_it_in_either(tenants, nested):
    for read in reads(tenants):
        assert "tea of bob" not in seen_or_refused(read, {"user_id": "ann", **nested})


@fixed("mem0's search keeps the last of two conditions on one key", raises=AssertionError)
def test_case_f03_a_contradiction_gives_nothing(memory):
    memory.add("red tea", **USER, metadata={"colour": "red"}, infer=False)
    memory.add("blue tea", **USER, metadata={"colour": "blue"}, infer=False)
    contradiction = {**USER, "AND": [{"colour": "red"}, {"colour": "blue"}]}
    assert texts(memory.search("tea", filters=contradiction)) == []
    assert texts(memory.get_all(filters=contradiction)) == []


def add_numbered(memory):
    for n in (1, 5, 10):
        memory.add(f"tea {n}", **USER, metadata={"n": n}, infer=False)


@fixed("mem0's search folds both into one condition and refuses it", raises=ValueError)
@pytest.mark.parametrize(
    "condition", [{"AND": [{"n": {"gte": 5}}, {"n": {"ne": 5}}]}, {"n": {"gte": 5, "ne": 5}}], ids=str
)
def test_case_f04_a_range_and_ne_go_together(memory, condition):
    add_numbered(memory)
    assert texts(memory.search("tea", filters={**USER, **condition})) == ["tea 10"]
    assert texts(memory.get_all(filters={**USER, **condition})) == ["tea 10"]


@fixed("mem0's search keeps the last of two ORs", raises=AssertionError)
def test_case_f04_two_ors_go_together(memory):
    add_numbered(memory)
    both = {**USER, "AND": [{"OR": [{"n": 1}, {"n": 5}]}, {"OR": [{"n": 5}, {"n": 10}]}]}
    assert texts(memory.search("tea", filters=both)) == ["tea 5"]


@fixed("mem0's get_all takes an empty OR or NOT for no condition", raises=NOTHING_RAISED)
@pytest.mark.parametrize("condition", [{"OR": []}, {"NOT": []}], ids=str)
def test_case_f04_get_all_refuses_an_empty_or(memory, condition):
    with pytest.raises(ValueError, match=r"OR|NOT"):
        memory.get_all(filters={**USER, **condition})


@fixed("mem0 raises AttributeError from its telemetry", raises=AttributeError)
@SCOPE_KEYS
def test_case_f18_an_id_of_none_in_filters_is_a_clear_error(tenants, key):
    for read in reads(tenants):
        with pytest.raises(ValueError, match=key):
            read({key: None})


@fixed("mem0 ignores a configuration key that it does not know", raises=NOTHING_RAISED)
def test_case_f20_an_unknown_configuration_key_is_an_error(subject):
    with pytest.raises(ValueError, match="custom_instuctions"):
        subject.memory(custom_instuctions="Only beverages matter.")
