"""How memories look to users: plain dicts, named as mem0 names them where it has the thing."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from hashlib import md5
from typing import Any, Final

from ramet.kernel.clock import FOREVER_US, to_iso
from ramet.kernel.scope import Scope
from ramet.memory import codec
from ramet.memory.model import Content, State, Version
from ramet.memory.ports import Commit, PartitionRow

Record = dict[str, Any]
_DAY_US: Final = 86_400_000_000


def memory(version: Version, content: Content) -> Record:
    """Return a memory's record. Keys that do not apply are absent; times are ISO 8601 in UTC."""
    v = version
    record = _stated(v, v.scope, content)
    _add_details(record, v.supersedes, v.superseded_by, verified=v.verified)
    return record


def row(found: PartitionRow, scope: Scope, content: Content) -> Record:
    """Return the same record, straight from a row of the recall index."""
    record = _stated(found, scope, content)
    if '"supersede' in found.details or '"verified"' in found.details:
        details = codec.read_details(found.details)
        _add_details(record, details["supersedes"], details["superseded_by"], verified=details["verified"])
    return record


def _stated(v: Version | PartitionRow, scope: Scope, content: Content) -> Record:
    out: Record = {
        "id": v.memory_id,
        "memory": content.text,
        "hash": md5(content.text.encode(), usedforsecurity=False).hexdigest(),
        "metadata": deepcopy(dict(content.metadata)) if content.metadata else None,
        "created_at": to_iso(v.created_us),
        "updated_at": to_iso(v.updated_us),
        **scope.given(),
        "kind": str(v.kind),
        "state": str(v.state),
        "said_at": to_iso(v.said_us),
        "valid_from": to_iso(v.valid_from_us),
    }
    if content.name is not None:
        out["actor_id"] = content.name
    if content.role is not None:
        out["role"] = content.role
    if content.images:
        out["images"] = list(content.images)
    if v.valid_to_us < FOREVER_US:
        out["valid_to"] = to_iso(v.valid_to_us)
    if v.expires_us < FOREVER_US:
        out["expiration_date"] = expiration(v.expires_us)
    return out


def _add_details(record: Record, supersedes: Sequence[str], superseded_by: str | None, *, verified: bool) -> None:
    if supersedes:
        record["supersedes"] = list(supersedes)
    if superseded_by is not None:
        record["superseded_by"] = superseded_by
    if not verified:
        record["verified"] = False


def expiration(expires_us: int) -> str:
    """Return the last day on which a memory is live."""
    return (to_iso(expires_us - _DAY_US) or "")[:10]


def written(version: Version, content: Content, *, previous: str | None = None) -> Record:
    """Return a row of what an operation wrote."""
    out: Record = {"id": version.memory_id, "memory": content.text, "event": version.event}
    if content.role is not None:
        out |= {"actor_id": content.name, "role": content.role}
    elif content.name is not None:
        out["actor_id"] = content.name
    if previous is not None:
        out["previous_memory"] = previous
    return out


def change(version: Version, texts: tuple[str | None, str | None], commit: Commit, content: Content | None) -> Record:
    """Return a row of a memory's history; ``texts`` is (old, new)."""
    gone = version.state is State.DELETED
    return {
        "id": f"{version.memory_id}@{version.seq_from}.{version.ordinal}",
        "memory_id": version.memory_id,
        "old_memory": texts[0],
        "new_memory": None if gone else texts[1],
        "event": version.event,
        "created_at": to_iso(version.created_us),
        "updated_at": to_iso(commit.time_us),
        "is_deleted": gone,
        "actor_id": content.name if content else None,
        "role": content.role if content else None,
        "operation_id": commit.op_id,
        "seq": version.seq_from,
    }
