"""Whether the lines of an import agree with each other."""

from __future__ import annotations

from ramet.kernel.errors import ValidationError
from ramet.kernel.scope import Scope
from ramet.memory.model import Episode, Version
from ramet.memory.transfer.form import ContentLine, End, Header, Line


class References:
    """Checks that lines refer to earlier lines only, and that each content belongs to one scope."""

    def __init__(self) -> None:
        self._has_header = self._has_end = False
        self._lines = 0
        self._indexed: dict[str, bool] = {}
        self._unused: dict[str, int] = {}
        self._content_scopes: dict[str, Scope] = {}
        self._episodes: dict[str, Scope] = {}
        self._memories: set[str] = set()
        self._memory: tuple[str, Scope] | None = None

    def check(self, number: int, line: Line) -> None:
        """Check one line.

        Raises:
            ValidationError: it contradicts an earlier one; the message says how.
        """
        if isinstance(line, Header) == self._has_header:
            raise ValidationError("there is a second header" if self._has_header else "the header is missing")
        self._has_header = True
        if self._has_end:
            raise ValidationError("it stands after the end")
        if isinstance(line, End):
            self._end(line)
        elif isinstance(line, ContentLine):
            self._content(number, line)
        elif isinstance(line, Episode):
            self._episode(line)
        elif isinstance(line, Version):
            self._version(line)
        self._lines += 1

    def finish(self) -> None:
        """Check that nothing was left without a use.

        Raises:
            ValidationError: the file is empty or was cut off, or a content is referred to by nothing.
        """
        if not self._has_header:
            raise bad_line(1, "the header is missing")
        for content_id, number in self._unused.items():
            raise bad_line(number, f"nothing refers to content {content_id}")
        if not self._has_end:
            raise bad_line(self._lines + 1, "the end is missing: the file was cut off")

    def _end(self, line: End) -> None:
        if line.lines != self._lines:
            raise ValidationError(f"{self._lines:,} lines stand before the end, not {line.lines:,}")
        self._has_end = True

    def _content(self, number: int, line: ContentLine) -> None:
        if line.content.id in self._indexed:
            raise ValidationError(f"content {line.content.id} is there twice")
        self._indexed[line.content.id] = line.indexed
        self._unused[line.content.id] = number

    def _episode(self, episode: Episode) -> None:
        if episode.id in self._episodes:
            raise ValidationError(f"episode {episode.id} is there twice")
        self._use(episode.content_id, episode.scope)
        self._episodes[episode.id] = episode.scope

    def _version(self, version: Version) -> None:
        this = (version.memory_id, version.scope)
        if this != self._memory:
            if version.memory_id in self._memories:
                raise ValidationError(f"the versions of memory {version.memory_id} are apart or of several scopes")
            self._memories.add(version.memory_id)
            self._memory = this
        self._use(version.content_id, version.scope)
        if not self._indexed[version.content_id]:
            raise ValidationError(f"content {version.content_id} is a memory's and is not marked as indexed")
        for source in version.sources:
            if self._episodes.get(source.episode_id) != version.scope:
                raise ValidationError(f"episode {source.episode_id} is unknown in this scope")

    def _use(self, content_id: str, scope: Scope) -> None:
        if content_id not in self._indexed:
            raise ValidationError(f"content {content_id} is unknown")
        if self._content_scopes.setdefault(content_id, scope) != scope:
            raise ValidationError(f"content {content_id} is used in two scopes")
        self._unused.pop(content_id, None)


def bad_line(number: int, why: str) -> ValidationError:
    """Return the error that names a line and what is wrong with it."""
    return ValidationError(
        f"Line {number} of the import can't be read: {why.rstrip('.')}.",
        code="VALIDATION_012",
        remedy="Nothing was written. Export again, or mend the line.",
    )
