"""Extraction by a language model: one short, stable prompt; the reply read with care; one more try; then an error."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from ramet.kernel.clock import to_iso
from ramet.kernel.errors import LLMError, RametError
from ramet.memory.extract import entities_in
from ramet.memory.inputs import is_well_formed
from ramet.memory.model import Fact, MemoryKind, Utterance
from ramet.memory.ports import LanguageModel
from ramet.memory.replies import UnreadableReplyError, read_facts, salvage_facts

_TRIES: Final = 2
_WORD: Final = re.compile(r"\w+")
_KINDS: Final = {kind.value: kind for kind in MemoryKind}


@cache
def instructions() -> str:
    """Return the extraction prompt, the same in every call so that providers can cache it."""
    return files(__package__).joinpath("prompts/extract.md").read_text("utf-8")


def ask_for_facts(
    llm: LanguageModel, utterances: Sequence[Utterance], observed_us: int, further: str | None
) -> tuple[list[Fact], dict[str, Any]]:
    """Return the facts that the model draws from the messages, and the usage.

    Raises:
        LLMError: the model failed, or replied twice with nothing that can be read.
    """
    heard = [u for u in utterances if u.role != "system"]
    if not any(u.text.strip() for u in heard):
        return [], {"llm_calls": 0}
    system = instructions() + (f"\n\nFurther instructions\n{further}\n" if further else "")
    user = _conversation(utterances, observed_us)
    reply = ""
    for calls in range(1, _TRIES + 1):
        reply = _reply(llm, system, user)
        try:
            return [_to_fact(item, utterances) for item in read_facts(reply)], {"llm_calls": calls}
        except UnreadableReplyError:
            continue
    salvaged = salvage_facts(reply)
    if not salvaged:
        raise LLMError("The model replied twice without readable JSON.", remedy="Nothing was written; try again.")
    return [_to_fact(item, utterances) for item in salvaged], {"llm_calls": _TRIES, "salvaged": len(salvaged)}


def _reply(llm: LanguageModel, system: str, user: str) -> str:
    try:
        reply = llm.complete(system, user, json=True)
    except RametError:
        raise
    except Exception as error:
        raise LLMError(f"The model failed: {error!r}.", remedy="Nothing was written; try again.") from error
    if not is_well_formed(reply):
        raise LLMError(f"The model's reply is no text: {reply!r:.80}.", remedy="Nothing was written; try again.")
    return reply


def _conversation(utterances: Sequence[Utterance], observed_us: int) -> str:
    """Write the messages as JSON lines, which no content can break out of."""
    lines = [f"Date of the conversation: {to_iso(observed_us)}", "Messages:"]
    for n, u in enumerate(utterances):
        if u.role != "system":
            speaker = {"message": n, "role": u.role, "name": u.name, "content": u.text}
            lines.append(json.dumps({k: v for k, v in speaker.items() if v is not None}, ensure_ascii=False))
    return "\n".join(lines)


def _to_fact(item: dict[str, Any], utterances: Sequence[Utterance]) -> Fact:
    text = " ".join(item["text"].split())
    at = _message_of(item, text, utterances)
    said = utterances[at].text
    quote = item.get("quote")
    start = said.find(quote) if isinstance(quote, str) and quote else -1
    span = (start, start + len(quote)) if start >= 0 and isinstance(quote, str) else (0, len(said))
    return Fact(
        text=text,
        kind=_KINDS.get(str(item.get("kind")), MemoryKind.FACT),
        utterance=at,
        span=span,
        entities=entities_in(text, ()),
        verified=_words(text).isdisjoint(_words(said)) is False,
    )


def _message_of(item: dict[str, Any], text: str, utterances: Sequence[Utterance]) -> int:
    """Return the message a fact comes from: the one it names, else the one that shares most words with it."""
    named = item.get("message")
    if isinstance(named, int) and not isinstance(named, bool) and 0 <= named < len(utterances):
        return named
    words = _words(text)
    return max(range(len(utterances)), key=lambda n: (len(words & _words(utterances[n].text)), -n))


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}
