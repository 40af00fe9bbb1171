"""Every number that recall was given, in one table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """The unit is one standard deviation of the fused similarity over the collection."""

    lexical: float = 0.4
    """BM25 beside the sentence vector: together they make the base."""
    dense: float = 0.4
    """Cosine of question and memory."""
    neighbour: float = 0.15
    """Each of the two turns before and after: an answer stands beside what it answers."""
    answer: float = 0.5
    """Further share of the turn before, when that is a question: this turn answers it."""
    session_best: float = 0.3
    """The best turn of the same session: topics come in sessions."""
    session_lexical: float = 0.2
    """BM25 of the session as one document."""
    question: float = -0.8
    """A turn that itself asks seldom holds an answer."""
    length: float = 0.1
    """Longer turns say more (standardised logarithm of the number of terms)."""
    speaker: float = 0.6
    """Said by someone the question names. More than this hurts questions that name the wrong person."""
    time_told: float = 0.6
    """The question asks when, and the memory tells a time."""
    date: float = 6.0
    """Said on the day, or in the month, that the question names."""


WEIGHTS = Weights()
