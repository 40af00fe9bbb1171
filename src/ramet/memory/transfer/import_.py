"""Importing: check and embed everything, then write it in one transaction, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from ramet.kernel.errors import ConflictError, LimitError, ValidationError
from ramet.kernel.journal import OpKind
from ramet.memory.changing import Place
from ramet.memory.engine import Engine, current, find_branch
from ramet.memory.index import Encoder, lexical_row
from ramet.memory.model import Branch, Episode, Version
from ramet.memory.partitions import lineage
from ramet.memory.ports import Change, IndexRow, Writer
from ramet.memory.transfer import form
from ramet.memory.transfer.form import ContentLine, Form, Header, Line, ScopeLine
from ramet.memory.transfer.references import References, bad_line

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
    if isinstance(lines, str | bytes) or not isinstance(lines, Iterable):
        raise ValidationError(
            f"lines is no sequence of lines: {lines!r:.80}.",
            code="VALIDATION_012",
            remedy="Pass a file opened as text.",
        )
    for number, text in enumerate(lines, 1):
        if not isinstance(text, str):
            raise bad_line(number, f"it is {type(text).__name__}, not text")
        bare = text.strip()
        if not bare:
            continue
        try:
            line = reader.read(bare)
            references.check(number, line)
        except (ValidationError, LimitError) as error:
            raise bad_line(number, error.message) from error
        yield number, bare, line


class Vectors:
    """Fills in the vectors that are missing, or that another model made."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._is_ours = False
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
            raise bad_line(number, f"the vector does not have {self._encoder.dimensions} bytes")
        if line.tokens and not self._encoder.reads_tokens(line.tokens):
            raise bad_line(number, "the token vectors are not of this embedder's form")


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
        vector = line.vector or b""
        row = IndexRow(
            line.content.id, self._model, 0, None, None, question=False, vector=vector, terms=b"", tokens=line.tokens
        )
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
