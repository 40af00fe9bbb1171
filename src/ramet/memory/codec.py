"""How changes and contents are written down: plain JSON values that every store and the export share.

A change's payload holds structure and references only. Fields that equal their default are left out, and times that
equal the operation's are too, so that the journal stays small.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ramet.kernel.clock import FOREVER_US
from ramet.kernel.scope import Scope
from ramet.memory.model import (
    Branch,
    Content,
    EntityMention,
    Episode,
    MemoryKind,
    RelationMention,
    Slot,
    Source,
    State,
    Version,
)
from ramet.memory.ports import Change

Json = dict[str, Any]

dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
"""Writes a JSON value as compact text."""


def change_to_json(change: Change, at_us: int, scope_ref: Callable[[Scope], int]) -> Json:
    """Write a change as a JSON value. ``scope_ref`` gives the store's number of a scope."""
    out: Json = {"at": at_us}
    if change.episodes:
        out["episodes"] = [_episode_to_json(e, at_us, scope_ref) for e in change.episodes]
    if change.versions:
        out["versions"] = [_version_to_json(v, at_us, scope_ref) for v in change.versions]
    if change.branch is not None:
        b = change.branch
        out["branch"] = {"name": b.name, "parent": b.parent_id, "fork_seq": b.fork_seq}
    if change.merged is not None:
        out["merged"] = list(change.merged)
    if change.undoes is not None:
        out["undoes"] = change.undoes
    return out


def change_from_json(data: Mapping[str, Any], seq: int, branch_id: int, scope_of: Callable[[int], Scope]) -> Change:
    """Read back what ``change_to_json`` wrote, as of the operation ``seq`` on ``branch_id``.

    The payloads of an erasure and of a branch's deletion, which have no ``at``, are no changes: theirs is empty.
    """
    if "at" not in data:
        return Change()
    at_us = data["at"]
    branch = data.get("branch")
    merged = data.get("merged")
    return Change(
        episodes=tuple(_episode_from_json(e, at_us, seq, scope_of) for e in data.get("episodes", ())),
        versions=tuple(
            _version_from_json(v, at_us, (branch_id, seq, n), scope_of) for n, v in enumerate(data.get("versions", ()))
        ),
        branch=branch and Branch(seq, branch["name"], branch["parent"], branch["fork_seq"], at_us),
        merged=(merged[0], merged[1]) if merged else None,
        undoes=data.get("undoes"),
    )


def _episode_to_json(episode: Episode, at_us: int, scope_ref: Callable[[Scope], int]) -> Json:
    out: Json = {"id": episode.id, "content": episode.content_id, "scope": scope_ref(episode.scope)}
    if episode.said_us != at_us:
        out["said"] = episode.said_us
    return out


def _episode_from_json(data: Mapping[str, Any], at_us: int, seq: int, scope_of: Callable[[int], Scope]) -> Episode:
    return Episode(data["id"], data["content"], scope_of(data["scope"]), data.get("said", at_us), seq)


def _version_to_json(version: Version, at_us: int, scope_ref: Callable[[Scope], int]) -> Json:
    v = version
    said = v.said_us
    fields = (
        ("kind", v.kind.value, "fact"),
        ("state", v.state.value, "active"),
        ("created", v.created_us, at_us),
        ("updated", v.updated_us, at_us),
        ("said", said, at_us),
        ("from", v.valid_from_us, said),
        ("to", v.valid_to_us, FOREVER_US),
        ("expires", v.expires_us, FOREVER_US),
    )
    out: Json = {"id": v.memory_id, "content": v.content_id, "scope": scope_ref(v.scope)}
    out.update({name: value for name, value, default in fields if value != default})
    return out | _details_to_json(v)


def _details_to_json(v: Version) -> Json:
    out: Json = {}
    if v.supersedes:
        out["supersedes"] = v.supersedes
    if v.superseded_by is not None:
        out["superseded_by"] = v.superseded_by
    if v.sources:
        out["sources"] = [[s.episode_id, s.start, s.end] for s in v.sources]
    if not v.verified:
        out["verified"] = False
    if v.event != "ADD":
        out["event"] = v.event
    return out


def _details_from_json(data: Mapping[str, Any]) -> Json:
    return {
        "supersedes": tuple(data.get("supersedes", ())),
        "superseded_by": data.get("superseded_by"),
        "sources": tuple(Source(*s) for s in data.get("sources", ())),
        "verified": data.get("verified", True),
        "event": data.get("event", "ADD"),
    }


def write_details(version: Version) -> str:
    """Write what a version has besides its columns, as JSON text."""
    return dump(_details_to_json(version))


def read_details(details: str) -> Json:
    """Read back what ``write_details`` wrote, as arguments of `Version`."""
    return _details_from_json(json.loads(details))


def _version_from_json(
    data: Mapping[str, Any], at_us: int, place: tuple[int, int, int], scope_of: Callable[[int], Scope]
) -> Version:
    said = data.get("said", at_us)
    branch_id, seq, ordinal = place
    return Version(
        memory_id=data["id"],
        content_id=data["content"],
        scope=scope_of(data["scope"]),
        kind=MemoryKind(data.get("kind", "fact")),
        state=State(data.get("state", "active")),
        created_us=data.get("created", at_us),
        updated_us=data.get("updated", at_us),
        said_us=said,
        valid_from_us=data.get("from", said),
        valid_to_us=data.get("to", FOREVER_US),
        expires_us=data.get("expires", FOREVER_US),
        **_details_from_json(data),
        branch_id=branch_id,
        seq_from=seq,
        ordinal=ordinal,
    )


def attributes_to_json(content: Content) -> Json:
    """Write all of a content but its id and text."""
    out: Json = {}
    if content.role is not None:
        out["role"] = content.role
    if content.name is not None:
        out["name"] = content.name
    if content.metadata:
        out["metadata"] = dict(content.metadata)
    if content.entities:
        out["entities"] = [[e.name, e.type] for e in content.entities]
    if content.relations:
        out["relations"] = [[r.source, r.type, r.target] for r in content.relations]
    if content.slot is not None:
        s = content.slot
        out["slot"] = [s.subject, s.attribute, s.value, s.polarity, s.exclusive]
    if content.images:
        out["images"] = list(content.images)
    return out


def content_from_json(content_id: str, text: str, data: Mapping[str, Any]) -> Content:
    """Read back a content from its text and what ``attributes_to_json`` wrote."""
    slot = data.get("slot")
    return Content(
        id=content_id,
        text=text,
        role=data.get("role"),
        name=data.get("name"),
        metadata=data.get("metadata", {}),
        entities=tuple(EntityMention(*e) for e in data.get("entities", ())),
        relations=tuple(RelationMention(*r) for r in data.get("relations", ())),
        slot=Slot(*slot) if slot else None,
        images=tuple(data.get("images", ())),
    )
