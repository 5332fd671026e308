"""Words that carried labels: found when asked for, never kept with the signals."""

from collections.abc import Mapping

from pydantic import Field

from domain.base import Probability, Record
from domain.signal import Evidence


class WordEvidence(Evidence):
    """A word or phrase: ``[start, end)`` characters of one turn's original."""

    score: Probability
    """Share of what the label's log-odds lose without words that falls to this phrase."""


class Explanation(Record):
    """The words behind signals.

    Only labels that a model read in sentences have any: what a rule said points at its words.
    """

    words: Mapping[str, tuple[WordEvidence, ...]]
    """By id of the signal, in order of the text; a signal without an entry keeps its sentence."""
    words_read: int = Field(ge=0)
    """Words that were left out in turn to find out."""
    capped: bool
    """Whether sentences were left unexplained because the request had too many words."""
