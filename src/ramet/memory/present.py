"""How memories look to users: plain dicts, named as mem0 names them where it has the thing."""

from __future__ import annotations

from copy import deepcopy
from hashlib import md5
from typing import Any, Final

from ramet.kernel.clock import FOREVER_US, to_iso
from ramet.memory.model import Content, State, Version
from ramet.memory.ports import Commit

Record = dict[str, Any]
_DAY_US: Final = 86_400_000_000


def memory(version: Version, content: Content) -> Record:
    """Return a memory's record. Keys that do not apply are absent; times are ISO 8601 in UTC."""
    v = version
    out: Record = {
        "id": v.memory_id,
        "memory": content.text,
        "hash": md5(content.text.encode(), usedforsecurity=False).hexdigest(),
        "metadata": deepcopy(dict(content.metadata)) if content.metadata else None,
        "created_at": to_iso(v.created_us),
        "updated_at": to_iso(v.updated_us),
        **v.scope.given(),
        "kind": v.kind.value,
        "state": v.state.value,
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
    if v.supersedes:
        out["supersedes"] = list(v.supersedes)
    if v.superseded_by is not None:
        out["superseded_by"] = v.superseded_by
    if not v.verified:
        out["verified"] = False
    return out


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
