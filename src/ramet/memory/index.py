"""From contents to index rows: the embedding with its model's id, the terms, the speaker, the text's key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ramet.kernel.errors import ConfigurationError, ModelMismatchError, ProviderError, RametError
from ramet.memory import text
from ramet.memory.model import Content, Slot
from ramet.memory.ports import Embedder, IndexRow, TokenEmbedder
from ramet.memory.recall import CALIBRATION, Calibration
from ramet.memory.reconcile import text_key

_INT8_MAX: Final = 127.0
_KEY_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """A question's unit vector and, if the embedder yields them, its token vectors."""

    vector: NDArray[np.float32]
    tokens: NDArray[np.float32] | None


class Encoder:
    """An embedder with its output checked, normalised and made small.

    Attributes:
        model: the id kept beside every vector.
        dimensions: of a vector; those of the first one when the embedder doesn't say.
    """

    def __init__(self, embedder: Embedder) -> None:
        if not isinstance(embedder, Embedder):
            raise ConfigurationError(
                f"{type(embedder).__name__} is no embedder: it lacks embed_documents(texts) or embed_query(text).",
                remedy="Pass 'default', 'static', or an object with these two methods.",
            )
        self._embedder = embedder
        self._by_token = embedder if isinstance(embedder, TokenEmbedder) else None
        kind = type(embedder)
        self.model: str = getattr(embedder, "model_id", None) or f"{kind.__module__}.{kind.__qualname__}"
        self._dimensions: int | None = getattr(embedder, "dimensions", None)

    @property
    def dimensions(self) -> int:
        if self._dimensions is None:
            self._dimensions = self.query("dimensions").vector.size
        return self._dimensions

    def expect(self, dimensions: int) -> None:
        """Take the dimensions of stored vectors for those of all to come.

        Raises:
            ModelMismatchError: the embedder says that it has others.
        """
        if self._dimensions not in (None, dimensions):
            raise ModelMismatchError(
                f"The stored vectors have {dimensions} dimensions, those of {self.model} have {self._dimensions}.",
                remedy="Give the embedder a model_id of its own, then run `ramet memory reembed`.",
            )
        self._dimensions = dimensions

    @property
    def calibration(self) -> Calibration:
        """What the embedder's similarities mean."""
        found = getattr(self._embedder, "calibration", None)
        return found if isinstance(found, Calibration) else CALIBRATION

    def token_matrices(self, stored: Sequence[bytes]) -> list[NDArray[np.int8]]:
        """Return the token vectors that were stored by an embedder that has them."""
        return [] if self._by_token is None else self._by_token.token_matrices(stored)

    def reads_tokens(self, stored: bytes) -> bool:
        """Tell whether token vectors are of this embedder's form."""
        try:
            return bool(self.token_matrices([stored]))
        except (ValueError, IndexError):
            return False

    def rows(self, contents: Sequence[Content]) -> list[IndexRow]:
        """Embed and index contents.

        Raises:
            ProviderError: the embedder failed or returned something else than one finite row per text.
        """
        if not contents:
            return []
        vectors, tokens = self._documents([c.text for c in contents])
        return [
            lexical_row(content, _row(content.id, self.model, vector, by_token))
            for content, vector, by_token in zip(contents, quantise(vectors), tokens, strict=True)
        ]

    def plain_query(self, question: str) -> NDArray[np.float32]:
        """Return the unit vector of a question alone.

        Raises:
            ProviderError: as for ``rows``.
        """
        with self._answering():
            found: NDArray[np.float32] = self._checked([self._embedder.embed_query(question)])[0]
            return found

    def query(self, question: str) -> EncodedQuery:
        """Embed a question.

        Raises:
            ProviderError: as for ``rows``.
        """
        if self._by_token is None:
            return EncodedQuery(self.plain_query(question), None)
        with self._answering():
            vector, tokens = self._by_token.encode_query(question)
            return EncodedQuery(self._checked([vector])[0], tokens)

    def _documents(self, texts: list[str]) -> tuple[NDArray[np.float32], list[bytes] | list[None]]:
        with self._answering():
            if self._by_token is not None:
                vectors, tokens = self._by_token.encode_documents(texts)
                return self._checked(vectors, len(texts)), list(tokens)
            return self._checked(self._embedder.embed_documents(texts), len(texts)), [None] * len(texts)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Turn whatever the embedder raises into our error."""
        try:
            yield
        except RametError:
            raise
        except Exception as error:
            raise ProviderError(
                f"The embedder {self.model} failed: {error!r}.", remedy="Nothing was written; try again."
            ) from error

    def _checked(self, given: object, count: int = 1) -> NDArray[np.float32]:
        vectors = np.asarray(given, np.float32)
        if vectors.ndim != 2 or len(vectors) != count or not vectors.size or not np.isfinite(vectors).all():  # noqa: PLR2004
            raise ProviderError(f"The embedder {self.model} gave no finite row for each of {count} texts.")
        if self._dimensions not in (None, vectors.shape[1]):
            raise ProviderError(
                f"The embedder {self.model} gave {vectors.shape[1]} dimensions, not {self._dimensions}."
            )
        self._dimensions = vectors.shape[1]
        return unit(vectors)


def _row(content_id: str, model: str, vector: NDArray[np.int8], tokens: bytes | None) -> IndexRow:
    return IndexRow(
        content_id=content_id,
        model=model,
        text_key=0,
        slot_key=None,
        speaker=None,
        question=False,
        vector=vector.tobytes(),
        terms=b"",
        tokens=tokens,
    )


def lexical_row(content: Content, row: IndexRow) -> IndexRow:
    """Return ``row`` with all that follows from the content's words alone."""
    return replace(
        row,
        text_key=key_of(content.text),
        slot_key=slot_key_of(content.slot) if content.slot else None,
        speaker=content.name,
        question=text.is_question(content.text),
        terms=text.analyse(content.text).tobytes(),
    )


def key_of(content_text: str) -> int:
    """Return the signed 64-bit key under which equal texts (up to case, spacing, a final stop) are found."""
    return _key(text_key(content_text))


def slot_key_of(slot: Slot) -> int:
    """Return the signed 64-bit key of a slot, whatever its value."""
    return _key(f"{text_key(slot.subject)}\0{text_key(slot.attribute)}")


def _key(of: str) -> int:
    return int.from_bytes(blake2b(of.encode(), digest_size=_KEY_BYTES).digest(), "big", signed=True)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of length one; zero rows stay zero."""
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return np.divide(vectors, np.where(norms > 0, norms, 1.0)[:, None], dtype=np.float32)


def quantise(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """Scale each row so that its largest component is 127, and round: the direction to within 0.4 %."""
    peaks = np.abs(vectors).max(axis=1, keepdims=True)
    return np.rint(vectors * (_INT8_MAX / np.where(peaks > 0, peaks, 1.0))).astype(np.int8)
