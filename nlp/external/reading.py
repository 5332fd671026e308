"""What external heads read in a turn, in the words of the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from domain.signal import AbstainReason
from nlp.cut import hide
from nlp.external.head import ExternalHead, Shares
from nlp.external.labels import SENTIMENTS
from nlp.intents import TurnIntents
from nlp.read import TurnRead
from nlp.reading import LabelReading, MoodReading
from nlp.taxonomy import general

_ACT_SURE = 0.6
"""An act at least this probable explains a turn without an intent."""


def with_mood(turns: Sequence[TurnRead], head: ExternalHead) -> list[TurnRead]:
    """Read the sentiment of whole turns; a label the model does not know has none."""
    if not turns:
        return []
    said = head.read([" ".join(_sentences(turn)) for turn in turns])
    rows = np.zeros((len(turns), len(SENTIMENTS)), np.float32)
    for column, label in enumerate(head.labels):
        rows[:, SENTIMENTS.index(label)] = said.shares[:, column]
    return [
        replace(
            _covering(turn, float(covered)),
            mood=MoodReading(row / max(row.sum(), 1e-9), float(turn.vectors.lengths.sum())),
        )
        for turn, row, covered in zip(turns, rows, said.covered, strict=True)
    ]


def with_emotions(turns: Sequence[TurnRead], head: ExternalHead) -> list[TurnRead]:
    """Read the emotions of turns, sentence by sentence."""
    return [
        replace(turn, emotions=tuple(_holding(best, head) or [_unsure(best)]))
        for turn, best in _read(turns, head)
    ]


def with_intents(turns: Sequence[TurnRead], head: ExternalHead) -> list[TurnRead]:
    """Read intents and acts of the general taxonomy, sentence by sentence."""
    return [replace(turn, intents=intents(best, head)) for turn, best in _read(turns, head)]


def with_labels(turns: Sequence[TurnRead], head: ExternalHead, name: str) -> list[TurnRead]:
    """Read labels of a set of its own, beside everything else."""
    return [
        replace(turn, more={**turn.more, name: intents(best, head)})
        for turn, best in _read(turns, head)
    ]


def intents(best: Sequence[LabelReading], head: ExternalHead) -> TurnIntents:
    """Part readings, the surest first, into intents and acts."""
    known_acts = general().acts
    wanted = [reading for reading in best if reading.label not in known_acts]
    holding = _holding(best, head)
    acts = tuple(reading for reading in holding if reading.label in known_acts)
    found = tuple(reading for reading in holding if reading.label not in known_acts)
    explained = any(act.probability >= _ACT_SURE for act in acts)
    if not found and not explained and wanted:
        found = (_unsure(wanted),)
    return TurnIntents(found, acts, wanted[0] if wanted else None)


def _read(
    turns: Sequence[TurnRead], head: ExternalHead
) -> Iterator[tuple[TurnRead, list[LabelReading]]]:
    """Give each turn with the best reading of every label, the surest first."""
    parts = [_sentences(turn) for turn in turns]
    if not parts:
        return
    said = head.read([text for part in parts for text in part])
    start = 0
    for turn, part in zip(turns, parts, strict=True):
        rows = slice(start, start + len(part))
        start += len(part)
        share = float(turn.vectors.lengths @ said.covered[rows] / turn.vectors.lengths.sum())
        yield _covering(turn, share), _best(turn, head, said.shares[rows])


def _best(turn: TurnRead, head: ExternalHead, rows: Shares) -> list[LabelReading]:
    found = [
        LabelReading(label, float(rows[place, column]), turn.vectors.spans[place])
        for column, label in enumerate(head.labels)
        for place in [int(rows[:, column].argmax())]
    ]
    return sorted(found, key=lambda reading: (-reading.probability, reading.label))


def _holding(best: Sequence[LabelReading], head: ExternalHead) -> list[LabelReading]:
    return [reading for reading in best if reading.probability >= head.threshold]


def _unsure(best: Sequence[LabelReading]) -> LabelReading:
    return replace(best[0], reason=AbstainReason.LOW_PROBABILITY)


def _sentences(turn: TurnRead) -> list[str]:
    """Give the sentences as the encoder reads them: without identifiers."""
    texts = hide(turn.turn.body, turn.hidden.plain, turn.vectors.spans)
    return [" ".join(text.split()) for text in texts]


def _covering(turn: TurnRead, share: float) -> TurnRead:
    """Say of the turn the least share that any model read of it."""
    covered = min(turn.vectors.covered, share)
    return replace(turn, vectors=replace(turn.vectors, covered=covered))
