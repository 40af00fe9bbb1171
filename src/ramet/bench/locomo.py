"""Recall on conversations: every turn added, every question searched, through the public API and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ramet.bench import metrics
from ramet.bench.dialogues import Dialogue, Question, Turn
from ramet.embedded import Memory

RANKS: Final = (5, 10, 25, 50)
CONTEXT_TOKENS: Final = 1000

Advance = Callable[[int], None]
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a question: turn ids best first, those that the context cites, and the search's time."""

    question: Question
    ranked: Sequence[str]
    cited: Sequence[str]
    search_ms: float


@dataclass(frozen=True, slots=True)
class Run:
    """All that was measured."""

    answers: list[Answer] = field(default_factory=list)
    add_ms: list[float] = field(default_factory=list)


def ask_all(memory: Memory, dialogues: Iterable[Dialogue], *, limit_k: int, advance: Advance) -> Run:
    """Add each conversation's turns, one call each, then ask its questions; ``advance`` is called after every step."""
    run = Run()
    for dialogue in dialogues:
        turn_of: dict[str, str] = {}
        for turn in dialogue.turns:
            start = time.perf_counter()
            added = _add(memory, dialogue.id, turn)
            run.add_ms.append(_ms_since(start))
            turn_of |= {record["id"]: turn.id for record in added["results"]}
            advance(1)
        for question in dialogue.questions:
            run.answers.append(_ask(memory, dialogue.id, question, limit_k, turn_of))
            advance(1)
    return run


def steps(dialogues: Iterable[Dialogue]) -> int:
    """Return how often ``ask_all`` will advance."""
    return sum(len(dialogue.turns) + len(dialogue.questions) for dialogue in dialogues)


def summarise(run: Run, dialogues: Sequence[Dialogue], *, embedder: str, limit_k: int) -> Figures:
    """Return the figures of a run: sizes, quality overall and by category, times in ms.

    Keys: ``embedder``, ``conversations``, ``turns``, ``questions``; the quality keys of `quality`; ``by_category``
    (a mapping from a category's name to ``questions`` and the same quality keys); ``adds_per_s``, ``add_ms_p50``,
    ``search_ms_p50``, ``search_ms_p95``.
    """
    categories = sorted({answer.question.category for answer in run.answers})
    searches = [answer.search_ms for answer in run.answers]
    return {
        "embedder": embedder,
        "conversations": len(dialogues),
        "turns": len(run.add_ms),
        "questions": len(run.answers),
        **quality(run.answers, limit_k),
        "by_category": {
            name: _category([a for a in run.answers if a.question.category == name], limit_k) for name in categories
        },
        "adds_per_s": round(1000 * len(run.add_ms) / max(sum(run.add_ms), 1e-9), 1),
        "add_ms_p50": round(metrics.percentile(run.add_ms, 0.5), 3),
        "search_ms_p50": round(metrics.percentile(searches, 0.5), 3),
        "search_ms_p95": round(metrics.percentile(searches, 0.95), 3),
    }


def quality(answers: Sequence[Answer], limit_k: int) -> dict[str, float]:
    """Return ``recall@k`` and ``hit@k`` for each rank up to ``limit_k``, ``ndcg@10``, ``mrr``, ``context_recall@1000``.

    Recall is the share of a question's evidence that was found; each figure is the mean over the questions.
    """
    ranks = [k for k in RANKS if k <= limit_k]
    found = [(answer.ranked, answer.question.evidence) for answer in answers]
    return {
        **{f"recall@{k}": _mean(metrics.recall_at(*pair, k) for pair in found) for k in ranks},
        **{f"hit@{k}": _mean(metrics.hit_at(*pair, k) for pair in found) for k in ranks},
        "ndcg@10": _mean(metrics.ndcg_at(*pair, 10) for pair in found),
        "mrr": _mean(metrics.reciprocal_rank(*pair) for pair in found),
        f"context_recall@{CONTEXT_TOKENS}": _mean(
            metrics.recall_at(a.cited, a.question.evidence, len(a.cited)) for a in answers
        ),
    }


def _category(answers: Sequence[Answer], limit_k: int) -> Figures:
    return {"questions": len(answers), **quality(answers, limit_k)}


def _add(memory: Memory, user: str, turn: Turn) -> Figures:
    # One role for both speakers: who is the user and who the assistant is not known of two people who talk.
    return memory.add(
        [{"role": "user", "name": turn.speaker, "content": turn.text}],
        user_id=user,
        run_id=turn.session,
        timestamp=turn.said_at,
        metadata={"dia_id": turn.id},
        infer=False,
    )


def _ask(memory: Memory, user: str, question: Question, limit_k: int, turn_of: Mapping[str, str]) -> Answer:
    start = time.perf_counter()
    found = memory.search(question.text, user_id=user, top_k=limit_k)
    search_ms = _ms_since(start)
    context = memory.context(question.text, max_tokens=CONTEXT_TOKENS, user_id=user)
    return Answer(
        question=question,
        ranked=[record["metadata"]["dia_id"] for record in found["results"]],
        cited=[turn_of[cited] for cited in context["citations"] if cited in turn_of],
        search_ms=search_ms,
    )


def _ms_since(start: float) -> float:
    return 1000 * (time.perf_counter() - start)


def _mean(values: Iterable[float]) -> float:
    return round(metrics.mean(values), 4)
