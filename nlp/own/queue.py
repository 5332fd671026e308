"""Which conversations to label next: where one answer settles most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.heads import Floats
from nlp.own.reading import OwnReading

_ALIKE = 0.75
"""Cosine from which two texts count as looking alike: the volume of one is theirs."""
_NEAR = 0.85
"""Cosine from which two texts are too alike to be asked about in one sitting."""
_CHUNK = 1024


@dataclass(frozen=True)
class Queued:
    """A conversation to be looked at.

    Attributes
    ----------
    reading : OwnReading
    volume : int
        Conversations whose text looks alike, itself among them.
    worth : float
        Uncertainty times volume.
    """

    reading: OwnReading
    volume: int
    worth: float


def queue(readings: Sequence[OwnReading], most: int = 50) -> list[Queued]:
    """Order conversations by uncertainty times volume; near-duplicates do not stand together.

    What is in a language that the heads do not know is left out: a label would teach nothing.

    Uncertainty is the chance that the best label is wrong. A text too much like one that is
    already in the queue waits for the next one: the answer to the first settles it too.
    """
    asked = [(r, r.vector) for r in readings if r.label is not None and r.understood]
    known = [(reading, vector) for reading, vector in asked if vector is not None]
    if not known:
        return []
    rows = np.stack([vector for _, vector in known])
    volumes = _volumes(rows)
    worth = np.array([_uncertain(reading) for reading, _ in known]) * volumes
    ids = [reading.conversation_id for reading, _ in known]
    chosen: list[int] = []
    for place in sorted(range(len(known)), key=lambda place: (-worth[place], ids[place])):
        if not chosen or float((rows[chosen] @ rows[place]).max()) < _NEAR:
            chosen.append(place)
        if len(chosen) == most:
            break
    return [Queued(known[p][0], int(volumes[p]), round(float(worth[p]), 4)) for p in chosen]


def _uncertain(reading: OwnReading) -> float:
    """Where no label holds, a person's word tells at least as much as a coin."""
    doubt = 1.0 - reading.probability
    return max(doubt, 0.5) if reading.abstained else doubt


def _volumes(rows: Floats) -> NDArray[np.int64]:
    parts = [
        (rows[first : first + _CHUNK] @ rows.T >= _ALIKE).sum(axis=1)
        for first in range(0, len(rows), _CHUNK)
    ]
    return np.asarray(np.maximum(np.concatenate(parts), 1), np.int64)
