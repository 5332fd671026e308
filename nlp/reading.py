"""What the heads read in one turn, before it is said as signals."""

from dataclasses import dataclass

from domain.signal import AbstainReason
from nlp.heads import Floats
from nlp.sentences import Span

Place = tuple[int, int, int]
"""Position of a turn, and ``[start, end)`` in its original."""


@dataclass(frozen=True)
class LabelReading:
    """One label with its probability and where it was read.

    Attributes
    ----------
    probability : float
        Calibrated, 0 to 1.
    span : Span or None
        The sentence that shows it best.
    reason : AbstainReason or None
        Why it is not to be relied on.
    """

    label: str
    probability: float
    span: Span | None = None
    reason: AbstainReason | None = None


@dataclass(frozen=True)
class MoodReading:
    """Sentiment of a text.

    Attributes
    ----------
    probabilities : float32 array of shape (3,)
        Negative, neutral, positive.
    weight : float
        Characters read: how much the turn counts in a roll-up.
    """

    probabilities: Floats
    weight: float


@dataclass(frozen=True)
class WholeReading:
    """What was read of a conversation as a whole, such as whether it was resolved.

    Attributes
    ----------
    probability : float or None
        Calibrated, 0 to 1; None for rules.
    value : float or None
        On the scale of the kind, where it has one: satisfaction from 1 to 5.
    evidence : tuple of Place
        The words that show it.
    reason : AbstainReason or None
        Why it is not to be relied on.
    """

    label: str
    probability: float | None
    value: float | None = None
    evidence: tuple[Place, ...] = ()
    reason: AbstainReason | None = None
