"""The entity graph: search, neighbours, paths, subgraphs, and whose name is whose."""

from itertools import pairwise
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from ramet.memory import graph as graph_module
from ramet.memory.graph import MAX_PATHS, Edge, Graph, aliases_of, canonical

FAMILY = Graph.build(
    [
        Edge("User", "SIBLING_OF", "Ann Lee", "m1", 0, None),
        Edge("Ann", "WORKS_AT", "Acme", "m2", 1_000_000, 2_000_000),
        Edge("Ann Lee", "LIVES_IN", "Oslo", "m3"),
        Edge("Bob", "WORKS_AT", "Acme", "m4"),
        Edge("Bob", "LIKES", "chess", "m5"),
    ],
    types={"Ann Lee": "person", "Acme": "organisation", "Oslo": "location"},
)


def triples(relations):
    return [(r["source"], r["relationship"], r["destination"]) for r in relations]


def test_a_relation_reads_as_a_plain_dictionary():
    (relation,) = FAMILY.neighbours("Ann", types=["WORKS_AT"])
    assert relation == {
        "source": "Ann Lee",
        "relationship": "WORKS_AT",
        "destination": "Acme",
        "memory_ids": ["m2"],
        "valid_from": "1970-01-01T00:00:01+00:00",
        "valid_to": "1970-01-01T00:00:02+00:00",
    }


def test_a_first_name_means_the_only_one_who_bears_it():
    assert triples(FAMILY.neighbours("ann")) == triples(FAMILY.neighbours("ANN  LEE"))
    assert len(FAMILY.neighbours("Ann")) == 3


def test_a_first_name_that_two_bear_stays_on_its_own():
    assert aliases_of(["Ann", "Ann Lee", "Ann Ray"]) == {}
    assert aliases_of(["Ann", "Ann Lee"]) == {"ann": "ann lee"}
    assert aliases_of(["Oslo", "Oslo Opera"], {"Oslo": "location"}) == {}


def test_several_memories_support_one_relation():
    graph = Graph.build([Edge("A", "KNOWS", "B", "m1"), Edge("a", "KNOWS", " b", "m2"), Edge("A", "KNOWS", "B", "m1")])
    (relation,) = graph.neighbours("A")
    assert relation["memory_ids"] == ["m1", "m2"]


def test_search_finds_the_relations_of_what_the_query_names():
    assert triples(FAMILY.search("Where does Ann live in Oslo?"))[0] == ("Ann Lee", "LIVES_IN", "Oslo")
    assert triples(FAMILY.search("who works at Acme", limit=2)) == [
        ("Ann Lee", "WORKS_AT", "Acme"),
        ("Bob", "WORKS_AT", "Acme"),
    ]
    assert FAMILY.search("nothing of that kind") == []
    assert FAMILY.search("Ann", limit=0) == []


def test_neighbours_come_nearest_first():
    assert triples(FAMILY.neighbours("User", depth=1)) == [("User", "SIBLING_OF", "Ann Lee")]
    assert triples(FAMILY.neighbours("User", depth=3))[-1] == ("Bob", "WORKS_AT", "Acme")
    assert FAMILY.neighbours("nobody") == []


def test_paths_run_along_relations_in_both_directions():
    (path,) = FAMILY.paths("User", "chess", max_depth=4)
    assert [r["relationship"] for r in path] == ["SIBLING_OF", "WORKS_AT", "WORKS_AT", "LIKES"]
    assert FAMILY.paths("User", "chess", max_depth=3) == []
    assert FAMILY.paths("User", "User") == []


def test_a_subgraph_holds_its_nodes_and_relations():
    found = FAMILY.subgraph(["Ann"], depth=1)
    assert {node["name"] for node in found["nodes"]} == {"User", "Ann Lee", "Acme", "Oslo"}
    assert {"name": "Ann Lee", "type": "person", "aliases": ["Ann"]} in found["nodes"]
    assert len(found["relations"]) == 3


def test_a_graph_that_is_too_large_says_so(monkeypatch):
    monkeypatch.setattr(graph_module, "MAX_EDGES", 2)
    graph = Graph.build(Edge("A", "KNOWS", f"B{n}", "m") for n in range(3))
    assert graph.truncated
    assert len(graph.ties) == 2


def test_a_dense_graph_is_searched_within_bounds():
    names = [f"n{n}" for n in range(60)]
    graph = Graph.build(Edge(a, "KNOWS", b, "m") for a in names for b in names if a < b)
    start = process_time()
    paths = graph.paths("n1", "n2", max_depth=6)
    assert process_time() - start < 2
    assert len(paths) <= MAX_PATHS
    assert len(paths[0]) == 1


_NAMES = st.sampled_from(["Ann", "Ann Lee", "Bob", "Acme", "Oslo", "bob", "Ｂｏｂ"])
_TYPES = st.sampled_from(["KNOWS", "LIKES"])
_EDGES = st.lists(st.builds(Edge, _NAMES, _TYPES, _NAMES, st.sampled_from("abc")), max_size=12)


@given(_EDGES, _NAMES, _NAMES)
def test_paths_are_connected_simple_and_sorted(edges, a, b):
    paths = Graph.build(edges).paths(a, b, max_depth=4)
    assert [len(path) for path in paths] == sorted(len(path) for path in paths)
    for path in paths:
        ends = [{canonical(r["source"]), canonical(r["destination"])} for r in path]
        assert all(one & two for one, two in pairwise(ends))
        assert len(path) <= 4


@given(_EDGES)
def test_every_edge_is_found_around_both_its_ends(edges):
    graph = Graph.build(edges)
    for edge in edges:
        for name in (edge.source, edge.target):
            found = {(r["relationship"], memory_id) for r in graph.neighbours(name) for memory_id in r["memory_ids"]}
            assert (edge.type, edge.memory_id) in found
