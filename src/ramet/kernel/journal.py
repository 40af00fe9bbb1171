"""The journal's records: one operation is one committed act. Everything else that is stored is a projection of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class OpKind(StrEnum):
    """The closed list of operations."""

    ADD = "memory.add"
    UPDATE = "memory.update"
    SUPERSEDE = "memory.supersede"
    MERGE = "memory.merge"
    DELETE = "memory.delete"
    UNDO = "operation.undo"
    IMPORT = "memory.import"
    FORK = "branch.fork"
    MERGE_BRANCH = "branch.merge"
    DELETE_BRANCH = "branch.delete"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the journal.

    ``seq`` counts without gaps within a project, in the order of commit, so that it is a consistent cut. ``hlc`` and
    ``replica`` order operations across replicas. ``payload`` holds structure and references, never content.
    """

    project: str
    seq: int
    op_id: str
    hlc: int
    replica: str
    branch_id: int
    principal: str
    kind: OpKind
    payload: Mapping[str, Any]
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """Where a project's journal stands. ``epoch`` changes when rows vanish (erase, delete of a branch, rebuild)."""

    seq: int = 0
    hlc: int = 0
    epoch: int = 0
