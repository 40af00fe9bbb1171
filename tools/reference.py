"""Write the generated pages of docs/reference: the Python API, the errors, the limits, the commands.

What the pages say comes from signatures, docstrings and comments, so that code and reference can't part.

    python tools/reference.py           write the pages
    python tools/reference.py --check   exit 1 if one is out of date
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import typer.main

from ramet import AsyncMemory, Memory
from ramet.cli.main import app
from ramet.kernel import errors
from ramet.memory.entities import MemoryGraph
from ramet.memory.limits import Limits

PAGES: Final = Path(__file__).parents[1] / "docs" / "reference"
NOTICE: Final = "<!-- Written by tools/reference.py; do not edit. -->"
_SECTION: Final = re.compile(r"^(Args|Returns|Raises|Attributes|Yields):$")
_ENTRY: Final = re.compile(r"^([\w*, ]+): (.+)$")
_LITERAL: Final = re.compile(r"``(.+?)``", re.DOTALL)
_SIZES: Final = {"bytes": "bytes", "chars": "characters", "tokens": "tokens"}

_ABOUT_CODES: Final = (
    "The code below is the one that a class has unless it was raised with a narrower one (`VALIDATION_006`: the "
    "filter can't be read). Most errors bring a remedy of their own; the last column is what they say otherwise."
)
_ABOUT_LIMITS: Final = (
    "Everything has a limit. Past it you get a `LimitError`, before anything is written. Raise one with "
    "`Memory(limits=Limits(top_k=50_000))`, from `ramet.memory.limits`."
)


# -- docstrings -----------------------------------------------------------------------------------------------------


def prose(docstring: str) -> str:
    """Turn a Google docstring into Markdown: sections become lists, literals code."""
    return "\n\n".join(_paragraphs(_LITERAL.sub(r"`\1`", inspect.cleandoc(docstring))))


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        head, _, body = paragraph.partition("\n")
        section = _SECTION.match(head)
        if section is None:
            yield paragraph
        else:
            yield f"*{section[1]}:*"
            yield _section(inspect.cleandoc("\n" + body))


def _section(body: str) -> str:
    entries: list[str] = []
    for line in body.splitlines():
        if entries and line.startswith(" "):
            entries[-1] += " " + line.strip()
        elif match := _ENTRY.match(line):
            entries.append(f"- `{match[1]}`: {match[2]}")
        elif entries:
            entries[-1] += " " + line
        else:
            entries.append(line)
    return "\n".join(entries)


# -- pages ----------------------------------------------------------------------------------------------------------


def python_page() -> str:
    """The methods of Memory, with their signatures and docstrings."""
    parts = [
        NOTICE,
        "# Python API",
        _twins(),
        "## Memory",
        _signature("Memory", Memory.__init__),
        prose(inspect.getdoc(Memory) or ""),
        *(_method(name, member, "###") for name, member in _members(Memory)),
        "## memory.graph",
        prose(inspect.getdoc(MemoryGraph) or ""),
        *(_method(name, member, "###") for name, member in _members(MemoryGraph)),
    ]
    return "\n\n".join(parts) + "\n"


def _twins() -> str:
    plain = [
        f"`{name}`"
        for name, member in _members(Memory)
        if callable(member) and not inspect.iscoroutinefunction(getattr(AsyncMemory, name, None))
    ]
    return (
        "`from ramet import Memory, AsyncMemory`. Both have the same methods; those of `AsyncMemory` are awaited, save "
        f"{', '.join(plain)}. It is generated from `Memory`."
    )


def _members(kind: type) -> list[tuple[str, Any]]:
    order = [name for base in reversed(kind.__mro__) for name in vars(base) if not name.startswith("_")]
    return [(name, getattr(kind, name)) for name in dict.fromkeys(order)]


def _method(name: str, member: object, level: str) -> str:
    if isinstance(member, property):
        return f"{level} {name}\n\n{prose(inspect.getdoc(member) or '')}"
    return f"{level} {name}\n\n{_signature(name, member)}\n\n{prose(inspect.getdoc(member) or '')}"


def _signature(name: str, function: Any) -> str:  # noqa: ANN401 - any callable
    signature = inspect.signature(function)
    shown = [p.replace(annotation=p.empty) for p in signature.parameters.values() if p.name not in ("self", "cls")]
    parts = [_default(str(p), p) for p in shown]
    at = next((n for n, p in enumerate(shown) if p.kind is p.KEYWORD_ONLY), None)
    if at is not None:
        parts.insert(at, "*")
    line = f"{name}({', '.join(parts)})"
    if len(line) > 100:  # noqa: PLR2004 - the width of a page
        line = f"{name}(\n    " + ",\n    ".join(parts) + ",\n)"
    return f"```text\n{line}\n```"


def _default(text: str, parameter: inspect.Parameter) -> str:
    """Show a sentinel default as what it means."""
    return f"{parameter.name}=<as it is>" if type(parameter.default) is object else text


def errors_page() -> str:
    """The error tree, and each class with its code and remedy."""
    tree = inspect.cleandoc(errors.__doc__ or "")
    head, _, drawn = tree.partition("\n\n")
    rows = [
        f"| `{kind.__name__}` | `{kind.default_code}` | {'yes' if kind.retryable else 'no'} | "
        f"{_first_line(kind)} | {kind.default_remedy} |"
        for kind in _error_classes(errors.RametError)
    ]
    table = ["| class | code | retryable | what it says | remedy |", "|---|---|---|---|---|", *rows]
    return "\n\n".join([
        NOTICE,
        "# Errors",
        _LITERAL.sub(r"`\1`", head),
        f"```text\n{inspect.cleandoc(chr(10) + drawn)}\n```",
        prose(errors.RametError.__doc__ or ""),
        _ABOUT_CODES,
        "\n".join(table),
        "On the command line an error goes to stderr, with its code and remedy; with `--json`, as one JSON object.",
    ]) + "\n"  # fmt: skip


def _error_classes(kind: type[errors.RametError]) -> Iterator[type[errors.RametError]]:
    yield kind
    ours = [child for child in kind.__subclasses__() if child.__module__ == errors.__name__]
    for child in sorted(ours, key=lambda k: inspect.getsourcelines(k)[1]):
        yield from _error_classes(child)


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or "").splitlines()[0]


def limits_page() -> str:
    """Each limit with its unit and its reason."""
    source = inspect.getsource(Limits)
    rows = [
        f"| `{field.name}` | {field.default:,} {_unit(field.name)}| {_reason(source, field.name)} |"
        for field in dataclasses.fields(Limits)
    ]
    return "\n\n".join([
        NOTICE,
        "# Limits",
        _ABOUT_LIMITS,
        "\n".join(["| limit | default | reason |", "|---|---|---|", *rows]),
    ]) + "\n"  # fmt: skip


def _unit(name: str) -> str:
    unit = _SIZES.get(name.rsplit("_", 1)[-1])
    return f"{unit} " if unit else ""


def _reason(source: str, name: str) -> str:
    found = re.search(rf"^ +{name}:[^#\n]*# (.+)$", source, re.MULTILINE)
    if found is None:
        message = f"The limit {name} says no reason."
        raise ValueError(message)
    return found[1]


def cli_page() -> str:
    """Each command with its arguments and options."""
    root = typer.main.get_command(app)
    parts = [
        NOTICE,
        "# Commands",
        prose(root.help or ""),
        "Every command takes `--json`. A text argument that is left out, or `-`, is read from stdin.",
        *_commands(root, ["ramet"]),
    ]
    return "\n\n".join(parts) + "\n"


def _commands(command: Any, path: list[str]) -> Iterator[str]:  # noqa: ANN401 - typer's own classes
    children = getattr(command, "list_commands", None)
    if children is None:
        yield _command(command, path)
        return
    with command.make_context(path[-1], [], resilient_parsing=True) as context:
        for name in children(context):
            yield from _commands(command.get_command(context, name), [*path, name])


def _command(command: Any, path: list[str]) -> str:  # noqa: ANN401 - typer's own classes
    with command.make_context(path[-1], [], resilient_parsing=True) as context:
        usage = " ".join([*path, *command.collect_usage_pieces(context)])
        rows = [record for p in command.get_params(context) if (record := _parameter(p, context))]
    lines = [f"| `{_cell(name)}` | {_cell(text)} |" for name, text in rows]
    table = "\n".join(["| option | meaning |", "|---|---|", *lines])
    return f"## {' '.join(path)}\n\n```text\n{usage}\n```\n\n{prose(command.help or '')}\n\n{table}"


def _parameter(parameter: Any, context: Any) -> tuple[str, str] | None:  # noqa: ANN401 - typer's own classes
    record = parameter.get_help_record(context)
    if record is None or "--help" in record[0]:
        return None
    return record[0], record[1]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


GENERATED: Final = {
    "python.md": python_page,
    "errors.md": errors_page,
    "limits.md": limits_page,
    "cli.md": cli_page,
}


def outdated() -> list[str]:
    """Return the names of the pages that differ from what would be written."""
    return [
        name
        for name, make in GENERATED.items()
        if not (PAGES / name).exists() or (PAGES / name).read_text("utf-8") != make()
    ]


def main() -> int:
    """Write the pages, or check them."""
    stale = outdated()
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"docs/reference/{name} is out of date. Run: python tools/reference.py")
        return 1 if stale else 0
    for name in stale:
        (PAGES / name).write_text(GENERATED[name](), "utf-8")
        print(f"docs/reference/{name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
