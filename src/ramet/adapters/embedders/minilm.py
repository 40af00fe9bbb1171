"""The default embedder: all-MiniLM-L6-v2 with int8 weights, run by ONNX Runtime on the CPU."""

from __future__ import annotations

import os
import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ramet.adapters.embedders.wordpiece import WordPiece
from ramet.settings import silence_onnxruntime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    TokenCodes = NDArray[np.int8]

DATA = Path(__file__).parent / "data"
MAX_TOKENS = 256
"""What the model was trained to read, `[CLS]` and `[SEP]` included; the rest of a longer text is not seen."""


class _Session(Protocol):
    def run(self, output_names: None, input_feed: dict[str, NDArray[np.int64]], /) -> Sequence[Floats]: ...


class MiniLMEmbedder:
    """Sentence vectors of 384 dimensions, and token vectors of 64 for late interaction (MaxSim).

    A text's vectors depend on nothing but the text: activations are quantised over the whole input of a run, so every
    text is a run of its own, never part of a padded batch. One run takes some 1.3 ms for a question and 2.4 ms for 25
    tokens on one core, and grows linearly. Only the first 256 tokens of a text count (`MAX_TOKENS`).

    One run uses `intra_op_threads` threads, by default two where there are two cores: a text of 23 tokens then takes
    six tenths of the time. Constructing is cheap; the model is loaded (0.1 s) by the first use. Safe for concurrent use
    by threads.
    """

    model_id = "ramet/minilm-l6-v2-int8@1"
    dimensions = 384
    token_dimensions = 64

    def __init__(self, *, intra_op_threads: int | None = None) -> None:
        self._intra_op_threads = intra_op_threads or min(2, os.cpu_count() or 1)
        self._loading = threading.Lock()

    def embed_documents(self, texts: Sequence[str]) -> Floats:
        """One L2-normalised row per text, (n, 384); a text without tokens has a row of zeros."""
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = _pooled(self._hidden(text))
        return rows

    def embed_query(self, text: str) -> Floats:
        """The L2-normalised vector of a question, (384,); zeros when it has no tokens."""
        return _pooled(self._hidden(text))

    def encode_documents(self, texts: Sequence[str]) -> tuple[Floats, list[bytes]]:
        """Sentence vectors (n, 384) and each text's token vectors, int8 (t, 64), by one run per text.

        `[CLS]` and `[SEP]` have no token vector. At most 254 token vectors of 64 bytes each come out of a text.
        """
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        stored: list[bytes] = []
        for row, text in zip(rows, texts, strict=True):
            hidden = self._hidden(text)
            row[:] = _pooled(hidden)
            stored.append(np.rint(self._tokens(hidden) * 127).astype(np.int8).tobytes())
        return rows, stored

    def token_matrices(self, stored: Sequence[bytes]) -> list[TokenCodes]:
        """Each text's token vectors (t, 64): unit vectors times 127."""
        return [np.frombuffer(codes, np.int8).reshape(-1, self.token_dimensions) for codes in stored]

    def encode_query(self, text: str) -> tuple[Floats, Floats]:
        """The sentence vector (384,) and the unit token vectors (t, 64) of a question, by one run."""
        hidden = self._hidden(text)
        return _pooled(hidden), self._tokens(hidden)

    def _hidden(self, text: str) -> Floats:
        """The last hidden state (t + 2, 384), or (0, 384) for a text without tokens."""
        ids = self._tokenizer.ids(text, MAX_TOKENS - 2)
        if not ids:
            return np.zeros((0, self.dimensions), np.float32)
        framed = [self._tokenizer.start_id, *ids, self._tokenizer.end_id]
        hidden: Floats = self._session.run(None, {"ids": np.array([framed], np.int64)})[0][0]
        return hidden

    def _tokens(self, hidden: Floats) -> Floats:
        return _unit(hidden[1:-1] @ self._projection)

    @cached_property
    def _tokenizer(self) -> WordPiece:
        return WordPiece.from_file(DATA / "vocab.txt")

    @cached_property
    def _projection(self) -> Floats:
        projection: Floats = np.load(DATA / "minilm-pca64.npy")
        return projection

    @cached_property
    def _session(self) -> _Session:
        with self._loading:
            return self.__dict__.get("_session") or _open_session(DATA / "minilm-int8.onnx", self._intra_op_threads)


def _open_session(model: Path, intra_op_threads: int) -> _Session:
    silence_onnxruntime()
    import onnxruntime  # 35 ms and 40 MB that only a user of this model should pay

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = intra_op_threads
    options.inter_op_num_threads = 1
    session: _Session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    return session


def _pooled(hidden: Floats) -> Floats:
    """The unit vector of the mean over all tokens, as sentence-transformers pools this model; zeros for none."""
    return _unit(hidden.sum(axis=0))


def _unit(vectors: Floats) -> Floats:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Floats = vectors / np.maximum(norms, np.float32(1e-12))
    return unit
