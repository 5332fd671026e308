"""Emotions of a turn: what the customer feels, as far as the words show it."""

from collections.abc import Sequence

import numpy as np

from domain.signal import AbstainReason
from nlp.heads import Floats, Head
from nlp.reading import LabelReading
from nlp.vectors import TextVectors

LABELS = (
    "anger",
    "frustration",
    "confusion",
    "disappointment",
    "worry",
    "gratitude",
    "joy",
    "neutral",
)


def read_emotions(head: Head, texts: Sequence[TextVectors]) -> list[tuple[LabelReading, ...]]:
    """Read the emotions of turns.

    Parameters
    ----------
    head : Head
        With a sigmoid for each of :data:`LABELS`.
    texts : sequence of TextVectors
        In the head's space.

    Returns
    -------
    list of tuple of LabelReading
        For each turn those that hold, most probable first; the most probable one, abstained,
        where none holds; nothing for a turn without a sentence.
    """
    full = [text for text in texts if text.whole is not None]
    if not full:
        return [()] * len(texts)
    turns = head.probabilities(np.stack([text.whole for text in full if text.whole is not None]))
    sentences = head.probabilities(np.concatenate([text.sentences for text in full]))
    readings: list[tuple[LabelReading, ...]] = []
    rows, start = iter(turns), 0
    for text in texts:
        if text.whole is None:
            readings.append(())
            continue
        end = start + len(text.spans)
        readings.append(_turn(head, text, next(rows), sentences[start:end]))
        start = end
    return readings


def _turn(
    head: Head, text: TextVectors, row: Floats, sentences: Floats
) -> tuple[LabelReading, ...]:
    """Name the emotions of one turn, each with the sentence that shows it most."""
    columns = zip(head.labels, row.tolist(), sentences.argmax(axis=0).tolist(), strict=True)
    found = sorted(
        (LabelReading(label, share, text.spans[place]) for label, share, place in columns),
        key=lambda reading: (-reading.probability, reading.label),
    )
    held = tuple(r for r in found if r.probability >= head.thresholds[r.label])
    if held:
        return held
    best = found[0]
    unsure = LabelReading(best.label, best.probability, best.span, AbstainReason.LOW_PROBABILITY)
    return (unsure,)
