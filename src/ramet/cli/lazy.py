"""Loading on first use, so that `ramet --help` does not pay for what it does not run."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup


class LazyModule:
    """A module that is imported when one of its names is first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401 - whatever the module holds
        return getattr(import_module(self._name), attribute)


class Group(TyperGroup):
    """A group of commands; called without one, it shows its help."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer keeps this type private
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)


class LazyGroup(Group):
    """A group whose commands are imported when they are called.

    ``catalogue`` maps a command's name to where it is and to the line that the group's help shows for it. Where it is:
    ``module`` for a module whose ``app`` is the command, ``module:name`` for one command of that ``app``.
    """

    catalogue: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - as the parent has it
        return list(self.catalogue)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - as the parent has it
        if cmd_name in self.catalogue and cmd_name not in self.commands:
            self.commands[cmd_name] = _load(self.catalogue[cmd_name][0], cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401 - as the parent has it
        if args[0] not in self.catalogue:
            for name in self.catalogue:  # so that the error can suggest one of them
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002 - as the parent has it
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.catalogue.items()])


def _load(path: str, name: str) -> Any:  # noqa: ANN401 - typer keeps this type private
    module, _, inner = path.partition(":")
    made: Any = typer.main.get_command(import_module(module).app)
    found = (
        made.commands[inner] if inner and isinstance(made, TyperGroup) else made
    )  # an app of one command is no group
    found.name = name
    return found
