"""Importing: check and embed everything, then write it in one transaction, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from ramet.kernel.errors import ConflictError, LimitError, ValidationError
from ramet.kernel.journal import OpKind
from ramet.kernel.scope import Scope
from ramet.memory.changing import Place
from ramet.memory.engine import Engine, current, find_branch
from ramet.memory.index import Encoder, lexical_row
from ramet.memory.model import Branch, Episode, Version
from ramet.memory.partitions import lineage
from ramet.memory.ports import Change, IndexRow, Writer
from ramet.memory.transfer import form
from ramet.memory.transfer.form import ContentLine, Form, Header, Line, ScopeLine

_SPOOL_BYTES: Final = 64 << 20  # what is checked waits in memory up to here, then in an unnamed file
_CHUNK: Final = 256  # texts embedded together
_ROWS_PER_OPERATION: Final = 1_000  # so that no journal row outgrows what undo and rebuild read at once

Report = dict[str, Any]


def import_(engine: Engine, place: Place, lines: Iterable[str]) -> Report:
    """Bring in an export, ids and history as they were. What is there already stays as it is.

    All lines are checked, and embedded where the vectors are missing or another model's, before the first is written;
    then one transaction takes them all. Memory is bounded but for the ids. An undo of each of ``operation_ids`` takes
    the import back.

    Returns:
        ``{"memories", "versions", "episodes", "skipped", "embedded", "operation_ids"}``; ``skipped`` counts memories
        that the branch knew before.

    Raises:
        ValidationError: a line is malformed or refers to nothing; the message names the line.
        ConflictError: an id is another project's, or names another text here; nothing was written.
    """
    with SpooledTemporaryFile(_SPOOL_BYTES, "w+", encoding="utf-8", newline="\n") as spool:
        embedded = _check_all(engine, place.project, lines, spool)
        spool.seek(0)
        with engine.store.write(place.project) as writer:
            branches = writer.branches()
            intake = Intake(writer, place, find_branch(branches, place.branch), branches)
            for line in map(Form(place.project, engine.limits).read, spool):
                intake.take(line, engine.encoder.model)
            intake.flush()
            writer.commit()
    return {**intake.counts, "embedded": embedded, "operation_ids": intake.operation_ids}


def _check_all(engine: Engine, project: str, lines: Iterable[str], spool: IO[str]) -> int:
    """Check all lines, and write them to the spool with every vector filled in; return how many were embedded."""
    references = References()
    numbered = _checked(Form(project, engine.limits), references, lines)
    vectors = Vectors(engine.encoder)
    while chunk := list(islice(numbered, _CHUNK)):
        for text in vectors.filled(chunk):
            spool.write(text + "\n")
    references.finish()
    return vectors.embedded


def _checked(reader: Form, references: References, lines: Iterable[str]) -> Iterator[tuple[int, str, Line]]:
    for number, text in enumerate(lines, 1):
        bare = text.strip()
        if not bare:
            continue
        try:
            line = reader.read(bare)
            references.check(number, line)
        except (ValidationError, LimitError) as error:
            raise _bad_line(number, error.message) from error
        yield number, bare, line


def _bad_line(number: int, why: str) -> ValidationError:
    return ValidationError(
        f"Line {number} of the import can't be read: {why.rstrip('.')}.",
        code="VALIDATION_012",
        remedy="Nothing was written. Export again, or mend the line.",
    )


class References:
    """Checks that lines refer to earlier lines only, and that each content belongs to one scope."""

    def __init__(self) -> None:
        self._has_header = False
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
        if isinstance(line, ContentLine):
            self._content(number, line)
        elif isinstance(line, Episode):
            self._episode(line)
        elif isinstance(line, Version):
            self._version(line)

    def finish(self) -> None:
        """Check that nothing was left without a use.

        Raises:
            ValidationError: the file is empty, or a content is referred to by nothing.
        """
        if not self._has_header:
            raise _bad_line(1, "the header is missing")
        for content_id, number in self._unused.items():
            raise _bad_line(number, f"nothing refers to content {content_id}")

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


class Vectors:
    """Fills in the vectors that are missing, or that another model made."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._is_ours = False
        self._token_bytes: int | None = None
        self.embedded = 0

    def filled(self, chunk: Sequence[tuple[int, str, Line]]) -> Iterator[str]:
        """Yield the lines' texts."""
        for number, _, line in chunk:
            if isinstance(line, Header):
                self._is_ours = line.model == self._encoder.model
            if isinstance(line, ContentLine) and line.vector is not None and self._is_ours:
                self._check_sizes(number, line)
        missing = [line for _, _, line in chunk if isinstance(line, ContentLine) and self._lacks(line)]
        made = {row.content_id: row for row in self._encoder.rows([line.content for line in missing])}
        self.embedded += len(made)
        for _, text, line in chunk:
            if isinstance(line, ContentLine) and line.content.id in made:
                row = made[line.content.id]
                yield form.content_line(replace(line, vector=row.vector, tokens=row.tokens))
            else:
                yield text

    def _lacks(self, line: ContentLine) -> bool:
        return line.indexed and (line.vector is None or not self._is_ours)

    def _check_sizes(self, number: int, line: ContentLine) -> None:
        if len(line.vector or b"") != self._encoder.dimensions:
            raise _bad_line(number, f"the vector does not have {self._encoder.dimensions} bytes")
        if not line.tokens:
            return
        if self._token_bytes is None:
            tokens = self._encoder.query("size").tokens
            self._token_bytes = 0 if tokens is None else tokens.shape[1]
        if not self._token_bytes or len(line.tokens) % self._token_bytes:
            raise _bad_line(number, "the token vectors are not of this embedder's size")


