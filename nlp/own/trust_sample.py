"""Which conversations to label by hand, so that few labels tell much about all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.own.reading import OwnReading

EDGES = (0.0, 0.6, 0.75, 0.85, 0.95, 1.0)
"""Strata of probability: narrow where it is decided whether to automate."""
_SEED = 20261123


@dataclass(frozen=True)
class Drawn:
    """One conversation of a sample.

    Attributes
    ----------
    reading : OwnReading
    stratum : int
        Its place among the strata of probability; -1 where no label holds.
    weight : float
        Conversations that it stands for.
    """

    reading: OwnReading
    stratum: int
    weight: float


def stratum_of(reading: OwnReading) -> int:
    """Give the stratum of a conversation: -1 where no label holds, else by probability."""
    if reading.abstained:
        return -1
    return int(np.searchsorted(EDGES[1:-1], reading.probability, side="right"))


def draw(readings: Sequence[OwnReading], count: int) -> list[Drawn]:
    """Draw a sample, as many from each stratum of probability as far as they go.

    Parameters
    ----------
    readings : sequence of OwnReading
        All that is stored; those in which nothing is asked are left out.
    count : int
        How many to draw.

    Returns
    -------
    list of Drawn
        In an order that tells nothing of their probability.
    """
    asked = [r for r in readings if r.label is not None]
    asked.sort(key=lambda reading: reading.conversation_id)
    strata: dict[int, list[OwnReading]] = {}
    for reading in asked:
        strata.setdefault(stratum_of(reading), []).append(reading)
    generator = np.random.default_rng(_SEED)
    drawn: list[Drawn] = []
    shares = _shares({place: len(found) for place, found in strata.items()}, count)
    for place, share in sorted(shares.items()):
        found = strata[place]
        chosen = generator.choice(len(found), share, replace=False).tolist()
        drawn += [Drawn(found[one], place, len(found) / share) for one in chosen]
    return [drawn[place] for place in generator.permutation(len(drawn))]


def _shares(sizes: dict[int, int], count: int) -> dict[int, int]:
    """Deal a number out evenly; what a small stratum cannot give goes to the others."""
    shares = dict.fromkeys(sizes, 0)
    left = min(count, sum(sizes.values()))
    while left:
        for place in sorted(sizes, key=lambda p: sizes[p]):
            if left and shares[place] < sizes[place]:
                shares[place] += 1
                left -= 1
    return {place: share for place, share in shares.items() if share}
