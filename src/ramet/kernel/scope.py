"""Scope: the project and the ids that an operation belongs to. Parsed and refused in this one place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ramet.kernel.errors import ValidationError

ID_NAMES: Final = ("user_id", "agent_id", "run_id", "app_id")
DEFAULT_PROJECT: Final = "default"
MAX_ID_LENGTH: Final = 256  # an id is a name, not a document; indexes stay small

_BLANK = re.compile(r"\s")


@dataclass(frozen=True)
class Scope:
    """Whose memories an operation writes or reads.

    On writing, all given ids are stored. On reading, all given ids must match; an id that is ``None`` isn't asked for.
    """

    project: str = DEFAULT_PROJECT
    user_id: str | None = None
    agent_id: str | None = None
    run_id: str | None = None
    app_id: str | None = None

    @property
    def ids(self) -> tuple[str | None, str | None, str | None, str | None]:
        """The four ids, in the order of ``ID_NAMES``."""
        return (self.user_id, self.agent_id, self.run_id, self.app_id)

    def given(self) -> dict[str, str]:
        """Return the ids that are set, by name."""
        return dict(self._given)

    @cached_property
    def _given(self) -> dict[str, str]:
        return {name: value for name, value in zip(ID_NAMES, self.ids, strict=True) if value is not None}

    def covers(self, other: Scope) -> bool:
        """Tell whether a reader with this scope may see what was written under ``other``."""
        return self.project == other.project and all(
            mine is None or mine == theirs for mine, theirs in zip(self.ids, other.ids, strict=True)
        )


def parse_id(name: str, value: object) -> str | None:
    """Normalise one id: ``None`` stays, integers become text, surrounding blanks go.

    Raises:
        ValidationError: the id is blank, too long, of another type, a wildcard, or holds whitespace or a control
            character.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _bad_id(name, value, "is neither text nor an integer")
    text = str(value).strip()
    if not text:
        raise _bad_id(name, value, "is blank")
    if text == "*":
        raise _bad_id(name, value, "is a wildcard; a scope can't be widened")
    if _BLANK.search(text) or not text.isprintable():
        raise _bad_id(name, value, "contains whitespace or a control character")
    if len(text) > MAX_ID_LENGTH:
        raise _bad_id(name, text[:20] + "…", f"is longer than {MAX_ID_LENGTH} characters")
    return text


def parse_scope(
    project: object = DEFAULT_PROJECT,
    *,
    user_id: object = None,
    agent_id: object = None,
    run_id: object = None,
    app_id: object = None,
) -> Scope:
    """Build a scope of which at least one id is given.

    Raises:
        ValidationError: an id is malformed (``VALIDATION_005``) or none is given (``VALIDATION_001``).
    """
    scope = Scope(
        project=parse_id("project", project) or DEFAULT_PROJECT,
        user_id=parse_id("user_id", user_id),
        agent_id=parse_id("agent_id", agent_id),
        run_id=parse_id("run_id", run_id),
        app_id=parse_id("app_id", app_id),
    )
    if not any(scope.ids):
        raise ValidationError(
            "No id was given, so there is no scope.",
            code="VALIDATION_001",
            remedy=f"Give at least one of {', '.join(ID_NAMES)}.",
        )
    return scope


def _bad_id(name: str, value: object, why: str) -> ValidationError:
    return ValidationError(
        f"{name} {why}: {value!r}.",
        code="VALIDATION_005",
        remedy="Give a short name without whitespace, such as 'alice' or 'run-42'.",
    )
