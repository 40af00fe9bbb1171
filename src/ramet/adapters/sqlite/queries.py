"""The named statements of ``queries.sql``."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_HEADING = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def load() -> dict[str, str]:
    """Return all statements by name."""
    text = files(__package__).joinpath("queries.sql").read_text("utf-8")
    _, *parts = _HEADING.split(text)
    return {name: sql.strip().removesuffix(";") for name, sql in zip(parts[::2], parts[1::2], strict=True)}
