"""The uncased WordPiece tokenizer of BERT.

Basic tokenization (drop control characters, lower-case, strip accents, split at white space, punctuation and CJK
characters) followed by greedy longest-match-first, as in Devlin et al., "BERT" (2019), and Hugging Face's `tokenizers`.
It differs from the latter in two ways: characters newer than Unicode 8 are classed by Python's Unicode tables, and
`[CLS]` and its like in a text are text, so that no text can smuggle in a special token.
"""

from __future__ import annotations

import re
import string
import unicodedata
from itertools import chain, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MAX_WORD_CHARACTERS = 100
"""A longer word becomes one unknown token (the limit of BERT; it also bounds the quadratic matching)."""
CACHED_CHUNKS = 32_768
"""Chunks whose ids are remembered, some 8 MB; natural text repeats few."""
MAX_CACHED_CHARACTERS = 32

_SPACE = r" \t\n\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_ASCII_PUNCTUATION = r"!-/:-@\[-`{-~"
_CHUNKS = re.compile(f"[^{_SPACE}{_ASCII_PUNCTUATION}]+|[{_ASCII_PUNCTUATION}]")
_CJK = (
    *((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF)),
    *((0x2A700, 0x2B81F), (0x2B920, 0x2CEAF), (0x2F800, 0x2FA1F)),
)
_DROPPED = frozenset({"Cc", "Cf", "Co", "Cs", "Mn"})


class WordPiece:
    """Turns text into ids of a vocabulary, without the special tokens. Safe for concurrent use.

    Cost: linear in the text; a chunk (a run without white space or ASCII punctuation) met before costs one lookup.
    """

    def __init__(self, vocabulary: Iterable[str]) -> None:
        """Number the vocabulary's pieces in order; it must hold `[UNK]`, `[CLS]` and `[SEP]`."""
        self.piece_ids = {piece: index for index, piece in enumerate(vocabulary)}
        self.unknown_id, self.start_id, self.end_id = (self.piece_ids[name] for name in ("[UNK]", "[CLS]", "[SEP]"))
        self._chunks = _ChunkIds(self)

    @classmethod
    def from_file(cls, path: Path) -> WordPiece:
        """Read a `vocab.txt`: one piece per line, in id order."""
        return cls(path.read_text(encoding="utf-8").split("\n")[:-1])

    def ids(self, text: str, limit: int | None = None) -> list[int]:
        """The ids of at most `limit` tokens of the text."""
        return list(islice(chain.from_iterable(map(self._chunks.__getitem__, _CHUNKS.findall(text))), limit))

    def match(self, word: str) -> list[int]:
        """Greedy longest-match-first over one normalised word; one unknown token if any rest has no match."""
        if len(word) > MAX_WORD_CHARACTERS:
            return [self.unknown_id]
        found: list[int] = []
        start = 0
        while start < len(word):
            piece = self._longest_piece(word, start)
            if piece is None:
                return [self.unknown_id]
            found.append(piece[0])
            start = piece[1]
        return found

    def _longest_piece(self, word: str, start: int) -> tuple[int, int] | None:
        prefix = "##" if start else ""
        for end in range(len(word), start, -1):
            piece_id = self.piece_ids.get(prefix + word[start:end])
            if piece_id is not None:
                return piece_id, end
        return None


class _ChunkIds(dict[str, tuple[int, ...]]):
    """Chunk to ids, filled on demand and emptied when full."""

    def __init__(self, tokenizer: WordPiece) -> None:
        super().__init__()
        self._match = tokenizer.match

    def __missing__(self, chunk: str) -> tuple[int, ...]:
        ids = tuple(chain.from_iterable(map(self._match, words(chunk))))
        if len(chunk) <= MAX_CACHED_CHARACTERS:
            if len(self) >= CACHED_CHUNKS:
                self.clear()
            self[chunk] = ids
        return ids


def words(text: str) -> list[str]:
    """BERT's basic tokenization: normalised words, each punctuation mark and CJK character on its own."""
    if text.isascii() and text.isalnum():
        return [text.lower()]
    return "".join(map(_apart, _normalized(text))).split()


def _normalized(text: str) -> Iterator[str]:
    for character in unicodedata.normalize("NFD", text):
        if character != "\ufffd" and unicodedata.category(character) not in _DROPPED:
            yield from character.lower()


def _apart(character: str) -> str:
    return f" {character} " if _is_punctuation(character) or _is_cjk(character) else character


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character)[0] == "P"


def _is_cjk(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _CJK)
