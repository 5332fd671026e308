"""Dialogue acts: what each sentence of customers and agents does in the talk."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.heads import Floats, Head
from nlp.reading import LabelReading
from nlp.vectors import TextVectors

ACTS = (
    "request",
    "inform",
    "confirm",
    "deny",
    "complain",
    "thank",
    "apologise",
    "greet",
    "close",
)
"""Asks or wants something; tells something; agrees; declines or corrects; voices
displeasure; thanks; apologises; says hello; says goodbye or that it is done."""


_ASKS = 2.5
"""Log-odds that a question mark adds to a request, and takes from telling something."""


def read_acts(
    head: Head, texts: Sequence[TextVectors], bodies: Sequence[str]
) -> list[tuple[LabelReading, ...]]:
    """Read the acts of turns, the surest first; several may hold, or none.

    Parameters
    ----------
    head : Head
        Of :data:`ACTS`.
    texts : sequence of TextVectors
        Of the turns.
    bodies : sequence of str
        Their texts: spans refer to them.
    """
    full = [text for text in texts if text.whole is not None]
    if not full:
        return [()] * len(texts)
    asks = np.array(
        [
            body[:end].endswith("?")
            for text, body in zip(texts, bodies, strict=True)
            for _, end in text.spans
        ]
    )
    rows = probabilities(head, np.concatenate([text.sentences for text in full]), asks)
    readings, start = [], 0
    for text in texts:
        end = start + len(text.spans)
        readings.append(_turn(head, text, rows[start:end]))
        start = end
    return readings


def probabilities(head: Head, vectors: Floats, asks: NDArray[np.bool_]) -> Floats:
    """Give the probability of each act: (N, D) vectors and (N,) question marks -> (N, n_acts)."""
    scores = head.scores(vectors)
    scores[asks, head.labels.index("request")] += _ASKS
    scores[asks, head.labels.index("inform")] -= _ASKS
    return np.asarray(1.0 / (1.0 + np.exp(-scores)), np.float32)


def _turn(head: Head, text: TextVectors, rows: Floats) -> tuple[LabelReading, ...]:
    """Take each act where it is surest; an act holds where its threshold is reached."""
    if not len(rows):
        return ()
    places = rows.argmax(axis=0)
    found = [
        LabelReading(act, float(rows[place, column]), text.spans[place])
        for column, (act, place) in enumerate(zip(head.labels, places, strict=True))
    ]
    held = [reading for reading in found if reading.probability >= head.thresholds[reading.label]]
    return tuple(sorted(held, key=lambda reading: (-reading.probability, reading.label)))
