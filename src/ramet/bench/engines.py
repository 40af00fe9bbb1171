"""What is measured: Ramet, and the peers behind the same three methods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from ramet.bench.peers import Fts5Engine, Mem0Engine
from ramet.embedded import Memory
from ramet.memory.ports import Embedder

TOP_K: Final = 20


class Engine(Protocol):
    """A store of texts by user, opened on a directory."""

    def add(self, user: str, texts: Sequence[str]) -> None:
        """Keep texts durably, by one call."""

    def search(self, user: str, question: str, top_k: int) -> int:
        """Return how many results a question finds among a user's texts, at most ``top_k``."""

    def close(self) -> None:
        """Release the files."""


class RametEngine:
    """Ramet, embedded: every text a memory, no statements extracted."""

    def __init__(self, home: Path, embedder: Embedder) -> None:
        self._memory = Memory(home, embedder=embedder)

    def add(self, user: str, texts: Sequence[str]) -> None:
        self._memory.add([{"role": "user", "content": text} for text in texts], user_id=user, infer=False)

    def search(self, user: str, question: str, top_k: int) -> int:
        return len(self._memory.search(question, user_id=user, top_k=top_k)["results"])

    def close(self) -> None:
        self._memory.close()


ENGINES: Final[dict[str, Callable[[Path, Embedder], Engine]]] = {
    "ramet": RametEngine,
    "mem0ai": Mem0Engine,
    "sqlite-fts5": Fts5Engine,
}
