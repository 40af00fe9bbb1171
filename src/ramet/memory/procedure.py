"""An agent's run as a numbered record: what was done and what came of it, word for word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ramet.memory.extract.sentences import own_words
from ramet.memory.model import Utterance

MAX_STEPS: Final = 1_000
"""Steps written out; a longer run says how many it left out, and its episodes keep them all."""

_ERROR = re.compile(
    r"^.*(?:\b(?:error|exception|traceback|failed|failure|fatal|denied|refused|not found|timed out)\b|"
    r"\b[A-Z]\w+Error\b|"
    r"\b[45]\d\d (?:[A-Z]\w+)).*$",
    re.IGNORECASE | re.MULTILINE,
)
_NO_ERROR = re.compile(r"\b(?:no|0|zero|without) (?:errors?|failures?|failed)\b", re.IGNORECASE)
_URL = re.compile(r"\bhttps?://[^\s<>\"'`\\^{}|]+")
_RESULT_ROLES: Final = frozenset({"tool", "function"})
_SILENT_ROLES: Final = frozenset({"system", "developer"})


@dataclass(frozen=True, slots=True)
class _Step:
    """One thing the agent did or said, and everything that came back before it went on."""

    action: str
    replies: tuple[Utterance, ...] = ()


def procedure(utterances: Sequence[Utterance]) -> str:
    """Return the record of a run: objective, progress status, numbered steps, current state.

    The objective is what the user asked first. Each message of the assistant opens a step; tool results and what the
    user said before the next one stand in it verbatim, with the error lines and URLs found in them. Nothing is
    summarised and nothing invented; system messages and injected context are left out. At most ``MAX_STEPS`` steps.
    Empty when nothing was said. Linear in the text.
    """
    said = [u for u in utterances if u.role not in _SILENT_ROLES and own_words(u.text).strip()]
    if not said:
        return ""
    opening = 0 if said[0].role == "user" else None
    steps = list(_steps(said[1:] if opening == 0 else said))
    lines = [f"Objective: {_verbatim(said[0].text)}" if opening == 0 else "Objective: not stated"]
    lines.append(f"Progress status: {_status(steps)}")
    for number, step in enumerate(steps[:MAX_STEPS], 1):
        lines += _written(number, step)
    if len(steps) > MAX_STEPS:
        lines.append(f"({len(steps) - MAX_STEPS} further steps are left out.)")
    lines.append(f"Current state: {_verbatim(said[-1].text)}")
    return "\n".join(lines)


def _steps(said: Sequence[Utterance]) -> Iterator[_Step]:
    action: str | None = None
    replies: list[Utterance] = []
    for utterance in said:
        if utterance.role == "assistant":
            if action is not None or replies:
                yield _Step(action or "", tuple(replies))
            action, replies = utterance.text, []
        else:
            replies.append(utterance)
    if action is not None or replies:
        yield _Step(action or "", tuple(replies))


def _status(steps: Sequence[_Step]) -> str:
    if not steps:
        return "no step taken yet"
    failed = sum(any(_errors(reply) for reply in step.replies) for step in steps)
    counted = f"{len(steps)} step{'s' if len(steps) > 1 else ''} recorded"
    return f"{counted}, {failed} with errors" if failed else f"{counted}, no errors"


def _written(number: int, step: _Step) -> list[str]:
    lines = [f"{number}. Action: {_verbatim(step.action) if step.action else 'none stated'}"]
    for reply in step.replies:
        label = "Result" if reply.role in _RESULT_ROLES else "User said"
        source = f" ({reply.name})" if reply.name and label == "Result" else ""
        lines.append(f"   {label}{source}: {_verbatim(reply.text)}")
    errors = [line for reply in step.replies for line in _errors(reply)]
    urls = dict.fromkeys(url for text in (step.action, *(r.text for r in step.replies)) for url in _urls(text))
    lines += [f"   Error: {line}" for line in dict.fromkeys(errors)]
    lines += [f"   URL: {url}" for url in urls]
    return lines


def _errors(reply: Utterance) -> list[str]:
    if reply.role not in _RESULT_ROLES and reply.role != "user":
        return []
    return [line.strip() for line in _ERROR.findall(own_words(reply.text)) if not _NO_ERROR.search(line)]


def _urls(text: str) -> list[str]:
    return [url.rstrip(".,;:!?)]") for url in _URL.findall(own_words(text))]


def _verbatim(text: str) -> str:
    """Quote a text so that it can be told from the record: as it is on one line, fenced on several."""
    said = own_words(text).strip("\n") if "<ramet-context" in text else text
    if "\n" not in said:
        return said
    fence = "```"
    while fence in said:
        fence += "`"
    return f"\n{fence}\n{said}\n{fence}"
