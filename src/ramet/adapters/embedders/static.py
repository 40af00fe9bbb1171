"""The light embedder: one vector per token, added up. No neural network runs."""

from __future__ import annotations

from functools import cached_property
from itertools import accumulate, chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ramet.adapters.embedders.wordpiece import WordPiece
from ramet.memory.recall import Calibration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

DATA = Path(__file__).parent / "data"
MAX_TOKENS = 4096
"""A vector of a longer text means little; it also bounds the memory of one batch."""
MAX_LATE_TOKENS = 256
"""Tokens of a text that late interaction looks at."""
BATCH_TEXTS = 64
"""Texts summed at once: their token rows (some 1 MB) stay in the processor's cache."""


_TINY = 1e-12


class StaticEmbedder:
    """Sentence vectors of 256 dimensions: the normalised sum of the static vectors of a text's first 4096 tokens.

    The table was distilled from all-MiniLM-L6-v2 in the manner of model2vec (see `data/MODELS.md`). A text's vector
    depends on nothing but the text. Needs numpy only; 0.03 ms for a short sentence; the table (8 MB) is mapped,
    not read.

    Constructing is cheap; the vocabulary is loaded (10 ms) by the first use. Safe for concurrent use by threads.
    """

    model_id = "ramet/static-l6-v2-int8@1"
    dimensions = 256
    token_dimensions = 64
    calibration = Calibration(even_cosine=0.63, scale=0.1, late=0.25, base_beside_late=0.65, reranked=50, leading=64)

    def embed_documents(self, texts: Sequence[str]) -> Floats:
        """One L2-normalised row per text, (n, 256); a text without tokens has a row of zeros."""
        return self._vectors([self._tokenizer.ids(text, MAX_TOKENS) for text in texts])

    def embed_query(self, text: str) -> Floats:
        """The L2-normalised vector of a question, (256,); zeros when it has no tokens."""
        vector: Floats = self.embed_documents([text])[0]
        return vector

    def encode_documents(self, texts: Sequence[str]) -> tuple[Floats, list[bytes]]:
        """Sentence vectors (n, 256), and the ids of each text's first 256 tokens: their vectors follow from them."""
        ids = [self._tokenizer.ids(text, MAX_TOKENS) for text in texts]
        return self._vectors(ids), [np.array(tokens[:MAX_LATE_TOKENS], np.uint16).tobytes() for tokens in ids]

    def token_matrices(self, stored: Sequence[bytes]) -> list[NDArray[np.int8]]:
        """Each text's token vectors (t, 64): unit vectors times 127."""
        rows = self._unit_rows[np.frombuffer(b"".join(stored), np.uint16)]
        ends = list(accumulate(len(ids) // 2 for ids in stored))
        return [rows[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def encode_query(self, text: str) -> tuple[Floats, Floats]:
        """The sentence vector (256,) of a question, and its token vectors (t, 64), longer where a token says more."""
        ids = np.array(self._tokenizer.ids(text, MAX_TOKENS), np.intp)
        rows = self._rows[ids] * self._scales[ids]
        total = np.add.reduce(rows, axis=0)
        heads, lengths = self._unit_rows[ids[:MAX_LATE_TOKENS]], np.einsum("ij,ij->i", rows, rows)
        weights = np.sqrt(np.sqrt(lengths[:MAX_LATE_TOKENS]))[:, None]
        return total / max(float(np.sqrt(total @ total)), _TINY), heads * weights

    def _vectors(self, ids: Sequence[Sequence[int]]) -> Floats:
        rows = np.zeros((len(ids), self.dimensions), np.float32)
        for start in range(0, len(ids), BATCH_TEXTS):
            self._sum(ids[start : start + BATCH_TEXTS], rows[start : start + BATCH_TEXTS])
        return rows

    def _sum(self, ids: Sequence[Sequence[int]], out: Floats) -> None:
        filled = [row for row, tokens in enumerate(ids) if tokens]
        if not filled:
            return
        tokens = np.fromiter(chain.from_iterable(ids), np.intp)
        starts = np.cumsum([0, *(len(ids[row]) for row in filled[:-1])])
        sums = np.add.reduceat(self._rows[tokens] * self._scales[tokens], starts, axis=0)
        out[filled] = sums / np.linalg.norm(sums, axis=1, keepdims=True)

    @cached_property
    def _tokenizer(self) -> WordPiece:
        return WordPiece.from_file(DATA / "vocab.txt")

    @cached_property
    def _rows(self) -> NDArray[np.int8]:
        rows: NDArray[np.int8] = np.asarray(np.load(DATA / "static-int8.npy", mmap_mode="r"))
        return rows

    @cached_property
    def _unit_rows(self) -> NDArray[np.int8]:
        """The first 64 components of each token's vector (the table's are sorted by variance), at unit length."""
        heads = self._rows[:, : self.token_dimensions].astype(np.float32)
        lengths = np.maximum(np.linalg.norm(heads, axis=1, keepdims=True), 1)
        codes: NDArray[np.int8] = np.rint(heads * (127 / lengths)).astype(np.int8)
        return codes

    @cached_property
    def _scales(self) -> Floats:
        scales: Floats = np.load(DATA / "static-scale.npy")
        return scales
