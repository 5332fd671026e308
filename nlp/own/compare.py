"""What a new version would change: two readings of the same conversations side by side."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nlp.own.reading import OwnReading

_SHOWN = 3
"""Examples of each move."""


@dataclass(frozen=True)
class Move:
    """Conversations that go from one label to another.

    Attributes
    ----------
    before, after : str
        Labels as people read them; ``unsure`` and ``nothing asked`` among them.
    count : int
    examples : tuple of OwnReading
        A few, as the new version reads them, the surest first.
    """

    before: str
    after: str
    count: int
    examples: tuple[OwnReading, ...]


@dataclass(frozen=True)
class Diff:
    """What changes.

    Attributes
    ----------
    conversations : int
        That were read under both versions.
    changed : int
    moves : tuple of Move
        The most frequent first.
    unsure_before, unsure_after : float
        Share of conversations with a need for which no label holds, 0 to 1.
    counts_before, counts_after : mapping of str to int
        Conversations for each label as people read it.
    """

    conversations: int
    changed: int
    moves: tuple[Move, ...]
    unsure_before: float
    unsure_after: float
    counts_before: Counter[str]
    counts_after: Counter[str]


def compare(before: Sequence[OwnReading], after: Sequence[OwnReading]) -> Diff:
    """Set two readings of the same conversations side by side, in the same order."""
    moves: dict[tuple[str, str], list[OwnReading]] = {}
    for old, new in zip(before, after, strict=True):
        if old.said != new.said:
            moves.setdefault((old.said, new.said), []).append(new)
    order = sorted(moves, key=lambda key: (-len(moves[key]), key))
    return Diff(
        conversations=len(after),
        changed=sum(map(len, moves.values())),
        moves=tuple(Move(*key, len(moves[key]), _surest(moves[key])) for key in order),
        unsure_before=_unsure(before),
        unsure_after=_unsure(after),
        counts_before=Counter(reading.said for reading in before),
        counts_after=Counter(reading.said for reading in after),
    )


def _surest(found: Sequence[OwnReading]) -> tuple[OwnReading, ...]:
    order = sorted(found, key=lambda r: (-r.probability, r.conversation_id))
    return tuple(order[:_SHOWN])


def _unsure(readings: Sequence[OwnReading]) -> float:
    asked = [reading for reading in readings if reading.label is not None]
    return sum(reading.abstained for reading in asked) / len(asked) if asked else 0.0
