"""Reading what callers pass: messages, metadata, dates, numbers. Each refusal says what, why and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from numbers import Integral, Real
from typing import Any, Final, TypeGuard

from ramet.kernel.clock import FOREVER_US, parse_time
from ramet.kernel.errors import LimitError, ValidationError
from ramet.kernel.scope import ID_NAMES
from ramet.memory.limits import Limits
from ramet.memory.model import Utterance

PROCEDURAL: Final = "procedural_memory"
_DAY_US: Final = 86_400_000_000
_RESERVED: Final = frozenset((*ID_NAMES, "actor_id"))
_CALLS: Final = frozenset({"tool_calls", "function_call"})  # what an assistant's message may have in place of content
_MAX_NAME_CHARS: Final = 256
_IMAGE_PARTS: Final = ("image_url", "input_image", "image")


def read_messages(messages: object, said_us: int, limits: Limits) -> list[Utterance]:
    """Read text, one message or a list of messages ``{role, content, name?}``; content is text or a list of parts.

    Raises:
        ValidationError: ``VALIDATION_003``, saying which message is malformed and how.
        LimitError: too many messages, or one is too long.
    """
    if isinstance(messages, str | Mapping):
        messages = [messages]
    if not isinstance(messages, Sequence) or isinstance(messages, bytes | bytearray):
        raise _bad_messages(f"messages is {type(messages).__name__}")
    if len(messages) > limits.messages_per_add:
        raise LimitError(f"{len(messages)} messages in one add; at most {limits.messages_per_add}.", remedy="Split it.")
    return [_utterance(n, message, said_us, limits) for n, message in enumerate(messages)]


def _utterance(n: int, message: object, said_us: int, limits: Limits) -> Utterance:
    if isinstance(message, str):
        return Utterance(_checked_text(message, f"message {n}", limits), said_us=said_us)
    if not isinstance(message, Mapping):
        raise _bad_messages(f"message {n} is {type(message).__name__}")
    role = message.get("role", "user")
    name = message.get("name")
    if not _is_name(role) or not role.strip():
        raise _bad_messages(f"the role of message {n} is {role!r:.80}")
    if name is not None and not _is_name(name):
        raise _bad_messages(f"the name of message {n} is {name!r:.80}")
    if "content" not in message and not message.keys() & _CALLS:
        raise _bad_messages(f"message {n} has no content")
    text, images = _content(n, message.get("content"))
    text = "\n".join(part for part in (text, *_calls(message)) if part)
    return Utterance(_checked_text(text, f"message {n}", limits), role.strip(), name or None, said_us, images)


def _calls(message: Mapping[str, Any]) -> list[str]:
    """Write the tools that an assistant calls, as OpenAI's messages name them: ``search({"q": "…"})``."""
    listed = message.get("tool_calls")
    calls = [call.get("function") for call in listed if isinstance(call, Mapping)] if isinstance(listed, list) else []
    named = (call for call in (*calls, message.get("function_call")) if isinstance(call, Mapping) and call.get("name"))
    return [f"{call['name']}({call.get('arguments') or ''})" for call in named]


def _content(n: int, content: object) -> tuple[str, tuple[str, ...]]:
    if content is None:
        return "", ()
    if isinstance(content, str):
        return content, ()
    if not isinstance(content, Sequence) or isinstance(content, bytes | bytearray):
        raise _bad_messages(f"the content of message {n} is {type(content).__name__}")
    texts: list[str] = []
    images: list[str] = []
    for part in content:
        _read_part(n, part, texts, images)
    return " ".join(texts), tuple(images)


def _read_part(n: int, part: object, texts: list[str], images: list[str]) -> None:
    if isinstance(part, str):
        texts.append(part)
        return
    kind = part.get("type") if isinstance(part, Mapping) else None
    if isinstance(part, Mapping) and isinstance(part.get("text"), str) and kind not in _IMAGE_PARTS:
        texts.append(part["text"])
    elif isinstance(part, Mapping) and kind in _IMAGE_PARTS:
        images.append(_image_url(n, part))
    else:
        raise _bad_messages(f"message {n} has a part that is neither text nor an image: {str(part)[:80]!r}")


def _image_url(n: int, part: Mapping[str, Any]) -> str:
    found = part.get("image_url", part.get("image", part.get("url")))
    url = found.get("url") if isinstance(found, Mapping) else found
    if not is_well_formed(url) or not url:
        raise _bad_messages(f"an image of message {n} has no URL")
    return url


