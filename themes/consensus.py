"""What many partitions agree on (Lancichinetti & Fortunato 2012)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from themes.assign import SMALL
from themes.communities import communities
from themes.granularity import NEIGHBOURS, Level, levels, smooth
from themes.neighbours import Neighbours, joined
from themes.space import Floats, Ints

_GOOD_ENOUGH = 0.95
"""Share of the best quality at which the resolution of the model before is kept."""
_WIDTH, _NARROW = 2.0, 1.0
"""Levels to both sides of the chosen one that vote too; those further away hardly count. In a
small collection the levels are less alike, and fewer vote."""
_MILDER = 0.75
"""Power of the level's resolution that parts the agreed graph: its edges weigh more."""


@dataclass(frozen=True)
class Earlier:
    """What the model before said of the same texts: it has a vote, so that themes stay put.

    Attributes
    ----------
    labels : int64 array of shape (N,)
        Its theme of each text; -1 where it had none.
    resolution : float
        At which it parted the texts.
    """

    labels: Ints
    resolution: float


@dataclass(frozen=True)
class Grouping:
    """Groups, and how they came about.

    Attributes
    ----------
    labels : int64 array of shape (N,)
        Group of each text, 0 for the largest.
    levels : list of Level
        All that were looked at.
    chosen : Level
        The one whose resolution was taken.
    """

    labels: Ints
    levels: list[Level]
    chosen: Level


def groups(
    vectors: Floats, neighbours: Neighbours, seed: int, earlier: Earlier | None = None
) -> Grouping:
    """Part texts into groups as fine as they are stable and separate.

    The levels around the chosen one all vote on each edge: so no single resample and no single
    resolution decides, and a few more texts do not move the result far.

    Parameters
    ----------
    vectors : float32 array of shape (N, D)
        Centred, of length 1.
    neighbours : Neighbours
        Of these vectors.
    seed : int
    earlier : Earlier, optional
        The model before. Its resolution is kept unless another is clearly better, and on each
        edge it weighs as much as all the resamples together.
    """
    found = levels(vectors, neighbours, seed)
    qualities = smooth([level.quality for level in found])
    best = int(qualities.argmax())
    if earlier is not None:
        before = _nearest(found, earlier.resolution)
        best = before if qualities[before] >= _GOOD_ENOUGH * qualities[best] else best
    width = _NARROW if len(vectors) < SMALL else _WIDTH
    votes = [exp(-(((place - best) / width) ** 2) / 2) for place in range(len(found))]
    near = neighbours.places[:, :NEIGHBOURS]
    agreed = agreement(near, found, votes)
    if earlier is not None:
        agreed = _with_vote(near, agreed, earlier.labels)
    # Within agreed groups all edges weigh about 1, so a milder penalty than the level's holds.
    labels = communities(joined(near, agreed), found[best].resolution ** _MILDER, seed)
    return Grouping(labels, found, found[best])


def _nearest(found: Sequence[Level], resolution: float) -> int:
    away = [abs(np.log(level.resolution / resolution)) for level in found]
    return int(np.argmin(away))


def _with_vote(places: Ints, agreed: Floats, labels: Ints) -> Floats:
    own, other = labels[:, None], labels[places]
    known = (own >= 0) & (other >= 0)
    return np.where(known, (agreed + (own == other)) / 2, agreed).astype(np.float32)


def agreement(places: Ints, found: Sequence[Level], votes: Sequence[float]) -> Floats:
    """Give the share of votes that put a text and its neighbour into one group.

    Parameters
    ----------
    places : int64 array of shape (N, K)
        Neighbours of each text.
    found : sequence of Level
    votes : sequence of float
        Weight of each level.

    Returns
    -------
    float32 array of shape (N, K)
        0 to 1; 0 where no resample held both.
    """
    same = np.zeros(places.shape)
    seen = np.zeros(places.shape)
    for level, vote in zip(found, votes, strict=True):
        for part in level.parts:
            own, other = part[:, None], part[places]
            both = (own >= 0) & (other >= 0)
            seen += vote * both
            same += vote * (both & (own == other))
    return (same / np.maximum(seen, 1e-12)).astype(np.float32)
