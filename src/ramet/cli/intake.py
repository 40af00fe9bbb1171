"""Reading what the user types, pipes or names: texts, messages, metadata, filters, ids."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from ramet.cli.command import Ids
from ramet.cli.failure import UsageError
from ramet.kernel.errors import NotFoundError

if TYPE_CHECKING:
    from ramet import Memory

STDIN: Final = "-"
_ID_LENGTH: Final = 36
_SHORTEST_ID: Final = 6
_PAGE: Final = 10_000


def text_or_stdin(text: str | None) -> str:
    """Return the argument, or what is piped in when it is absent or ``-``."""
    if text not in (None, STDIN):
        return str(text)
    if text is None and (sys.stdin is None or sys.stdin.isatty()):
        raise UsageError("No text was given.", remedy="Give one, pipe one in, or name a file with --messages.")
    found = _decoded(typer.get_binary_stream("stdin").read(), "The standard input").strip()
    if not found:
        raise UsageError("The standard input holds no text.", remedy="Give a text as an argument or pipe one in.")
    return found


def read_messages(path: str) -> list[Any]:
    """Read messages from a file or ``-``: a JSON list, ``{"messages": […]}``, or one message a line (JSON lines)."""
    name = "The standard input" if path == STDIN else path
    data = typer.get_binary_stream("stdin").read() if path == STDIN else read_bytes(Path(path))
    text = _decoded(data, name)
    try:
        found = json.loads(text)
    except ValueError:
        return list(_json_lines(text, name))
    if isinstance(found, dict) and isinstance(found.get("messages"), list):
        return list(found["messages"])
    return found if isinstance(found, list) else [found]


def _json_lines(text: str, name: str) -> Iterator[Any]:
    for number, row in enumerate(text.split("\n"), 1):
        if not row.strip():
            continue
        try:
            yield json.loads(row)
        except ValueError as error:
            raise UsageError(
                f"Line {number} of {name} is no JSON: {error}.",
                remedy='Write one message a line, such as {"role": "user", "content": "…"}, or a JSON list of them.',
            ) from error


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises:
        UsageError: it isn't there or can't be read.
    """
    try:
        return path.expanduser().read_bytes()
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.", remedy="Check the path.") from error


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not UTF-8 (byte {error.start:,}).", remedy="Convert it, e.g. with iconv -t UTF-8."
        ) from error


def read_metadata(pairs: Sequence[str] | None) -> dict[str, Any] | None:
    """Read ``key=value`` pairs; a value that is JSON is taken as such, any other as text."""
    if not pairs:
        return None
    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--metadata {pair!r} is no key=value.", remedy="Give e.g. --metadata category=travel.")
        found[key.strip()] = _json_or_text(value)
    return found


def _json_or_text(value: str) -> Any:  # noqa: ANN401 - JSON values
    try:
        return json.loads(value)
    except ValueError:
        return value


def read_filter(text: str | None) -> Any:  # noqa: ANN401 - JSON values
    """Read ``--filter``."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(
            f"--filter is no JSON: {error}.",
            remedy="""Give e.g. --filter '{"category": {"in": ["travel", "food"]}}'.""",
        ) from error


def full_id(memory: Memory, given: str, ids: Ids, branch: str) -> str:
    """Return the id that the given one begins or ends; whole ids pass as they are.

    Raises:
        NotFoundError: it is short, and no scope was given to look it up in.
        UsageError: several memories of the scope fit.
    """
    given = given.strip()
    if not _SHORTEST_ID <= len(given) < _ID_LENGTH:
        return given
    if not ids.given:
        raise NotFoundError(
            f"{given!r} is not the whole id of a memory.",
            remedy="Give all 36 characters, or --user (--agent, --run, --app) so that a part is enough.",
        )
    fitting = [found for found in _ids(memory, ids, branch) if found.startswith(given) or found.endswith(given)]
    if len(fitting) > 1:
        raise UsageError(
            f"{given!r} fits {len(fitting)} memories: {', '.join(fitting[:3])}{' …' if len(fitting) > 3 else ''}.",  # noqa: PLR2004 - shown
            remedy="Give more of the id; its end tells memories apart better than its beginning, which is a time.",
        )
    return fitting[0] if fitting else given


def _ids(memory: Memory, ids: Ids, branch: str) -> Iterator[str]:
    page = 1
    while True:
        found = memory.get_all(
            **ids.arguments, page=page, page_size=_PAGE, include_superseded=True, show_expired=True, branch=branch
        )
        yield from (record["id"] for record in found["results"])
        if page * _PAGE >= found["total"]:
            return
        page += 1
