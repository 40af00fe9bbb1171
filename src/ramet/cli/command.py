"""What all commands share: groups of options, the way errors leave, the opening of a store.

A parameter whose type is one of the dataclasses here stands for all their fields: each becomes an option of the
command, and the command gets the value that they make together.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

import ramet
from ramet.cli.failure import UsageError, fail
from ramet.cli.lazy import LazyModule
from ramet.kernel.errors import RametError, StoreError

if TYPE_CHECKING:
    from ramet import Memory, settings
    from ramet.settings import Settings
else:
    settings = LazyModule("ramet.settings")

STORE_FILE = "ramet.db"


@dataclass(frozen=True, slots=True)
class Target:
    """Which store, and in which form to answer."""

    path: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Data directory [RAMET_HOME, else the user's own].")
    ] = None
    embedder: Annotated[str | None, typer.Option(metavar="NAME", help="'default' or 'static' [RAMET_EMBEDDER].")] = None
    project: Annotated[str | None, typer.Option(metavar="NAME", help="The boundary that isolates [RAMET_PROJECT].")] = (
        None
    )
    json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False


@dataclass(frozen=True, slots=True)
class Ids:
    """Whose memories."""

    user: Annotated[str | None, typer.Option("--user", "-u", metavar="ID", help="Whose: user id.")] = None
    agent: Annotated[str | None, typer.Option("--agent", "-a", metavar="ID", help="Whose: agent id.")] = None
    run: Annotated[str | None, typer.Option("--run", "-r", metavar="ID", help="Whose: run id.")] = None
    app: Annotated[str | None, typer.Option("--app", metavar="ID", help="Whose: app id.")] = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The ids as the library's arguments."""
        return {"user_id": self.user, "agent_id": self.agent, "run_id": self.run, "app_id": self.app}

    @property
    def given(self) -> dict[str, str]:
        """The ids that were given, by the option's name."""
        found = {"user": self.user, "agent": self.agent, "run": self.run, "app": self.app}
        return {name: value for name, value in found.items() if value is not None}

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.given.items())


def command(app: typer.Typer, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command of ``app``. What it raises of ours becomes a message and an exit code."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        app.command(name)(_as_callback(function))
        return function

    return register


def _as_callback(function: Callable[..., None]) -> Callable[..., None]:
    hints = get_type_hints(function, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    parameters = [p for n, given in inspect.signature(function).parameters.items() for p in _expanded(given, hints[n])]

    @functools.wraps(function)
    def callback(**values: Any) -> None:  # noqa: ANN401 - what typer parsed
        for name, group in groups.items():
            values[name] = group(**{f.name: values.pop(f.name) for f in fields(group)})
        try:
            _refuse_undecodable(values)
            function(**values)
        except RametError as error:
            fail(error, as_json=any(getattr(value, "json", False) for value in values.values()))

    callback.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # typer reads it
    callback.__annotations__ = {}
    return callback


def _refuse_undecodable(values: Mapping[str, Any]) -> None:
    """Refuse arguments whose bytes are no UTF-8, which Python hides in lone surrogates; paths may be any bytes."""
    for value in values.values():
        given = [getattr(value, f.name) for f in fields(value)] if is_dataclass(value) else value
        for text in given if isinstance(given, list) else [given]:
            if isinstance(text, str) and any("\ud800" <= c <= "\udfff" for c in text):
                raise UsageError(
                    f"{text!r} is not UTF-8.", remedy="Type it in a UTF-8 terminal, or pipe in UTF-8 text."
                )


def _expanded(parameter: inspect.Parameter, hint: Any) -> Iterator[inspect.Parameter]:  # noqa: ANN401 - a type
    if not is_dataclass(hint):
        yield parameter.replace(annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY)
        return
    annotations = get_type_hints(hint, include_extras=True)
    for field in fields(hint):
        yield inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=annotations[field.name]
        )


@contextmanager
def opened(target: Target, *, to_write: bool = False) -> Iterator[Memory]:
    """Open the memory that the options name.

    Raises:
        StoreError: ``--path`` names a directory without a store, and nothing will be written.
    """
    settings.use_one_numeric_thread()
    if not to_write:
        refuse_missing(target.path)
    with ramet.Memory(target.path, embedder=target.embedder, project=target.project) as memory:
        yield memory


def refuse_missing(path: Path | None) -> None:
    """Refuse to make a new store where someone only wants to read one."""
    if path is not None and not (path.expanduser() / STORE_FILE).exists():
        raise StoreError(
            f"There is no Ramet store in {path}.",
            remedy="Check --path; `ramet memory add` makes a store where it writes.",
        )


def resolved(target: Target) -> Settings:
    """Return the settings as the options change them."""
    found = settings.read_settings()
    return settings.Settings(
        home=target.path.expanduser() if target.path else found.home,
        embedder=target.embedder or found.embedder,
        project=target.project or found.project,
        busy_timeout_s=found.busy_timeout_s,
    )
