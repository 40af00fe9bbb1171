"""Memories at the level of the port, to write to a store under test."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ramet.kernel.ids import new_id
from ramet.kernel.journal import Operation, OpKind
from ramet.kernel.scope import Scope
from ramet.memory.index import lexical_row
from ramet.memory.model import Branch, Content, Episode, MemoryKind, RelationMention, Source, State, Version
from ramet.memory.ports import Change, IndexRow, MemoryStore, Reader, Writer

PROJECT: Final = "project"
ANN: Final = Scope(PROJECT, user_id="ann")


class Memo:
    """A memory to write: one content with its index row, one episode, one version."""

    def __init__(self, text: str, scope: Scope = ANN) -> None:
        likes = RelationMention("Ann", "LIKES", text)
        self.content = Content(new_id(), text, "user", "Ann", {"deep": {"er": [1, "two"]}}, relations=(likes,))
        self.row = index_row(self.content)
        self.episode = Episode(new_id(), self.content.id, scope, said_us=5)
        self.version = Version(
            memory_id=new_id(),
            content_id=self.content.id,
            scope=scope,
            kind=MemoryKind.FACT,
            state=State.ACTIVE,
            created_us=7,
            updated_us=8,
            said_us=5,
            valid_from_us=5,
            sources=(Source(self.episode.id, 0, len(text)),),
        )

    @property
    def id(self) -> str:
        """The memory's id."""
        return self.version.memory_id

    def add(self, writer: Writer, *, branch_id: int = 0, key: str | None = None) -> Operation:
        """Write it."""
        return writer.append(
            OpKind.ADD,
            Change(episodes=[self.episode], versions=[self.version]),
            branch_id=branch_id,
            principal="tester",
            contents=[self.content],
            index_rows=[self.row],
            idempotency_key=key,
        )

    def update(self, writer: Writer, text: str, *, branch_id: int = 0) -> Content:
        """Write a new version; return its content."""
        content = replace(self.content, id=new_id(), text=text, relations=())
        version = self.version.evolve(content_id=content.id, event="UPDATE")
        writer.append(
            OpKind.UPDATE,
            Change(versions=[version]),
            branch_id=branch_id,
            principal="tester",
            contents=[content],
            index_rows=[index_row(content)],
        )
        return content

    def bring(self, writer: Writer, *, source_id: int, branch_id: int = 0) -> None:
        """Write the version on another branch, as a merge does."""
        change = Change(versions=[self.version.evolve(event="MERGE")], merged=(source_id, writer.head().seq))
        writer.append(OpKind.MERGE_BRANCH, change, branch_id=branch_id, principal="tester")


def index_row(content: Content, *, model: str = "test") -> IndexRow:
    """Return an index row with a vector of four dimensions and one token."""
    row = IndexRow(content.id, model, 0, None, None, question=False, vector=b"\1\2\3\4", terms=b"", tokens=b"\5\6")
    return lexical_row(content, row)


def written(store: MemoryStore, *memos: Memo, project: str = PROJECT) -> list[Operation]:
    """Add memos, each in a transaction of its own."""
    found = []
    for memo in memos:
        with store.write(project) as writer:
            found.append(memo.add(writer))
            writer.commit()
    return found


def forked(store: MemoryStore, name: str, *, parent: int = 0) -> Branch:
    """Fork a branch at the head."""
    with store.write(PROJECT) as writer:
        branch = Branch(0, name, parent, writer.head().seq)
        op = writer.append(OpKind.FORK, Change(branch=branch), branch_id=parent, principal="tester")
        writer.commit()
        return next(b for b in writer.branches() if b.id == op.seq)


def anything_of(reader: Reader, memo: Memo, *, branch_id: int = 0) -> list[object]:
    """Return all that a reader still finds of a memory by its ids; empty when it finds nothing."""
    found = (
        reader.chain(branch_id, memo.id),
        list(reader.contents([memo.content.id])),
        list(reader.index_rows([memo.content.id])),
        [tokens for tokens in reader.tokens([memo.content.id]) if tokens is not None],
        reader.episodes([memo.episode.id]),
    )
    return [item for items in found for item in items]
