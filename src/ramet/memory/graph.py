"""The entity graph of a scope: who is tied to what, since when, and which memories say so. Pure, in memory."""

import unicodedata
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ramet.kernel.clock import FOREVER_US, to_iso

MAX_EDGES: Final = 200_000
"""Edges read into one graph; further ones are left out, and ``Graph.truncated`` says so."""

MAX_DEPTH: Final = 3
"""How far ``neighbours`` and ``subgraph`` walk: beyond three steps nearly everything is tied to everything."""

MAX_PATH_DEPTH: Final = 6
MAX_PATHS: Final = 32
MAX_EXPANSIONS: Final = 20_000
"""Partial paths that ``paths`` may look at, so that a dense graph can't hold a caller up."""

MAX_RESULT_EDGES: Final = 1_000
"""Edges that one answer holds."""

Relation = dict[str, Any]
"""``source``, ``relationship``, ``destination`` (mem0's names), ``memory_ids``, ``valid_from``, ``valid_to``."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One memory's word for one relation, valid over [from, to) in microseconds."""

    source: str
    type: str
    target: str
    memory_id: str
    valid_from_us: int | None = None
    valid_to_us: int | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """An entity: the name it is shown by, its type, and the other names that were resolved to it."""

    name: str
    type: str = "concept"
    aliases: tuple[str, ...] = ()


