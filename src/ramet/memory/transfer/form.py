"""The form of an export: JSON lines, each an object with a ``type``.

``header`` comes first: the form's name and version, and the embedding model of the vectors. Then, in this order as
each is needed: ``scope`` (numbered), ``content`` (a text; ``indexed`` if recall finds it, with its ``vector`` and
``tokens`` as base64 of int8 unless they were left out), ``episode`` and ``version``. A line refers only to lines before
it. The versions of one memory stand together, oldest first. ``end`` comes last and says how many lines stand before
it, so that a file that was cut off is known for one. Nothing depends on sequence numbers.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ramet.kernel.clock import EARLIEST_US, FOREVER_US, LATEST_US
from ramet.kernel.errors import LimitError, ValidationError
from ramet.kernel.scope import Scope, parse_scope
from ramet.memory import codec, inputs
from ramet.memory.limits import Limits
from ramet.memory.model import Content, Episode, MemoryKind, State, Version
from ramet.memory.ports import Change

FORMAT: Final = "ramet-export"
VERSION: Final = 1
Json = dict[str, Any]

_MAX_LINE_CHARS: Final = 64 << 20  # a text and token vectors at their limits, as base64
_MAX_KEY_CHARS: Final = 256
_BEFORE_ALL_US: Final = -(2**62)  # equals no time in a file, so that the codec leaves none out
_ROW: Final = (0, 0)


@dataclass(frozen=True, slots=True)
class Header:
    """What the file says of itself; ``model`` made the vectors."""

    model: str


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """A scope and the number by which the file refers to it."""

    ref: int
    scope: Scope


@dataclass(frozen=True, slots=True)
class ContentLine:
    """A content; ``vector`` and ``tokens`` are ``None`` when they were left out."""

    content: Content
    indexed: bool
    vector: bytes | None = None
    tokens: bytes | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The last line: how many lines stand before it."""

    lines: int


Line = Header | ScopeLine | ContentLine | Episode | Version | End
dump: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def header_line(model: str) -> str:
    """Write the first line."""
    return dump({"type": "header", "format": FORMAT, "version": VERSION, "model": model})


def scope_line(line: ScopeLine) -> str:
    """Write a scope and its number."""
    return dump({"type": "scope", "ref": line.ref, **line.scope.given()})


def content_line(line: ContentLine) -> str:
    """Write a content."""
    data: Json = {"type": "content", "id": line.content.id, "text": line.content.text}
    data |= codec.attributes_to_json(line.content)
    if line.indexed:
        data["indexed"] = True
    for name, blob in (("vector", line.vector), ("tokens", line.tokens)):
        if blob is not None:
            data[name] = base64.b64encode(blob).decode()
    return dump(data)


def episode_line(episode: Episode, ref: int) -> str:
    """Write an episode; ``ref`` numbers its scope."""
    (data,) = codec.change_to_json(Change(episodes=[episode]), _BEFORE_ALL_US, lambda _: ref)["episodes"]
    return dump({"type": "episode", **data})


def version_line(version: Version, ref: int) -> str:
    """Write a version; ``ref`` numbers its scope."""
    (data,) = codec.change_to_json(Change(versions=[version]), _BEFORE_ALL_US, lambda _: ref)["versions"]
    return dump({"type": "version", **data})


