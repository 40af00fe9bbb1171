"""Where the sentences of a message begin and end, with what nobody said cut out."""

import re
from typing import Final

MAX_SENTENCES: Final = 400
"""Sentences read per utterance; the rest stays findable in the episode."""

MAX_SENTENCE_CHARS: Final = 500
"""Longer sentences are cut at a blank, so that every rule works on a bounded text."""

_INJECTED = re.compile(r"^[ \t]*<[ \t]*(/?)[ \t]*ramet-context\b[^\n]*$", re.MULTILINE | re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*```", re.MULTILINE)
_END = re.compile(
    r"[.!?]+[\"')\]\u201d]*(?=\s|$)|[\u3002\uff01\uff1f\uff1b]+|\n+|;(?=\s)|"
    r"[\u0964\u061f\u06d4](?=\s|$)"
)  # the full stops and question marks of other scripts
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|e\.g|i\.e|approx|No|Inc|Ltd|Co)|(?<!['\w])[A-Z])\.$|\b(?:[A-Z]\.){2,}$"
)
_LOOK_BACK = 12


def own_words(text: str) -> str:
    """Return `text` with injected context blocks and fenced code blanked out; offsets stay as they were.

    A context block runs from a line that starts with ``<ramet-context`` to one that starts with
    ``</ramet-context>``, or to the end when it was cut off.
    """
    if "ramet-context" in text.casefold():
        text = _blank_injected(text)
    if "```" in text:
        text = _blank_fences(text)
    return text


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the [start, end) of each sentence, trimmed; at most ``MAX_SENTENCES``. Linear in the text's length."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if match[0] == "." and _ABBREVIATION.search(text, max(start, end - _LOOK_BACK), end):
            continue
        _add_pieces(spans, text, start, end)
        start = end
        if len(spans) >= MAX_SENTENCES:
            return spans[:MAX_SENTENCES]
    _add_pieces(spans, text, start, len(text))
    return spans[:MAX_SENTENCES]


def _add_pieces(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while end - start > MAX_SENTENCE_CHARS and len(spans) < MAX_SENTENCES:
        cut = text.rfind(" ", start + 1, start + MAX_SENTENCE_CHARS)
        cut = cut if cut > start else start + MAX_SENTENCE_CHARS
        _add_trimmed(spans, text, start, cut)
        start = cut
    _add_trimmed(spans, text, start, end)


def _add_trimmed(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    bare = piece.lstrip(" \t\r\n-*•>#")
    start = end - len(bare)
    length = len(bare.rstrip())
    if length:
        spans.append((start, start + length))


def _blank_injected(text: str) -> str:
    parts: list[str] = []
    kept_from, open_at = 0, -1
    for match in _INJECTED.finditer(text):
        closing = match[1] == "/"
        if not closing and open_at < 0:
            parts.append(text[kept_from : match.start()])
            open_at = match.start()
        elif closing and open_at >= 0:
            parts.append(_blank(match.end() - open_at))
            kept_from, open_at = match.end(), -1
    parts.append(_blank(len(text) - open_at) if open_at >= 0 else text[kept_from:])
    return "".join(parts)


def _blank_fences(text: str) -> str:
    fences = [match.start() for match in _FENCE.finditer(text)]
    if len(fences) % 2:
        fences.append(len(text))
    parts, kept_from = [], 0
    for opening, closing in zip(fences[::2], fences[1::2], strict=True):
        end = min(closing + len("```"), len(text))
        parts += [text[kept_from:opening], _blank(end - opening)]
        kept_from = end
    return "".join([*parts, text[kept_from:]])


def _blank(length: int) -> str:
    return "\n" * length
