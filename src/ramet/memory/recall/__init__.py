"""Recall: which stored memories answer a question. Pure functions over `corpus.View`s."""

from ramet.memory.recall.query import CALIBRATION, Calibration, Query, focus, prepare
from ramet.memory.recall.ranking import Hit, TokensOf, rank
from ramet.memory.recall.weights import WEIGHTS, Weights

__all__ = ["CALIBRATION", "WEIGHTS", "Calibration", "Hit", "Query", "TokensOf", "Weights", "focus", "prepare", "rank"]
