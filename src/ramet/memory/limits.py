"""Memory's limits: everything has one, and each says why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one call and of what is kept in memory."""

    messages_per_add: int = 10_000  # one transaction stays short enough for other writers to wait for
    message_chars: int = 1_000_000  # a document is cut by its owner, not by accident
    metadata_bytes: int = 65_536  # metadata is for filters; content belongs into the text
    metadata_depth: int = 16  # deeper JSON is a mistake or an attack on the stack
    query_chars: int = 8_192  # beyond this a question is a document
    top_k: int = 10_000  # more is an export
    branch_depth: int = 64  # every read visits the whole lineage
    branches: int = 10_000  # a project's branches are listed in one piece
    partition_cache_bytes: int = 1 << 30  # vectors and postings of warm scopes
    context_tokens: int = 1_000_000  # a budget beyond any model's window is a mistake
