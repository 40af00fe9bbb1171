"""How errors reach the user: one sentence, what to do about it, an exit code. A bug keeps its traceback."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final, NoReturn

import typer

from ramet.cli import terminal
from ramet.kernel.errors import RametError, ValidationError

FAILED: Final = 1
MISUSED: Final = 2
INTERRUPTED: Final = 130

_USAGE_CODE: Final = "USAGE_001"
_OPTIONS: Final = {
    "user_id": "--user",
    "agent_id": "--agent",
    "run_id": "--run",
    "app_id": "--app",
    "expiration_date": "--expires",
    "idempotency_key": "--key",
    "include_superseded": "--superseded",
    "show_expired": "--expired",
    "max_tokens": "--max-tokens",
    "top_k": "--top-k",
    "as_of": "--as-of",
    "known_at": "--known-at",
    "reference_date": "--reference-date",
    "busy_timeout_s": "RAMET_BUSY_TIMEOUT_S",
    "history(memory_id)": "`ramet memory history`",
    "get_all": "`ramet memory list`",
    "delete_all": "`ramet memory forget --all`",
}
_PYTHON_NAME: Final = re.compile(r"(?<![\w.'\"])(" + "|".join(map(re.escape, _OPTIONS)) + r")(?!\w|['\"])")


class UsageError(ValidationError):
    """The command line is wrong in a way that only the command can see."""

    default_code = _USAGE_CODE


def exit_code(error: RametError) -> int:
    """Return 2 for a call that is wrong, 1 for one that failed."""
    return MISUSED if isinstance(error, ValidationError) else FAILED


def report(error: RametError, *, as_json: bool) -> None:
    """Write an error to stderr."""
    if as_json:
        _write_json(error.code, error.message, error.remedy, retryable=error.retryable, details=error.details)
    else:
        _write(in_options(error.message), in_options(error.remedy), error.code)


def report_usage(message: str, hint: str, *, as_json: bool) -> None:
    """Write to stderr what the parser refused."""
    if as_json:
        _write_json(_USAGE_CODE, message, hint, retryable=False, details={})
    else:
        _write(message, hint, "")


def fail(error: RametError, *, as_json: bool) -> NoReturn:
    """Report an error and end the command with its exit code."""
    report(error, as_json=as_json)
    raise typer.Exit(exit_code(error)) from error


def in_options(sentence: str) -> str:
    """Name the options where the library names its arguments."""
    return _PYTHON_NAME.sub(lambda found: _OPTIONS[found[1]], sentence)


def _write(message: str, hint: str, code: str) -> None:
    terminal.note(("error: ", "bold red"), message, (f"  {code}" if code else "", "dim"))
    if hint:
        terminal.note(("hint: ", "cyan"), hint)


def _write_json(code: str, message: str, remedy: str, *, retryable: bool, details: Mapping[str, object]) -> None:
    error = {"code": code, "message": message, "remedy": remedy, "retryable": retryable, "details": details}
    typer.echo(json.dumps({"error": error}, ensure_ascii=False, default=str), err=True)