class Intake:
    """Writes checked lines, memory by memory, as operations of bounded size."""

    def __init__(self, writer: Writer, place: Place, branch: Branch, branches: Sequence[Branch]) -> None:
        self._writer = writer
        self._principal = place.principal
        self._branch = branch
        self._line = lineage(branches, branch, writer.head().seq)
        self._waiting: dict[str, ContentLine] = {}
        self._contents: dict[str, ContentLine] = {}
        self._episodes: list[Episode] = []
        self._versions: list[Version] = []
        self._memory_id: str | None = None
        self._is_known = False
        self._model = ""
        self.operation_ids: list[str] = []
        self.counts = {"memories": 0, "versions": 0, "episodes": 0, "skipped": 0}

    def take(self, line: Line, model: str) -> None:
        """Take in the next line; ``model`` made the vectors."""
        self._model = model
        if isinstance(line, ContentLine):
            self._content(line)
        elif isinstance(line, Episode):
            self._episode(line)
        elif isinstance(line, Version):
            self._version(line)
        elif isinstance(line, ScopeLine):
            self._flush_if_full()

    def flush(self) -> None:
        """Write what was taken in since the last time as one operation."""
        if not self._episodes and not self._versions:
            return
        self._refuse_foreign()
        lines = list(self._contents.values())
        op = self._writer.append(
            OpKind.IMPORT,
            Change(episodes=self._episodes, versions=self._versions),
            branch_id=self._branch.id,
            principal=self._principal,
            contents=[line.content for line in lines],
            index_rows=[self._row(line) for line in lines if line.vector is not None],
        )
        self.operation_ids.append(op.op_id)
        self._contents, self._episodes, self._versions = {}, [], []

    def _content(self, line: ContentLine) -> None:
        known = self._writer.contents([line.content.id]).get(line.content.id)
        if known is None:
            self._waiting[line.content.id] = line
        elif known != line.content:
            raise _conflict("content", known.id)

    def _episode(self, episode: Episode) -> None:
        known = self._writer.episodes([episode.id])
        if not known:
            self._episodes.append(episode)
            self._use(episode.content_id)
            self.counts["episodes"] += 1
        elif (known[0].scope, known[0].content_id) != (episode.scope, episode.content_id):
            raise _conflict("episode", episode.id)

    def _version(self, version: Version) -> None:
        if version.memory_id != self._memory_id:
            self._begin(version)
        if self._is_known:
            return
        self._versions.append(version)
        self._use(version.content_id)
        self.counts["versions"] += 1

    def _begin(self, version: Version) -> None:
        self._flush_if_full()
        known = current(self._writer, self._line, version.memory_id)
        if known is not None and known.scope != version.scope:
            raise _conflict("memory", version.memory_id)
        self._memory_id, self._is_known = version.memory_id, known is not None
        self.counts["skipped" if self._is_known else "memories"] += 1

    def _use(self, content_id: str) -> None:
        if content_id in self._waiting:
            self._contents[content_id] = self._waiting.pop(content_id)

    def _flush_if_full(self) -> None:
        if len(self._versions) + len(self._episodes) >= _ROWS_PER_OPERATION:
            self.flush()

    def _row(self, line: ContentLine) -> IndexRow:
        row = IndexRow(line.content.id, self._model, 0, None, None, False, line.vector or b"", b"", line.tokens)
        return lexical_row(line.content, row)

    def _refuse_foreign(self) -> None:
        ids = [*self._contents, *(e.id for e in self._episodes), *{v.memory_id for v in self._versions}]
        foreign = self._writer.foreign(ids)
        if foreign:
            raise ConflictError(
                f"{len(foreign)} ids of the import belong to another project of this store, {foreign[0]} for one.",
                remedy="Import it into another data directory.",
            )


def _conflict(what: str, found: str) -> ConflictError:
    return ConflictError(f"The store has another {what} under the id {found}.", remedy="Nothing was imported.")
