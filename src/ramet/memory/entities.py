"""The entity graph's face: what a scope's memories state about who is tied to what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ramet.kernel.clock import parse_time
from ramet.kernel.errors import ValidationError
from ramet.kernel.scope import Scope, parse_scope
from ramet.memory import inputs
from ramet.memory.engine import Conditions, Engine, open_window
from ramet.memory.graph import MAX_DEPTH, MAX_PATH_DEPTH, MAX_RESULT_EDGES, Edge, Graph
from ramet.memory.model import MAIN
from ramet.memory.partitions import anchor_of
from ramet.memory.ports import PartitionRow


class MemoryGraph:
    """Reads relations of one scope on one branch. A relation lives as long as a memory that states it.

    Every method takes the scope's ids, ``branch``, and ``as_of`` (what was true then). Relations are dicts
    ``{"source", "relationship", "destination", "memory_ids", "valid_from", "valid_to"}``.
    """

    def __init__(self, engine: Engine, project: str) -> None:
        self._engine = engine
        self._project = project

    def search(self, query: str, *, limit: int = 20, **where: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - ids
        """Return the relations whose names or types share words with a query, best first."""
        query = inputs.read_query(query, self._engine.limits)
        return self._graph(where).search(query, inputs.read_count(limit, "limit", MAX_RESULT_EDGES))

    def neighbours(
        self,
        name: str,
        *,
        depth: int = 1,
        types: Collection[str] | None = None,
        **where: Any,  # noqa: ANN401 - ids
    ) -> list[dict[str, Any]]:
        """Return the relations within ``depth`` steps of an entity, the nearest first."""
        name = inputs.read_name(name, "name")
        wanted = None if types is None else inputs.read_names(types, "types")
        return self._graph(where).neighbours(name, inputs.read_count(depth, "depth", MAX_DEPTH), wanted)

    def paths(self, a: str, b: str, *, max_depth: int = 3, **where: Any) -> list[list[dict[str, Any]]]:  # noqa: ANN401 - ids
        """Return the ways from one entity to another, the shortest first."""
        a, b = inputs.read_name(a, "a"), inputs.read_name(b, "b")
        return self._graph(where).paths(a, b, inputs.read_count(max_depth, "max_depth", MAX_PATH_DEPTH))

    def subgraph(self, names: Sequence[str], *, depth: int = 1, **where: Any) -> dict[str, Any]:  # noqa: ANN401 - ids
        """Return the entities and relations around some entities."""
        starts = inputs.read_names(names, "names")
        return self._graph(where).subgraph(starts, inputs.read_count(depth, "depth", MAX_DEPTH))

    def _graph(self, where: dict[str, Any]) -> Graph:
        branch = where.pop("branch", MAIN)
        as_of = where.pop("as_of", None)
        unknown = sorted(set(where) - {"user_id", "agent_id", "run_id", "app_id"})
        if unknown:
            raise ValidationError(f"Unknown argument: {', '.join(unknown)}.", remedy="Give ids, branch or as_of.")
        conditions = Conditions(
            as_of_us=None if as_of is None else parse_time(as_of, "as_of"), now_us=self._engine.clock()
        )
        return load_graph(self._engine, parse_scope(self._project, **where), conditions, branch)


def load_graph(engine: Engine, scope: Scope, conditions: Conditions, branch: str) -> Graph:
    """Build the graph of what a scope's visible memories state."""
    with engine.store.read(scope.project) as reader:
        window = open_window(engine, reader, scope, branch)
        stating: dict[str, PartitionRow] = {}
        for part, row in window.rows(window.masks(conditions)):
            found = part.partition.rows[row]
            stating[found.content_id] = found
        stated = [
            relation
            for part in window.parts
            for relation in reader.relations(part.partition.branch_id, anchor_of(scope))
            if relation[0] in stating
        ]
        contents = reader.contents({relation[0] for relation in stated})
    types = {entity.name: entity.type for content in contents.values() for entity in content.entities}
    edges = [_edge(relation, stating[relation[0]]) for relation in dict.fromkeys(stated)]
    return Graph.build(edges, types)


def _edge(relation: tuple[str, str, str, str], row: PartitionRow) -> Edge:
    _, source, kind, target = relation
    return Edge(source, kind, target, row.memory_id, row.valid_from_us, row.valid_to_us)
