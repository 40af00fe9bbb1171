"""Which memories a filter lets through, alike in mem0 2.2.1 and here; the numbers are those of the common list."""

import pytest

from tests.conformance.subjects import SUBJECTS

USER = {"user_id": "ann"}
ROWS = {
    "a": {"n": 1, "colour": "red", "day": "2024-01-10", "note": "the quick fox", "tags": ["x", "y"], "done": True},
    "b": {"n": 5, "colour": "blue", "day": "2024-02-10", "note": "Quick brown", "tags": ["y"], "done": False},
    "c": {"n": 10, "colour": "green", "day": "2024-03-10", "note": "slow"},
    "d": {},
}


@pytest.fixture(scope="module", params=list(SUBJECTS))
def memory(request, stub, tmp_path_factory):
    """One store for the whole module, which only reads it."""
    with SUBJECTS[request.param](tmp_path_factory.mktemp("filters"), stub.base_url) as subject:
        memory = subject.memory()
        for name, metadata in ROWS.items():
            memory.add(f"tea {name}", **USER, metadata=metadata, infer=False)
        memory.add("tea z", user_id="bob", metadata=ROWS["b"], infer=False)
        yield memory


def names(answer):
    return "".join(sorted(row["memory"].removeprefix("tea ") for row in answer["results"]))


def let_through(memory, condition):
    """The names of the rows that a filter lets through, by `search` and by `get_all`, which must agree."""
    filters = {**USER, **condition}
    found = names(memory.search("tea", filters=filters, top_k=50, threshold=0))
    assert found == names(memory.get_all(filters=filters))
    return found


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ({}, "abcd"),
        ({"n": 5}, "b"),
        ({"n": {"eq": 5}}, "b"),
        ({"n": {"eq": 7}}, ""),
        ({"n": "5"}, ""),
        ({"colour": "blue"}, "b"),
        ({"done": True}, "a"),
        ({"n": {"ne": 5}}, "ac"),
        ({"colour": {"ne": "blue"}}, "ac"),
        ({"n": {"gt": 5}}, "c"),
        ({"n": {"gte": 5}}, "bc"),
        ({"n": {"lt": 5}}, "a"),
        ({"n": {"lte": 5}}, "ab"),
        ({"n": {"gt": 1, "lt": 10}}, "b"),
        ({"day": {"gte": "2024-02-01"}}, "bc"),
        ({"day": {"gt": "2024-01-10", "lt": "2024-03-10"}}, "b"),
        ({"colour": {"in": ["red", "blue"]}}, "ab"),
        ({"n": {"in": [1, 7]}}, "a"),
        ({"colour": {"nin": ["red", "blue"]}}, "c"),
        ({"colour": ["red", "blue"]}, "ab"),
        ({"note": {"contains": "fox"}}, "a"),
        ({"note": {"contains": "green"}}, ""),
        ({"note": {"icontains": "quick"}}, "ab"),
        ({"note": {"icontains": "SLOW"}}, "c"),
        ({"tags": "x"}, "a"),
        ({"tags": {"in": ["x", "z"]}}, "a"),
        ({"missing": 5}, ""),
        ({"missing": {"ne": 5}}, ""),
        ({"missing": {"gt": 5}}, ""),
        ({"created_at": {"gte": "2020-01-01"}}, "abcd"),
        ({"created_at": {"lt": "2020-01-01"}}, ""),
        ({"n": {"gte": 5}, "colour": "blue"}, "b"),
    ],
    ids=str,
)
def test_case_31_each_operator(memory, condition, seen):
    assert let_through(memory, condition) == seen


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ({"AND": [{"n": {"gte": 5}}, {"colour": "blue"}]}, "b"),
        ({"OR": [{"colour": "red"}, {"n": 10}]}, "ac"),
        ({"OR": [{"colour": "red"}]}, "a"),
        ({"NOT": [{"colour": "red"}]}, "bcd"),
        ({"NOT": [{"colour": "red"}, {"n": 5}]}, "cd"),
        ({"NOT": [{"n": {"gt": 1}}]}, "ad"),
        ({"OR": [{"AND": [{"n": {"gte": 5}}, {"colour": "blue"}]}, {"colour": "red"}]}, "ab"),
        ({"AND": [{"OR": [{"colour": "red"}, {"colour": "blue"}]}, {"n": {"gt": 1}}]}, "b"),
        ({"NOT": [{"OR": [{"colour": "red"}, {"colour": "blue"}]}]}, "cd"),
        ({"OR": [{"NOT": [{"colour": "red"}]}]}, "bcd"),
        ({"OR": [{"colour": "red"}, {"colour": "blue"}], "n": {"gt": 1}}, "b"),
        ({"OR": [{"colour": "red"}, {"colour": "blue"}], "NOT": [{"n": 1}]}, "b"),
        ({"AND": [{"n": 5}, {"OR": [{"colour": "red"}, {"NOT": [{"done": True}]}]}]}, "b"),
    ],
    ids=str,
)
def test_case_32_or_not_and_nesting(memory, condition, seen):
    assert let_through(memory, condition) == seen


@pytest.mark.parametrize(
    "condition",
    [
        {"OR": []},
        {"OR": "red"},
        {"NOT": []},
        {"AND": {"n": 5}},
        {"n": {"regex": "5"}},
        {"n": {}},
        {"AND": [{"n": {"near": 5}}]},
        {"OR": [{"n": {"near": 5}}]},
    ],
    ids=str,
)
def test_case_32_an_empty_or_or_an_unknown_operator_is_refused(memory, condition):
    with pytest.raises(ValueError, match=r"OR|NOT|AND|operator"):
        memory.search("tea", filters={**USER, **condition})


@pytest.mark.parametrize("condition", [{"n": {"regex": "5"}}, {"AND": [{"n": {"near": 5}}]}], ids=str)
def test_case_32_get_all_refuses_an_unknown_operator_too(memory, condition):
    with pytest.raises(ValueError, match="operator"):
        memory.get_all(filters={**USER, **condition})