def ended(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines, and after them the one that says how many there were."""
    written = 0
    for written, text in enumerate(lines, 1):  # noqa: B007 - what is left after the loop is the count
        yield text
    yield dump({"type": "end", "lines": written})


class Form:
    """Reads lines, one by one, and refuses what is malformed. Knows nothing of what they refer to but scopes."""

    def __init__(self, project: str, limits: Limits) -> None:
        self._project = project
        self._limits = limits
        self._scopes: dict[int, Scope] = {}
        self._readers: dict[str, Callable[[Json], Line]] = {
            "header": self._header,
            "scope": self._scope,
            "content": self._content,
            "episode": self._episode,
            "version": self._version,
            "end": self._end,
        }

    def read(self, text: str) -> Line:
        """Read one line.

        Raises:
            ValidationError: it is malformed; the message says how.
        """
        data = _object(text)
        kind = data.pop("type", None)
        reader = self._readers.get(kind) if isinstance(kind, str) else None
        if reader is None:
            raise ValidationError(f"the type is {kind!r}")
        return reader(data)

    def _header(self, data: Json) -> Header:
        _check(data, {"format": _is_text, "version": _is_count, "model": _is_text}, {})
        if (data["format"], data["version"]) != (FORMAT, VERSION):
            raise ValidationError(f"the form is {data['format']} {data['version']}, not {FORMAT} {VERSION}")
        return Header(data["model"])

    def _scope(self, data: Json) -> ScopeLine:
        ref = data.pop("ref", None)
        if not _is_count(ref) or ref in self._scopes:
            raise ValidationError(f"the scope's number {ref!r} is missing or taken")
        _check(data, {}, dict.fromkeys(("user_id", "agent_id", "run_id", "app_id"), _is_text))
        self._scopes[ref] = parse_scope(self._project, **data)
        return ScopeLine(ref, self._scopes[ref])

    def _content(self, data: Json) -> ContentLine:
        _check(data, {"id": _is_key, "text": lambda v: isinstance(v, str)}, _CONTENT)
        data["metadata"] = inputs.read_metadata(data.get("metadata"), self._limits)
        if len(data["text"]) > self._limits.message_chars:
            raise LimitError(f"the text has {len(data['text']):,} characters; at most {self._limits.message_chars:,}")
        indexed = data.pop("indexed", False)
        vector, tokens = (_bytes(data.pop(name, None), name) for name in ("vector", "tokens"))
        if vector is not None and not indexed:
            raise ValidationError("there is a vector of a content that is not indexed")
        return ContentLine(codec.content_from_json(data["id"], data["text"], data), indexed, vector, tokens)

    def _episode(self, data: Json) -> Episode:
        _check(data, {"id": _is_key, "content": _is_key, "scope": self._is_scope}, {"said": _is_time})
        change = {"at": _BEFORE_ALL_US, "episodes": [data]}
        return codec.change_from_json(change, *_ROW, self._scopes.__getitem__).episodes[0]

    def _version(self, data: Json) -> Version:
        _check(data, {"id": _is_key, "content": _is_key, "scope": self._is_scope}, _VERSION)
        if "said" not in data:
            raise ValidationError("said is missing")
        change = {"at": _BEFORE_ALL_US, "versions": [data]}
        return codec.change_from_json(change, *_ROW, self._scopes.__getitem__).versions[0]

    def _end(self, data: Json) -> End:
        _check(data, {"lines": _is_count}, {})
        return End(data["lines"])

    def _is_scope(self, value: object) -> bool:
        return _is_count(value) and value in self._scopes


Test = Callable[[object], bool]


def _object(text: str) -> Json:
    if len(text) > _MAX_LINE_CHARS:
        raise LimitError(f"it has {len(text):,} characters; at most {_MAX_LINE_CHARS:,}")
    try:
        text.encode()
        data = json.loads(text)
        dump(data).encode()
    except (ValueError, RecursionError) as error:
        raise ValidationError(f"it is no JSON of well-formed Unicode: {error}") from error
    if not isinstance(data, dict):
        raise ValidationError("it is no JSON object")
    return data


def _check(data: Json, required: Mapping[str, Test], optional: Mapping[str, Test]) -> None:
    missing = sorted(required.keys() - data.keys())
    if missing:
        raise ValidationError(f"{', '.join(missing)} is missing")
    known = {**required, **optional}
    for name, value in data.items():
        if name not in known:
            raise ValidationError(f"{name!r} is unknown")
        if not known[name](value):
            raise ValidationError(f"{name} can't be {value!r:.80}")


def _bytes(value: str | None, name: str) -> bytes | None:
    try:
        return None if value is None else base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValidationError(f"{name} is no base64") from error


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_key(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_KEY_CHARS and value.isprintable()


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= FOREVER_US


def _is_time(value: object) -> bool:
    return type(value) is int and EARLIEST_US <= value <= LATEST_US


def _is_end(value: object) -> bool:
    return _is_time(value) or value == FOREVER_US


def _is_expiry(value: object) -> bool:
    return _is_end(value) or value == LATEST_US + 1  # when the last day has passed


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _list_of(*tests: Test) -> Test:
    """Return the test for a list of rows, each with one value per test."""

    def test(value: object) -> bool:
        return isinstance(value, list) and all(
            isinstance(row, list) and len(row) == len(tests) and all(t(v) for t, v in zip(tests, row, strict=True))
            for row in value
        )

    return test


def _all(test: Test) -> Test:
    return lambda value: isinstance(value, list) and all(map(test, value))


def _is_slot(value: object) -> bool:
    return _list_of(_is_text, _is_text, lambda v: isinstance(v, str), _is_flag, _is_flag)([value])


_CONTENT: Final[Mapping[str, Test]] = {
    "role": _is_text,
    "name": _is_text,
    "metadata": lambda value: isinstance(value, dict),
    "entities": _list_of(_is_text, _is_text),
    "relations": _list_of(_is_text, _is_text, _is_text),
    "slot": _is_slot,
    "images": _all(_is_text),
    "indexed": _is_flag,
    "vector": _is_text,
    "tokens": lambda value: isinstance(value, str),
}
_VERSION: Final[Mapping[str, Test]] = {
    "kind": lambda value: isinstance(value, str) and value in set(MemoryKind),
    "state": lambda value: isinstance(value, str) and value in set(State),
    **dict.fromkeys(("created", "updated", "said", "from"), _is_time),
    "to": _is_end,
    "expires": _is_expiry,
    "supersedes": _all(_is_key),
    "superseded_by": _is_key,
    "verified": _is_flag,
    "event": _is_key,
    "sources": _list_of(_is_key, _is_count, _is_count),
}
