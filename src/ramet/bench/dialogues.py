"""Reads conversations with questions in the format of LoCoMo (Maharana et al., ACL 2024)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ramet.kernel.errors import ValidationError

CATEGORIES: Final = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}

_SESSION: Final = re.compile(r"session_(\d+)")
_EVIDENCE: Final = re.compile(r"D:?(\d+):(\d+)")
_DATE_FORMAT: Final = "%I:%M %p on %d %B, %Y"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said at once. ``id`` reads ``D<session>:<turn>``."""

    id: str
    session: str
    said_at: datetime
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its kind, and the ids of the turns that hold the answer."""

    text: str
    category: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation of several sessions, and what is asked about it."""

    id: str
    turns: tuple[Turn, ...]
    questions: tuple[Question, ...]


def read_dialogues(path: Path) -> list[Dialogue]:
    """Read a file: a JSON list of ``{"sample_id"?, "conversation", "qa"}``.

    Questions without evidence, or whose evidence names no turn, are left out.

    Raises:
        ValidationError: the file can't be read, or is of another format.
    """
    try:
        samples = json.loads(path.read_text(encoding="utf-8"))
        return [_dialogue(sample, number) for number, sample in enumerate(samples, 1)]
    except OSError as error:
        raise ValidationError(
            f"{path} can't be read: {error.strerror}.", remedy="Check the name of the file."
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:  # JSON and UTF-8 errors are ValueErrors
        raise ValidationError(
            f"{path} is not in LoCoMo's format: {error!r}.",
            remedy='It takes a JSON list of {"conversation": {"session_1": […], "session_1_date_time": …}, "qa": […]}.',
        ) from error


def parse_evidence(given: object, known: Collection[str]) -> tuple[str, ...]:
    """Return the turn ids named by a question's evidence, each once, in order.

    The published data holds ``"D8:6; D9:17"``, ``"D30:05"``, ``"D:11:26"`` and ``"D"``: what can be read as the id of
    a ``known`` turn is taken, the rest left out.
    """
    items = given if isinstance(given, list) else [given]
    found = [f"D{int(session)}:{int(turn)}" for item in items for session, turn in _EVIDENCE.findall(str(item))]
    return tuple(dict.fromkeys(turn_id for turn_id in found if turn_id in known))


def _dialogue(sample: Mapping[str, Any], number: int) -> Dialogue:
    turns = tuple(_turns(sample["conversation"]))
    known = {turn.id for turn in turns}
    questions = tuple(question for question in _questions(sample["qa"], known) if question.evidence)
    return Dialogue(str(sample.get("sample_id", f"conversation-{number}")), turns, questions)


def _turns(conversation: Mapping[str, Any]) -> Iterable[Turn]:
    sessions = [match for match in map(_SESSION.fullmatch, conversation) if match]
    for match in sorted(sessions, key=lambda match: int(match[1])):
        name = match[0]
        said_at = datetime.strptime(conversation[f"{name}_date_time"], _DATE_FORMAT).replace(tzinfo=UTC)
        for turn in conversation[name]:
            yield Turn(turn["dia_id"], name, said_at, turn["speaker"], _content(turn))


def _content(turn: Mapping[str, Any]) -> str:
    caption = turn.get("blip_caption")
    return f"{turn['text']} [image: {caption}]" if caption else str(turn["text"])


def _questions(listed: Iterable[Mapping[str, Any]], known: Collection[str]) -> Iterable[Question]:
    for asked in listed:
        yield Question(
            text=asked["question"],
            category=CATEGORIES.get(asked.get("category", 0), "other"),
            evidence=parse_evidence(asked.get("evidence") or [], known),
        )
