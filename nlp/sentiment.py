"""Sentiment of turns, its roll-up and its trend."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.signal import AbstainReason
from nlp.heads import Floats, Head
from nlp.reading import MoodReading
from nlp.rollup import NEUTRAL_FLOOR, end_weights
from nlp.vectors import TextVectors

LABELS = ("negative", "neutral", "positive")
_SURE = 0.45
_CLOSE = 0.08
_STEADY = 0.25
"""A change of value below this is no trend."""


@dataclass(frozen=True)
class Mood:
    """A sentiment that can be said.

    Attributes
    ----------
    label : str
        negative, neutral or positive.
    value : float
        From -1 (negative) to 1 (positive).
    probability : float
        Of the label.
    reason : AbstainReason or None
        Why it is not to be relied on.
    """

    label: str
    value: float
    probability: float
    reason: AbstainReason | None


NO_HEAD = Mood("neutral", 0.0, 0.0, AbstainReason.NO_HEAD)
NOTHING_SAID = Mood("neutral", 0.0, 0.0, AbstainReason.NO_TEXT)


def read_moods(head: Head, texts: Sequence[TextVectors]) -> list[MoodReading | None]:
    """Read the mood of turns; None for one without a sentence."""
    full = [text.whole for text in texts if text.whole is not None]
    if not full:
        return [None] * len(texts)
    rows = iter(head.probabilities(np.stack(full)))
    return [
        None if text.whole is None else MoodReading(next(rows), float(text.lengths.sum()))
        for text in texts
    ]


def say(reading: MoodReading | None) -> Mood:
    """Name the mood of a turn that holds text; None where no head read it."""
    if reading is None:
        return NO_HEAD
    return _named(reading.probabilities)


def _named(probabilities: Floats) -> Mood:
    # Plain Python: for three numbers an array would give up the interpreter's lock, and wait.
    shares: list[float] = probabilities.tolist()
    best, runner_up = sorted(range(len(shares)), key=lambda place: -shares[place])[:2]
    first, second = shares[best], shares[runner_up]
    reason = None
    if first - second < _CLOSE:
        reason = AbstainReason.CLOSE_CALL
    elif first < _SURE:
        reason = AbstainReason.LOW_PROBABILITY
    value = min(max(shares[2] - shares[0], -1.0), 1.0)
    return Mood(LABELS[best], value, first, reason)


def roll_up(readings: Sequence[MoodReading]) -> Mood:
    """Give the mood over several turns in order.

    A turn counts by the square root of its length, by how far it is from neutral (five
    order numbers do not make an angry customer calm) and by how late it is: the last
    three times the first.
    """
    if not readings:
        return NOTHING_SAID
    rows = np.stack([reading.probabilities for reading in readings])
    weights = np.sqrt([max(reading.weight, 1.0) for reading in readings])
    weights = weights * (NEUTRAL_FLOOR + 1.0 - rows[:, 1]) * end_weights(len(rows))
    mean = (weights @ rows / weights.sum()).astype(np.float32)
    return _named(mean)


@dataclass(frozen=True)
class Trend:
    """How the mood moved from start to end.

    Attributes
    ----------
    label : str
        improving, steady or worsening.
    value : float
        End minus start, from -2 to 2.
    """

    label: str
    value: float


def trend(readings: Sequence[MoodReading]) -> Trend | None:
    """Compare the first and the last third of the turns; None below two turns."""
    if len(readings) < 2:
        return None
    part = max(len(readings) // 3, 1)
    change = roll_up(readings[-part:]).value - roll_up(readings[:part]).value
    if abs(change) < _STEADY:
        return Trend("steady", change)
    return Trend("improving" if change > 0 else "worsening", change)
