"""Assembling a prompt-ready block from what a question finds, within a budget of tokens.

The block is wrapped in ``<ramet-context>`` lines, so that it is never taken for something that was said. Memories of
one run and day stand together, in the order in which they were said, with their neighbours as far as the budget allows;
each line begins with the end of its memory's id, as long as tells the candidates apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ramet.kernel.clock import FOREVER_US
from ramet.kernel.scope import Scope
from ramet.memory.corpus import NO_ROW
from ramet.memory.engine import Engine, Window, open_window
from ramet.memory.model import Content, Version
from ramet.memory.reading import SearchOptions, ranked

OPENING: Final = "<ramet-context>"
CLOSING: Final = "</ramet-context>"
_MARKER: Final = re.compile(r"<(?=\s*/?\s*ramet-context)", re.IGNORECASE)
_WORD: Final = re.compile(r"\w+")
_FILLERS: Final = frozenset("a an the so very just really also well oh and that".split())

_BYTES_PER_TOKEN: Final = 4
_REF_CHARS: Final = 6
_FEWEST_TOKENS: Final = 8  # of a line; so many hits are asked for as could be needed
_MOST_HITS: Final = 500
_NEIGHBOURED: Final = 2  # the best hits whose neighbours go before further hits
_HEAD_START: Final = 3  # flattens the worth of the first ranks: a hit's is 1 / (rank + this)
_LONGEST_SHARE: Final = 2  # no memory takes more than one half of the block

Place = tuple[int, int]


def estimate_tokens(text: str) -> int:
    """Estimate how many tokens a language model reads in a text: UTF-8 bytes / 4, and no fewer than its words.

    Within some 10 % of the usual byte-pair vocabularies for English, and above them for most other languages.
    """
    return _Cost.of(text).tokens


@dataclass(frozen=True, slots=True)
class _Cost:
    """What a text weighs; of whole lines, it adds up."""

    size_bytes: int = 0
    words: int = 0

    @classmethod
    def of(cls, text: str) -> _Cost:
        return cls(len(text.encode()), len(text.split()))

    @property
    def tokens(self) -> int:
        return max(-(-self.size_bytes // _BYTES_PER_TOKEN), self.words)

    def __add__(self, other: _Cost) -> _Cost:
        return _Cost(self.size_bytes + other.size_bytes, self.words + other.words)


@dataclass(frozen=True, slots=True)
class Passage:
    """A memory that may go into the block.

    ``position`` orders the passages of a run. ``until_us`` is when it ceased to be true.
    """

    id: str
    text: str
    said_us: int
    speaker: str | None = None
    run: str | None = None
    position: tuple[int, int] = (0, 0)
    until_us: int = FOREVER_US

    @property
    def group(self) -> tuple[str | None, str]:
        """The run and the day, under whose heading it stands."""
        return (self.run, _day(self.said_us))

    @property
    def gist(self) -> tuple[str | None, tuple[str, ...]]:
        """The speaker, and the words but for fillers: what says the same has the same."""
        words = _WORD.findall(self.text.casefold())
        return (self.speaker, tuple(word for word in words if word not in _FILLERS) or tuple(words) or (self.text,))


@dataclass(frozen=True, slots=True)
class Block:
    """The text, its tokens by `estimate_tokens`, and the ids it cites with what each is cited by, in order."""

    text: str = ""
    tokens: int = 0
    refs: Mapping[str, str] = field(default_factory=dict)


def assemble(hits: Sequence[Passage], around: Mapping[str, Sequence[Passage]], max_tokens: int) -> Block:
    """Choose greedily, best first, and write the block; empty when not even one passage fits.

    Args:
        hits: the passages found, best first.
        around: by the id of a hit, its neighbours in its run.
        max_tokens: never passed, by `estimate_tokens`.
    """
    refs = _refs(passage.id for passage in chain(hits, *around.values()))
    page = _Page(refs, max_tokens)
    ordered = _by_worth(hits)
    best, rest = ordered[:_NEIGHBOURED], ordered[_NEIGHBOURED:]
    near_best, near_rest = (chain.from_iterable(around.get(hit.id, ()) for hit in part) for part in (best, rest))
    for passage in chain(best, near_best, rest, near_rest):
        page.add(passage)
    return page.block()


def _by_worth(hits: Sequence[Passage]) -> list[Passage]:
    """Order hits by what they are worth for their length, which counts by its root: a budget is filled, not a list."""

    def price(item: tuple[int, Passage]) -> float:
        rank, passage = item
        return (rank + _HEAD_START) * math.sqrt(estimate_tokens(f"{passage.speaker} {passage.text}"))

    return [passage for _, passage in sorted(enumerate(hits), key=price)]


class _Page:
    """A block in the making."""

    def __init__(self, refs: Mapping[str, str], max_tokens: int) -> None:
        self._refs = refs
        self._max_tokens = max_tokens
        self._cost = _Cost.of(f"{OPENING}\n{CLOSING}\n")
        self._groups: dict[tuple[str | None, str], list[tuple[Passage, str]]] = {}
        self._gists: set[object] = set()

    def add(self, passage: Passage) -> None:
        """Take the passage unless it is there already or would pass the budget."""
        gist = passage.gist
        if gist in self._gists:
            return
        line = self._clipped(_line(passage, self._refs[passage.id]))
        cost = self._cost + _Cost.of(line + "\n")
        if passage.group not in self._groups:
            cost += _Cost.of(passage.group[1] + "\n")
        if cost.tokens > self._max_tokens:
            return
        self._cost = cost
        self._gists.add(gist)
        self._groups.setdefault(passage.group, []).append((passage, line))

    def block(self) -> Block:
        """Write what was taken, the group of the best hit first."""
        if not self._groups:
            return Block()
        lines, cited = [OPENING], []
        for (run, heading), members in self._groups.items():
            ordered = members if run is None else sorted(members, key=lambda member: member[0].position)
            lines += [heading, *(line for _, line in ordered)]
            cited += [passage.id for passage, _ in ordered]
        return Block("\n".join([*lines, CLOSING, ""]), self._cost.tokens, {self._refs[id]: id for id in cited})

    def _clipped(self, line: str) -> str:
        most_bytes = _BYTES_PER_TOKEN * self._max_tokens // _LONGEST_SHARE
        most_words = self._max_tokens // _LONGEST_SHARE
        if len(line) * _BYTES_PER_TOKEN <= most_bytes or _Cost.of(line).tokens <= most_words:
            return line
        cut = line.encode()[:most_bytes].decode(errors="ignore")
        words = list(re.finditer(r"\S+\s*", cut))[:most_words]
        return cut[: words[-1].start()].rstrip() + " …" if len(words) > 1 else cut


def _line(passage: Passage, ref: str) -> str:
    speaker = f"{' '.join(passage.speaker.split())}: " if passage.speaker else ""
    until = "" if passage.until_us >= FOREVER_US else f" (until {_date(passage.until_us)})"
    text = "\n  ".join(line.strip() for line in passage.text.splitlines() if line.strip())
    return _MARKER.sub("&lt;", f"[{ref}] {speaker}{text}{until}")


def _refs(ids: Iterable[str]) -> dict[str, str]:
    """Return the ends of the ids, all as long as tells them apart."""
    different = set(ids)
    length = _REF_CHARS
    while len({id[-length:] for id in different}) < len(different):
        length += 1
    return {id: id[-length:] for id in different}


def _day(time_us: int) -> str:
    return f"{datetime.fromtimestamp(time_us // 1_000_000, UTC):%A} {_date(time_us)}:"


def _date(time_us: int) -> str:
    return datetime.fromtimestamp(time_us // 1_000_000, UTC).date().isoformat()


def context(engine: Engine, scope: Scope, query: str, max_tokens: int, options: SearchOptions) -> dict[str, Any]:
    """Answer a question with a block for a prompt.

    Returns:
        ``{"text", "tokens", "citations", "refs"}``: ``citations`` are the ids of the memories in the block in its
        order, ``refs`` the ids by what each is cited by. ``text`` is empty when nothing was found or fits.
    """
    options = replace(options, top_k=min(_MOST_HITS, max_tokens // _FEWEST_TOKENS))
    with engine.store.read(scope.project) as reader:
        window = open_window(engine, reader, scope, options.branch, options.known_at_us)
        masks = window.masks(options.conditions)
        if not options.top_k or not any(mask.any() for mask in masks):
            return _presented(Block())
        hits = [hit for hit in ranked(engine, window, masks, query, options) if hit.score >= options.threshold]
        hits.sort(key=lambda hit: (-hit.rank_score, -int(window.parts[hit.segment].columns.valid_from[hit.row])))
        places = [(hit.segment, hit.row) for hit in hits]
        near = {place: list(_near(window, masks, place)) for place in places}
        passages = _passages(window, dict.fromkeys(chain(places, *near.values())))
    around = {passages[place].id: [passages[other] for other in others] for place, others in near.items()}
    return _presented(assemble([passages[place] for place in places], around, max_tokens))


def _presented(block: Block) -> dict[str, Any]:
    return {
        "text": block.text,
        "tokens": block.tokens,
        "citations": list(block.refs.values()),
        "refs": dict(block.refs),
    }


def _near(window: Window, masks: Sequence[NDArray[np.bool_]], place: Place) -> Iterator[Place]:
    """Yield the visible row after and the one before in the same run."""
    segment, row = place
    columns, mask = window.parts[segment].columns, masks[segment]
    for links in (columns.following, columns.previous):
        other = int(links[row])
        while other < len(mask) and not mask[other]:
            other = int(links[other])
        if other != NO_ROW and other < len(mask):
            yield segment, other


def _passages(window: Window, places: Iterable[Place]) -> dict[Place, Passage]:
    wanted = list(places)
    records = window.records([(window.parts[segment], row) for segment, row in wanted])
    return {place: _passage(*record) for place, record in zip(wanted, records, strict=True)}


def _passage(version: Version, content: Content) -> Passage:
    return Passage(
        id=version.memory_id,
        text=content.text,
        said_us=version.said_us,
        speaker=(content.name or content.role) if content.role else None,  # a fact names whom it is about
        run=version.scope.run_id,
        position=(version.seq_from, version.ordinal),
        until_us=version.valid_to_us,
    )
