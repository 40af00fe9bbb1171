"""An embedder for tests: fast, deterministic, the same in every process."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

_WORD: Final = re.compile(r"\w+")


class HashEmbedder:
    """Bags of words: each word adds 1 to the dimension that its hash names (feature hashing, ICML 2009).

    Args:
        dimensions: of a vector.
    """

    model_id = "hash"

    def __init__(self, dimensions: int = 16) -> None:
        self.dimensions = dimensions

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row per text: shape (len(texts), dimensions)."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in _WORD.findall(text.casefold()):
                row[_hash(word) % self.dimensions] += 1
        return vectors

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return the vector of a question: shape (dimensions,)."""
        vector: NDArray[np.float32] = self.embed_documents([text])[0]
        return vector


def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=4).digest())
