"""From turns to the whole: weighted to the end, quarter by quarter, and which way it goes.

Of the customer's turns the last counts three times the first, and those between rise
evenly: how a talk ends is what stays (Kahneman et al. 1993, "When more pain is preferred
to less", for the weight of the end). A quarter holds a quarter of the turns that were read,
those of agents too, so that it stands for a part of the talk.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from nlp.read import ConversationRead

NEUTRAL_FLOOR = 0.15
"""What a wholly neutral turn counts, beside 1.15 for one that is not neutral at all."""
_LAST = 3.0
_QUARTERS = 4


def end_weights(count: int) -> NDArray[np.float64]:
    """Give the weights of ``count`` turns in order, from 1 to 3, (count,)."""
    return np.asarray(_end_weights(count))


@lru_cache(maxsize=256)
def _end_weights(count: int) -> tuple[float, ...]:
    return tuple(np.linspace(1.0, _LAST, count).tolist()) if count > 1 else (1.0,) * count


def weighted(values: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Give the mean of turns' values, weighted to the end, four digits.

    Parameters
    ----------
    values : sequence of float
        One for each of the customer's turns, in order; at least one.
    weights : sequence of float, optional
        What else each turn counts by, above 0; 1 when missing.
    """
    # Plain sums: talks have a handful of turns, and arrays cost more than they save.
    late = _end_weights(len(values))
    both = late if weights is None else [w * own for w, own in zip(late, weights, strict=True)]
    total = sum(weight * value for weight, value in zip(both, values, strict=True))
    return round(total / sum(both), 4)


def strength(counts: Sequence[int]) -> float:
    """Give how strongly something is said, 0 to 1: each time halves what is left to 1.

    Parameters
    ----------
    counts : sequence of int
        How often it is said in each turn, in order. One turn counts plainly; of several the
        later count more, by weights whose mean is 1.
    """
    weights = _end_weights(len(counts))
    said = sum(weight * count for weight, count in zip(weights, counts, strict=True))
    times = said * len(counts) / sum(weights) if counts else 0.0
    return round(float(1.0 - 2.0**-times), 4)


def quarters(read: ConversationRead, values: Sequence[float]) -> list[float | None]:
    """Give the plain mean of each quarter; None for one in which the customer is silent.

    Parameters
    ----------
    read : ConversationRead
        Whose turns are counted.
    values : sequence of float
        One for each of the customer's turns, in order.
    """
    place = {turn.position: number for number, turn in enumerate(read.turns)}
    parts: list[list[float]] = [[] for _ in range(_QUARTERS)]
    for turn, value in zip(read.customer, values, strict=True):
        parts[place[turn.position] * _QUARTERS // len(read.turns)].append(value)
    return [round(sum(part) / len(part), 4) if part else None for part in parts]


def course(read: ConversationRead, values: Sequence[float]) -> dict[str, JsonValue]:
    """Give quarters and trend of values, one for each of the customer's turns, for a signal."""
    parts = quarters(read, values)
    return {"quarters": [*parts], "trend": trend(parts)}


def trend(parts: Sequence[float | None]) -> float | None:
    """Give the last quarter known minus the first; None where fewer than two are."""
    known = [part for part in parts if part is not None]
    return round(known[-1] - known[0], 4) if len(known) > 1 else None