def canonical(name: str) -> str:
    """Return the form by which names are compared: NFKC, case folded, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def aliases_of(names: Iterable[str], types: Mapping[str, str] | None = None) -> dict[str, str]:
    """Map each single name to the full name it must mean: "Ann" is "Ann Lee" if no other Ann is about.

    Keys and values are canonical. Only persons and entities of no known type take part; a first name that two full
    names begin with stays on its own. Linear in the names.
    """
    folded = dict.fromkeys(canonical(name) for name in names)
    kinds = {canonical(name): kind for name, kind in (types or {}).items()}
    full: defaultdict[str, set[str]] = defaultdict(set)
    for name in folded:
        first, _, rest = name.partition(" ")
        if rest and "'s" not in first and kinds.get(name, "person") in _PERSONAL:
            full[first].add(name)
    return {
        first: next(iter(owners))
        for first, owners in full.items()
        if first in folded and len(owners) == 1 and kinds.get(first, "person") in _PERSONAL
    }


_PERSONAL: Final = frozenset({"person", "concept"})


@dataclass(frozen=True, slots=True)
class _Tie:
    """One relation between two nodes, with all the memories that state it."""

    source: str
    type: str
    target: str
    memory_ids: tuple[str, ...]
    valid_from_us: int | None
    valid_to_us: int | None


@dataclass(frozen=True, slots=True)
class Graph:
    """An immutable graph over canonical names. Build it with ``Graph.build``."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    ties: tuple[_Tie, ...] = ()
    around: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    resolved: Mapping[str, str] = field(default_factory=dict)
    truncated: bool = False

    @classmethod
    def build(cls, edges: Iterable[Edge], types: Mapping[str, str] | None = None) -> "Graph":
        """Gather `edges` into a graph; `types` gives the entities' types by name.

        Edges with the same ends, type and validity become one that lists its memories. Linear in the edges, of which
        the first ``MAX_EDGES`` are read.
        """
        kept: list[Edge] = []
        truncated = False
        for edge in edges:
            if len(kept) >= MAX_EDGES:
                truncated = True
                break
            kept.append(edge)
        names = dict.fromkeys(name for edge in kept for name in (edge.source, edge.target))
        resolved = aliases_of(names, types)
        ties = tuple(_gather(kept, resolved))
        around: defaultdict[str, list[int]] = defaultdict(list)
        for number, tie in enumerate(ties):
            for end in {tie.source, tie.target}:
                around[end].append(number)
        frozen = {name: tuple(found) for name, found in around.items()}
        return cls(_nodes(names, resolved, types or {}), ties, frozen, resolved, truncated)

    def search(self, query: str, limit: int = 20) -> list[Relation]:
        """Return the relations of the entities that `query` names, those with more of their words in it first.

        Relations whose type is in the query too ("works at") come before others of the same entity.
        """
        words = set(canonical(query).replace("'s ", " ").strip("?!. ").split())
        scored = [(-score, number) for number, tie in enumerate(self.ties) if (score := self._score(tie, words)) > 0]
        return [self._present(self.ties[number]) for _, number in sorted(scored)[: max(0, limit)]]

    def neighbours(self, name: str, depth: int = 1, types: Collection[str] | None = None) -> list[Relation]:
        """Return the relations within `depth` steps (at most ``MAX_DEPTH``) of an entity, nearest first."""
        return [self._present(self.ties[number]) for number in self._walk([name], depth, types)]

    def subgraph(self, names: Iterable[str], depth: int = 1) -> dict[str, list[dict[str, Any]]]:
        """Return the ``nodes`` and ``relations`` within `depth` steps of any of `names`."""
        starts = list(names)
        numbers = self._walk(starts, depth, None)
        inside = dict.fromkeys(key for name in starts if (key := self._resolve(name)) in self.nodes)
        for number in numbers:
            inside |= dict.fromkeys((self.ties[number].source, self.ties[number].target))
        nodes = [
            {"name": n.name, "type": n.type, "aliases": list(n.aliases)} for n in map(self.nodes.__getitem__, inside)
        ]
        return {"nodes": nodes, "relations": [self._present(self.ties[number]) for number in numbers]}

    def paths(self, a: str, b: str, max_depth: int = 3) -> list[list[Relation]]:
        """Return the simple paths from `a` to `b` along relations in either direction, shortest first.

        At most ``MAX_PATHS`` paths of at most ``MAX_PATH_DEPTH`` relations, found breadth first within
        ``MAX_EXPANSIONS`` steps.
        """
        start, goal = self._resolve(a), self._resolve(b)
        if start == goal or start not in self.nodes or goal not in self.nodes:
            return []
        return [[self._present(self.ties[number]) for number in path] for path in self._paths(start, goal, max_depth)]

    def _paths(self, start: str, goal: str, max_depth: int) -> list[tuple[int, ...]]:
        found: list[tuple[int, ...]] = []
        queue: deque[tuple[str, tuple[int, ...], frozenset[str]]] = deque([(start, (), frozenset({start}))])
        expansions = 0
        while queue and len(found) < MAX_PATHS and expansions < MAX_EXPANSIONS:
            here, path, seen = queue.popleft()
            for number in self.around.get(here, ()):
                expansions += 1
                there = self._other_end(number, here)
                if there == goal:
                    found.append((*path, number))
                elif (
                    there not in seen and len(path) + 1 < min(max_depth, MAX_PATH_DEPTH) and expansions < MAX_EXPANSIONS
                ):
                    queue.append((there, (*path, number), seen | {there}))
        return found[:MAX_PATHS] if max_depth > 0 else []

    def _walk(self, names: Iterable[str], depth: int, types: Collection[str] | None) -> list[int]:
        wanted = None if types is None else {kind.upper() for kind in types}
        numbers: dict[int, None] = {}
        edge_of_known = [key for name in names if (key := self._resolve(name)) in self.nodes]
        seen = set(edge_of_known)
        for _ in range(max(0, min(depth, MAX_DEPTH))):
            beyond: list[str] = []
            for here, number in self._ties_around(edge_of_known, wanted):
                if len(numbers) >= MAX_RESULT_EDGES:
                    return list(numbers)
                numbers[number] = None
                there = self._other_end(number, here)
                if there not in seen:
                    seen.add(there)
                    beyond.append(there)
            edge_of_known = beyond
        return list(numbers)

    def _ties_around(self, names: Iterable[str], wanted: set[str] | None) -> Iterator[tuple[str, int]]:
        for here in names:
            for number in self.around.get(here, ()):
                if wanted is None or self.ties[number].type.upper() in wanted:
                    yield here, number

    def _other_end(self, number: int, here: str) -> str:
        tie = self.ties[number]
        return tie.target if tie.source == here else tie.source

    def _resolve(self, name: str) -> str:
        key = canonical(name)
        return self.resolved.get(key, key)

    def _score(self, tie: _Tie, words: set[str]) -> float:
        ends = max(self._named_share(tie.source, words), self._named_share(tie.target, words))
        if ends == 0:
            return 0.0
        kind = tie.type.casefold().split("_")
        return ends + sum(word in words or word.removesuffix("s") in words for word in kind) / (2 * len(kind))

    def _named_share(self, key: str, words: set[str]) -> float:
        own = set(key.replace("'s ", " ").split())
        share = len(own & words) / len(own) if own else 0.0
        return 1.0 if any(canonical(alias) in words for alias in self.nodes[key].aliases) else share

    def _present(self, tie: _Tie) -> Relation:
        return {
            "source": self.nodes[tie.source].name,
            "relationship": tie.type,
            "destination": self.nodes[tie.target].name,
            "memory_ids": list(tie.memory_ids),
            "valid_from": to_iso(tie.valid_from_us),
            "valid_to": to_iso(tie.valid_to_us),
        }


def _gather(edges: Iterable[Edge], resolved: Mapping[str, str]) -> Iterator[_Tie]:
    together: defaultdict[tuple[str, str, str, int | None, int | None], dict[str, None]] = defaultdict(dict)
    for edge in edges:
        source, target = canonical(edge.source), canonical(edge.target)
        until = None if edge.valid_to_us is None or edge.valid_to_us >= FOREVER_US else edge.valid_to_us
        key = (resolved.get(source, source), edge.type, resolved.get(target, target), edge.valid_from_us, until)
        together[key][edge.memory_id] = None
    for (source, kind, target, since, until), memory_ids in together.items():
        yield _Tie(source, kind, target, tuple(memory_ids), since, until)


def _nodes(names: Iterable[str], resolved: Mapping[str, str], types: Mapping[str, str]) -> dict[str, Node]:
    kinds = {canonical(name): kind for name, kind in types.items()}
    shown: dict[str, str] = {}
    for name in names:
        shown.setdefault(canonical(name), name)
    aliases: defaultdict[str, list[str]] = defaultdict(list)
    for alias, full in resolved.items():
        aliases[full].append(shown[alias])
    return {
        key: Node(name, kinds.get(key, "concept"), tuple(aliases[key]))
        for key, name in shown.items()
        if key not in resolved
    }
