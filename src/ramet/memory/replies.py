"""Reading what a model replied: JSON in fences, in prose, after its thoughts, or cut off."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from ramet.memory.inputs import is_well_formed

_THOUGHTS: Final = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_OPENING: Final = re.compile(r"[{\[]")
_MAX_STARTS: Final = 200  # places in a reply where JSON may begin; more is noise
_decoder = json.JSONDecoder()


class UnreadableReplyError(ValueError):
    """The reply holds no usable JSON."""


def read_facts(reply: str) -> list[dict[str, Any]]:
    """Return the facts of a reply: objects that have a ``text``.

    Accepts ``{"memory": [...]}``, ``{}``, and strings in place of objects.

    Raises:
        UnreadableReplyError: there is no such JSON in it.
    """
    found = _first_json(_THOUGHTS.sub("", reply))
    if found == {}:
        return []
    items = found.get("memory") if isinstance(found, dict) else None
    if not isinstance(items, list):
        raise UnreadableReplyError
    facts = [fact for item in items if (fact := _fact(item)) is not None]
    if items and not facts:
        raise UnreadableReplyError
    return facts


def salvage_facts(reply: str) -> list[dict[str, Any]]:
    """Return the whole facts of a reply that was cut off."""
    facts = []
    at = reply.find("[") + 1
    for match in list(re.finditer(r"\{", reply[at:]))[:_MAX_STARTS]:
        try:
            item, _ = _decoder.raw_decode(reply, at + match.start())
        except ValueError:
            break
        fact = _fact(item)
        if fact is not None:
            facts.append(fact)
    return facts


def _fact(item: object) -> dict[str, Any] | None:
    if isinstance(item, str):
        item = {"text": item}
    if not isinstance(item, dict) or not is_well_formed(item.get("text")) or not item["text"].strip():
        return None
    return item


def _first_json(text: str) -> Any:  # noqa: ANN401 - JSON
    """Return the first JSON object or list in a text that says something."""
    for match in list(_OPENING.finditer(text))[:_MAX_STARTS]:
        try:
            found, _ = _decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        return found
    raise UnreadableReplyError
