"""How fine the themes shall be: the level that resamples agree on and that separates best."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import exp, log

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from themes.communities import communities
from themes.neighbours import Neighbours
from themes.space import Floats, Ints

NEIGHBOURS = 15
"""Edges of each text in the graph."""
SPARE = 10
"""Neighbours kept beyond that, so that a resample can be cut out without a new search."""
RESAMPLES = 6
_SHARE = 0.8
_FIRST, _STEP = 0.4, 1.32
"""Coarsest resolution, and the factor to the next."""
_SMALLEST = 4
"""Texts of a theme on average at the finest level that is looked at."""
_GIVE_UP = 0.8
"""The search ends where the quality has fallen to this share of the best."""
_BLOCK = 1024
"""Texts held against all centroids at a time."""
_USUAL = 2.0
"""Themes that a collection usually has, times the root of its distinct texts."""


@dataclass(frozen=True)
class Level:
    """One granularity.

    Attributes
    ----------
    resolution : float
    parts : tuple of int64 arrays of shape (N,)
        The groups of each resample; -1 for texts outside it.
    stability : float
        Mean adjusted Rand index of pairs of resamples on what they share, about 0 to 1.
    separation : float
        Mean simplified silhouette, -1 to 1.
    themes : float
        Mean number of groups.
    usual : float
        Number of groups that so many texts usually have.
    """

    resolution: float
    parts: tuple[Ints, ...]
    stability: float
    separation: float
    themes: float
    usual: float

    @property
    def quality(self) -> float:
        """Stable and separate: one without the other is worth nothing.

        As far as resamples do not agree, texts say little of how many themes there are, and a
        level counts less the further it is from what is usual. Else a small mixed collection
        falls into its two languages.
        """
        odd = log(self.themes / self.usual) ** 2
        unsure = 1 - min(max(self.stability, 0.0), 1.0)
        return max(self.stability, 0.0) * max(self.separation, 0.0) * exp(-unsure * odd)


def levels(vectors: Floats, neighbours: Neighbours, seed: int) -> list[Level]:
    """Look at granularities from coarse to fine.

    Parameters
    ----------
    vectors : float32 array of shape (N, D)
        Centred, of length 1.
    neighbours : Neighbours
        Of these vectors, ``NEIGHBOURS + SPARE`` each where there are as many.
    seed : int
        Of the resamples, which are the same at all levels.

    Returns
    -------
    list of Level
        At least one.
    """
    random = np.random.default_rng(seed)
    kept = [random.random(len(vectors)) < _SHARE for _ in range(RESAMPLES)]
    graphs = [neighbours.among(part, NEIGHBOURS).graph() for part in kept]
    found: list[Level] = []
    resolution = _FIRST
    while not found or _goes_on(found, len(vectors)):
        parts = []
        for number, (part, graph) in enumerate(zip(kept, graphs, strict=True)):
            labels = np.full(len(vectors), -1, np.int64)
            labels[part] = communities(graph, resolution, seed + number)
            parts.append(labels)
        found.append(_level(vectors, resolution, parts))
        resolution *= _STEP
    return found


def _goes_on(found: Sequence[Level], size: int) -> bool:
    last, best = found[-1], max(level.quality for level in found)
    falls = last.themes > last.usual and last.quality < _GIVE_UP * best
    return last.themes < size / _SMALLEST and not falls


def _level(vectors: Floats, resolution: float, parts: Sequence[Ints]) -> Level:
    agreements = []
    for first, second in combinations(parts, 2):
        both = (first >= 0) & (second >= 0)
        agreements.append(adjusted_rand_score(first[both], second[both]))
    separations = [separation(vectors[part >= 0], part[part >= 0]) for part in parts]
    return Level(
        resolution,
        tuple(parts),
        float(np.mean(agreements)),
        float(np.mean(separations)),
        float(np.mean([part.max() + 1 for part in parts])),
        _USUAL * len(vectors) ** 0.5,
    )


def separation(vectors: Floats, labels: Ints) -> float:
    """Give the mean simplified silhouette (Hruschka et al. 2004): to centroids, by cosine.

    A text's own centroid is taken without the text, so that ever smaller groups do not look
    ever better; a group of one counts 0.

    Parameters
    ----------
    vectors : float32 array of shape (N, D)
        Of length 1.
    labels : int64 array of shape (N,)
        0 to K-1.

    Returns
    -------
    float
        -1 to 1; 0 where there is but one group.
    """
    sizes = np.bincount(labels)
    if len(sizes) < 2:
        return 0.0
    sums = np.zeros((len(sizes), vectors.shape[1]), np.float32)
    np.add.at(sums, labels, vectors)
    centroids = _unit(sums)
    total = 0.0
    for first in range(0, len(labels), _BLOCK):
        rows, mine = vectors[first : first + _BLOCK], labels[first : first + _BLOCK]
        others = rows @ centroids.T
        others[np.arange(len(mine)), mine] = -2
        own = (rows * _unit(sums[mine] - rows)).sum(axis=1)
        inside, outside = 1 - own, 1 - others.max(axis=1)
        widths = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-9)
        total += float(np.where(sizes[mine] > 1, widths, 0).sum(dtype=np.float64))
    return total / len(labels)


def _unit(rows: Floats) -> Floats:
    unit: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit


def smooth(values: Sequence[float]) -> NDArray[np.float64]:
    """Weigh each value with its neighbours, 1:4:6:4:1, so that chance does not pick the level."""
    padded = np.pad(np.asarray(values, np.float64), 2, mode="edge")
    return np.convolve(padded, np.array([1, 4, 6, 4, 1]) / 16, "valid")
