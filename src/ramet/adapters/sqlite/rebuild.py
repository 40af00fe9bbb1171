"""Recreating every projection from the journal and the contents, and comparing with what was there."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Final

import apsw

from ramet.adapters.sqlite import rows
from ramet.adapters.sqlite.writer import SqliteWriter
from ramet.kernel.journal import Operation, OpKind
from ramet.memory.index import lexical_row
from ramet.memory.model import Content
from ramet.memory.ports import Change

_OF_PROJECT: Final = "(SELECT id FROM scope WHERE project = ?)"
_OF_CONTENT: Final = "(SELECT id FROM content WHERE project = ?)"
_PROJECTIONS: Final = {
    "branch": "project = ?",
    "episode": f"scope IN {_OF_PROJECT}",
    "memory_version": f"scope IN {_OF_PROJECT}",
    "relation": f"content IN {_OF_CONTENT}",
    "recall_index": f"content IN {_OF_CONTENT}",
}
_BATCH: Final = 500


def rebuild(writer: SqliteWriter, connection: apsw.Connection, project_ref: int) -> dict[str, Any]:
    """Rewrite the project's projections inside the writer's transaction; vectors are kept, being costly inputs.

    Returns rows per projection and ``equal``.
    """
    before = _digests(connection, project_ref)
    for table, where in _PROJECTIONS.items():
        if table != "recall_index":
            connection.execute(f"DELETE FROM {table} WHERE {where}", (project_ref,))
    _replay(writer, {row[0] for row in connection.execute("SELECT id FROM content WHERE project = ?", (project_ref,))})
    _derive(writer, connection, project_ref)
    connection.execute("UPDATE project SET epoch = epoch + 1 WHERE id = ?", (project_ref,))
    after = _digests(connection, project_ref)
    differing = sorted(table for table in after if after[table] != before[table])
    counts = {table: count for table, (count, _) in after.items()}
    return {"equal": not differing, "differing": differing, "operations": writer.head().seq, **counts}


def clear(connection: apsw.Connection, project_ref: int) -> None:
    """Remove all of a project but its name and its counters."""
    of_contents = {"token_vectors": f"content IN {_OF_CONTENT}", **_PROJECTIONS}
    own = dict.fromkeys(("content", "operation", "scope"), "project = ?")
    for table, where in {**of_contents, **own}.items():
        connection.execute(f"DELETE FROM {table} WHERE {where}", (project_ref,))
    connection.execute("UPDATE project SET epoch = epoch + 1 WHERE id = ?", (project_ref,))


def _replay(writer: SqliteWriter, contents: set[str]) -> None:
    after_seq = 0
    while batch := writer.operations(after_seq=after_seq, limit=_BATCH):
        for op, change in batch:
            _apply(writer, op, _of_living(change, contents))
        after_seq = batch[-1][0].seq


def _apply(writer: SqliteWriter, op: Operation, change: Change) -> None:
    if op.kind is OpKind.ERASE:
        writer.project_erasure(op.payload["memories"], op.payload["episodes"])
    elif op.kind is OpKind.DELETE_BRANCH:
        writer.project_branch_deletion(op.payload["branch"])
    else:
        writer.project_change(op, change)


def _of_living(change: Change, contents: set[str]) -> Change:
    """Leave out what refers to erased contents."""
    return replace(
        change,
        episodes=tuple(e for e in change.episodes if e.content_id in contents),
        versions=tuple(v for v in change.versions if v.content_id in contents),
    )


def _derive(writer: SqliteWriter, connection: apsw.Connection, project_ref: int) -> None:
    """Project the contents: their relations, and the lexical part of their index rows."""
    found = connection.execute("SELECT id, text, attributes FROM content WHERE project = ?", (project_ref,)).fetchall()
    for start in range(0, len(found), _BATCH):
        contents: list[Content] = [rows.content(row) for row in found[start : start + _BATCH]]
        writer.project_relations(contents)
        index = writer.index_rows(c.id for c in contents)
        writer.reindex([lexical_row(c, index[c.id]) for c in contents if c.id in index])


def _digests(connection: apsw.Connection, project_ref: int) -> dict[str, tuple[int, str]]:
    return {table: _digest(connection, table, where, project_ref) for table, where in _PROJECTIONS.items()}


def _digest(connection: apsw.Connection, table: str, where: str, project_ref: int) -> tuple[int, str]:
    """Count and hash the rows of a projection in the order of their primary key."""
    digest = hashlib.sha256()
    count = 0
    for row in connection.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY 1, 2, 3, 4", (project_ref,)):
        digest.update(repr(row).encode())
        count += 1
    return count, digest.hexdigest()
