"""Between the rows of the database and the values of memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from ramet.kernel.journal import Operation, OpKind
from ramet.kernel.scope import Scope
from ramet.memory import codec
from ramet.memory.model import Content, MemoryKind, State, Version
from ramet.memory.ports import IndexRow

Row = tuple[Any, ...]
ScopeOf = Callable[[int], Scope]


def operation(project: str, row: Row) -> Operation:
    """Read a row of ``operation``."""
    _, seq, op_id, hlc, replica, branch, principal, kind, payload, key = row
    return Operation(project, seq, op_id, hlc, replica, branch, principal, OpKind(kind), json.loads(payload), key)


def version(row: Sequence[Any], scope_of: ScopeOf) -> Version:
    """Read a row of ``memory_version``."""
    (memory, branch, seq_from, ordinal, seq_to, scope, content, kind, state, created, updated, said, valid_from,
     valid_to, expires, details) = row  # fmt: skip
    return Version(
        memory, content, scope_of(scope), MemoryKind(kind), State(state), created, updated, said, valid_from, valid_to,
        expires, branch_id=branch, seq_from=seq_from, ordinal=ordinal, seq_to=seq_to, **codec.read_details(details),
    )  # fmt: skip


def version_row(v: Version, scope_ref: int) -> Row:
    """Write a row of ``memory_version``."""
    return (v.memory_id, v.branch_id, v.seq_from, v.ordinal, v.seq_to, scope_ref, v.content_id, v.kind.value,
            v.state.value, v.created_us, v.updated_us, v.said_us, v.valid_from_us, v.valid_to_us, v.expires_us,
            codec.write_details(v))  # fmt: skip


def content(row: Row) -> Content:
    """Read (id, text, attributes)."""
    content_id, text, attributes = row
    return codec.content_from_json(content_id, text, json.loads(attributes))


def content_row(value: Content, project_ref: int) -> Row:
    """Write a row of ``content``."""
    return (value.id, project_ref, value.text, codec.dump(codec.attributes_to_json(value)))


def index(row: Row) -> IndexRow:
    """Read the statement ``index_row``."""
    content_id, model, text_key, slot_key, speaker, question, vector, terms, tokens = row
    return IndexRow(content_id, model, text_key, slot_key, speaker, bool(question), vector, terms, tokens)


def index_row(row: IndexRow) -> Row:
    """Write a row of ``recall_index``."""
    return (row.content_id, row.model, row.text_key, row.slot_key, row.speaker, int(row.question), row.vector,
            row.terms)  # fmt: skip
