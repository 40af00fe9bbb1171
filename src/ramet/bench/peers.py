"""The peers, each in its most favourable plain use. They import on first use; none is needed to run Ramet."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ramet.settings import keep_mem0_quiet

if TYPE_CHECKING:
    from ramet.memory.ports import Embedder

PEERS: Final = {"mem0ai": "mem0", "sqlite-fts5": "apsw"}
"""From a peer's name to the module that must be there."""


def installed() -> list[str]:
    """Return the names of the peers that can be measured here."""
    return [name for name, module in PEERS.items() if find_spec(module) is not None]


class Mem0Engine:
    """mem0ai with its embedded Qdrant on disk, telemetry off, no model called, and our embedder object in its slot.

    Its configuration takes no embedder object without langchain, so the object is put where the factory would have
    put one: the embedder is called in process, as ours is, without HTTP.
    """

    def __init__(self, home: Path, embedder: Embedder) -> None:
        keep_mem0_quiet(home)
        logging.getLogger("mem0").setLevel(logging.ERROR)  # it repeats which extras are missing
        import mem0

        provider = {"provider": "openai", "config": {"api_key": "never used"}}
        store = {"path": str(home / "qdrant"), "on_disk": True, "embedding_model_dims": len(embedder.embed_query("a"))}
        self._memory: Any = mem0.Memory.from_config(
            {
                "vector_store": {"provider": "qdrant", "config": store},
                "history_db_path": str(home / "history.db"),
                "embedder": provider,
                "llm": provider,
            }
        )
        self._memory.embedding_model = _Mem0Embedder(embedder)

    def add(self, user: str, texts: Sequence[str]) -> None:
        self._memory.add([{"role": "user", "content": text} for text in texts], user_id=user, infer=False)

    def search(self, user: str, question: str, top_k: int) -> int:
        return len(self._memory.search(question, filters={"user_id": user}, top_k=top_k)["results"])

    def close(self) -> None:
        self._memory.vector_store.client.close()


class _Mem0Embedder:
    """Our embedder with the two methods that mem0 calls."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:
        if memory_action == "search":
            return [float(value) for value in self._embedder.embed_query(text)]
        return self.embed_batch([text])[0]

    def embed_batch(self, texts: Sequence[str], memory_action: str = "add") -> list[list[float]]:
        del memory_action
        return [[float(value) for value in row] for row in self._embedder.embed_documents(texts)]


_BEST_MATCHES: Final = """
    SELECT rowid, text, rank FROM memory WHERE memory MATCH ? AND rank MATCH 'bm25(0, 1)' ORDER BY rank LIMIT ?
"""


class Fts5Engine:
    """SQLite's full-text index alone: one table of user and text, durable, bm25 with the user in the MATCH.

    No vectors, no metadata, no history: the floor that a keyword search on SQLite costs. Questions keep all their
    words, as a plain use of FTS5 would.
    """

    def __init__(self, home: Path, embedder: Embedder) -> None:
        import apsw

        del embedder
        self._db = apsw.Connection(str(home / "fts5.db"))
        self._db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        self._db.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS memory USING fts5(user, text, tokenize = 'porter unicode61')"
        )

    def add(self, user: str, texts: Sequence[str]) -> None:
        with self._db:
            self._db.executemany("INSERT INTO memory (user, text) VALUES (?, ?)", [(user, text) for text in texts])

    def search(self, user: str, question: str, top_k: int) -> int:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question))
        found = self._db.execute(_BEST_MATCHES, (f'user : "{user}" AND text : ({words})', top_k))
        return len(found.fetchall())

    def close(self) -> None:
        self._db.close()