def is_well_formed(value: object) -> TypeGuard[str]:
    """Tell whether a value is text that can be written as UTF-8."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_name(value: object) -> TypeGuard[str]:
    return is_well_formed(value) and len(value) <= _MAX_NAME_CHARS


def _checked_text(text: str, what: str, limits: Limits) -> str:
    if len(text) > limits.message_chars:
        raise LimitError(
            f"{what} has {len(text):,} characters; at most {limits.message_chars:,}.", remedy="Split it into parts."
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValidationError(
            f"{what} holds a lone surrogate at {error.start}, which is no character.",
            code="VALIDATION_003",
            remedy="Decode the text as UTF-8 with errors='replace' first.",
        ) from error
    return text


def read_text(text: object, name: str, limits: Limits) -> str:
    """Read a text that may not be blank."""
    if not isinstance(text, str) or not text.strip():
        raise ValidationError(
            f"{name} is blank or no text: {text!r:.80}.", code="VALIDATION_007", remedy="Give some text."
        )
    return _checked_text(text, name, limits)


def read_query(query: object, limits: Limits) -> str:
    """Read a question."""
    if isinstance(query, str) and len(query) > limits.query_chars:
        raise LimitError(f"The query has {len(query):,} characters; at most {limits.query_chars:,}.")
    return read_text(query, "query", limits)


def read_metadata(metadata: object, limits: Limits) -> dict[str, Any]:
    """Return a deep copy of the caller's metadata, without the ids, which only arguments can set.

    Raises:
        ValidationError: it is no JSON object (``VALIDATION_008``).
        LimitError: it is too large or nested too deep.
    """
    if metadata is None:
        return {}
    if not isinstance(metadata, Mapping):
        raise _bad_metadata(f"metadata is no object: {metadata!r:.80}")
    kept = {key: value for key, value in metadata.items() if key not in _RESERVED}
    _check_nested(kept, limits.metadata_depth)
    try:
        written = json.dumps(kept, ensure_ascii=False, allow_nan=False)
        size = len(written.encode())
    except (TypeError, ValueError) as error:
        raise _bad_metadata(f"metadata can't be written as JSON: {error}") from error
    if size > limits.metadata_bytes:
        raise LimitError(f"The metadata takes {size:,} bytes; at most {limits.metadata_bytes:,}.")
    copy: dict[str, Any] = json.loads(written)
    return copy


def _check_nested(value: object, left: int) -> None:
    if left < 0:
        raise LimitError("The metadata is nested too deep.", remedy="Flatten it.")
    for key in value if isinstance(value, Mapping) else ():
        if not isinstance(key, str):
            raise _bad_metadata(f"a key of the metadata is no text: {key!r:.80}")
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    for item in inner:
        _check_nested(item, left - 1)


def read_expiration(value: object) -> int:
    """Return when a memory expires: the end of the given day (UTC), or never for ``None``."""
    if value is None:
        return FOREVER_US
    if isinstance(value, datetime | date) or (isinstance(value, str) and _is_day(value)):
        time_us = parse_time(value, "expiration_date")
        return time_us - time_us % _DAY_US + _DAY_US
    raise ValidationError(
        f"expiration_date is no day: {value!r:.80}.", code="VALIDATION_004", remedy="Give 'YYYY-MM-DD' or a date."
    )


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value.strip())
    except ValueError:
        return False
    return True


def read_count(value: object, name: str, most: int) -> int:
    """Read a whole number, Python's or numpy's, from 0 to ``most``."""
    if isinstance(value, bool) or not isinstance(value, Integral) or not 0 <= int(value) <= most:
        raise ValidationError(
            f"{name} is {value!r:.80}; it takes a whole number from 0 to {most:,}.", code="VALIDATION_009", remedy=""
        )
    return int(value)


def read_threshold(value: object) -> float:
    """Read a share from 0 to 1; ``None`` is 0."""
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) <= 1:
        raise ValidationError(f"threshold is {value!r:.80}; it takes a number from 0 to 1.", code="VALIDATION_009")
    return float(value)


def read_key(value: object) -> str | None:
    """Read an idempotency key."""
    if value is None:
        return None
    if not is_well_formed(value) or not 0 < len(value) <= 256:  # noqa: PLR2004 - said in the message
        raise ValidationError(f"idempotency_key is {value!r:.40}; it takes a text of 1 to 256 characters.")
    return value


def read_name(value: object, name: str) -> str:
    """Read an id or another name; whether there is such a thing, the store knows."""
    if not is_well_formed(value):
        raise ValidationError(f"{name} is no text: {value!r:.80}.", code="VALIDATION_013", remedy="Give it as text.")
    return value


def read_names(values: object, name: str) -> list[str]:
    """Read several ids or other names; each once, in their order."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise ValidationError(
            f"{name} is no list: {values!r:.80}.", code="VALIDATION_013", remedy="Give a list of texts."
        )
    return list(dict.fromkeys([read_name(value, name) for value in values]))


def _bad_messages(why: str) -> ValidationError:
    return ValidationError(
        f"The messages can't be read: {why}.",
        code="VALIDATION_003",
        remedy='Give text, {"role": "user", "content": "…"}, or a list of these.',
    )


def _bad_metadata(why: str) -> ValidationError:
    return ValidationError(f"{why}.", code="VALIDATION_008", remedy='Give e.g. {"category": "travel", "rating": 4}.')
