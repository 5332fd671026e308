"""Emotions of a turn: what the customer feels, as far as the words show it."""

from collections.abc import Mapping, Sequence

import numpy as np

from domain.signal import AbstainReason
from nlp.heads import Floats, Head
from nlp.reading import LabelReading
from nlp.vectors import TextVectors

NEUTRAL = "neutral"
"""Label of a turn that shows none of the others."""
LABELS = (
    "anger",
    "frustration",
    "confusion",
    "disappointment",
    "worry",
    "gratitude",
    "joy",
    NEUTRAL,
)


def read_emotions(
    head: Head,
    texts: Sequence[TextVectors],
    in_talks: Mapping[int, Floats],
    thresholds: Mapping[str, float],
) -> list[tuple[LabelReading, ...]]:
    """Read the emotions of turns.

    Parameters
    ----------
    head : Head
        With a sigmoid for each of :data:`LABELS`.
    texts : sequence of TextVectors
        In the head's space.
    in_talks : mapping of int to float32 array of shape (n_labels,)
        Probabilities of texts, by place, that were read in their talk: they stand in the place
        of the head's, which still finds the sentence.
    thresholds : mapping of str to float
        Of those.

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
    for place, text in enumerate(texts):
        if text.whole is None:
            readings.append(())
            continue
        end = start + len(text.spans)
        row, least = next(rows), head.thresholds
        if place in in_talks:
            row, least = in_talks[place], thresholds
        readings.append(_turn(head.labels, text, row, sentences[start:end], least))
        start = end
    return readings


def _turn(
    labels: Sequence[str],
    text: TextVectors,
    row: Floats,
    sentences: Floats,
    thresholds: Mapping[str, float],
) -> tuple[LabelReading, ...]:
    """Name the emotions of one turn, each with the sentence that shows it most."""
    columns = zip(labels, row.tolist(), sentences.argmax(axis=0).tolist(), strict=True)
    found = sorted(
        (LabelReading(label, share, text.spans[place]) for label, share, place in columns),
        key=lambda reading: (-reading.probability, reading.label),
    )
    held = tuple(r for r in found if r.probability >= thresholds[r.label])
    if held:
        return held
    best = found[0]
    unsure = LabelReading(best.label, best.probability, best.span, AbstainReason.LOW_PROBABILITY)
    return (unsure,)
