"""Which theme a text belongs to, and how sure that is: one path for old and new texts."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from domain.theme import AssignmentState
from themes.calibration import ASSIGNED, MARGIN_LIMIT, NEAR, calibrated
from themes.space import Floats, Ints, centred

DEPTH = 5
"""A text belongs where this many others are alike: a theme needs as many. Of a small collection
fewer: see ``least``."""
SMALL, _MIDDLING = 300, 1000
"""Distinct texts below which two, or three, others alike are enough."""
_BLOCK = 512
"""Texts compared at a time with all that the fit kept: 20 MB for 10,000."""
_SAME = 0.999
"""Texts more alike than this are one text, which does not vouch for itself."""


_USUAL = (5.0, 0.2, 0.6)


Doubles = NDArray[np.float64]
State = AssignmentState
"""How a text stands to the themes."""


@dataclass(frozen=True)
class Assignment:
    """Answers for N texts.

    Attributes
    ----------
    themes : int64 array of shape (N,)
        Place of the best theme, 0 to K-1, whatever the state; -1 where there is no theme at
        all or no text.
    scores : float32 array of shape (N,)
        Probability that the text belongs to that theme, 0 to 1.
    """

    themes: Ints
    scores: Floats

    @property
    def states(self) -> list[State]:
        """What the scores mean, text by text."""
        return [state(float(score)) for score in self.scores]


def state(score: float) -> State:
    """Read a score: at least ``ASSIGNED``, at least ``NEAR``, or below."""
    if score >= ASSIGNED:
        return State.ASSIGNED
    return State.NEAR if score >= NEAR else State.NONE


@dataclass(frozen=True)
class Assigner:
    """A linear discriminant between themes, and a bank of texts that vouch for them.

    Attributes
    ----------
    mean : float32 array of shape (D,)
        The collection's middle.
    weights : float32 array of shape (K, D)
    bias : float32 array of shape (K,)
        Of the discriminants, half a squared Mahalanobis distance each.
    bank : float16 array of shape (M, D)
        Centred vectors of the fitted texts.
    bank_themes : int64 array of shape (M,)
        Their themes; -1 for texts of groups too small to be a theme.
    scale : float32 array of shape (3,)
        How many others must be alike; the density that texts of the collection have among
        others' themes, and in their own. Long and mixed texts are less alike than short
        requests, so what counts as much is the collection's.
    """

    mean: Floats
    weights: Floats
    bias: Floats
    bank: NDArray[np.float16]
    bank_themes: Ints
    scale: Floats = field(default_factory=lambda: np.array(_USUAL, np.float32))

    def assign(self, vectors: Floats) -> Assignment:
        """Find theme and score of each text.

        Parameters
        ----------
        vectors : float32 array of shape (N, D)
            As the encoder gives them; a row of zeros is a text without a word. Equal rows get
            equal answers, wherever they stand.
        """
        themes, density, margin = self.evidence(vectors)
        low, usual = self.scale[1:].tolist()
        scores = np.round(calibrated((density - low) / (usual - low), margin), 4)
        return Assignment(themes, np.where(themes < 0, 0, scores).astype(np.float32))

    def evidence(self, vectors: Floats) -> tuple[Ints, Floats, Floats]:
        """Give what a score is made of.

        Returns
        -------
        int64 array of shape (N,)
            Best theme, or -1.
        float32 array of shape (N,)
            Density: cosine of the most alike text of the fit but ``depth - 1``, the mean of that
            among all and that among the theme's, 0 to 1.
        float32 array of shape (N,)
            Lead of the best discriminant over the second, 0 or above.
        """
        themes = np.full(len(vectors), -1, np.int64)
        density, margin = np.zeros((2, len(vectors)), np.float32)
        if not len(self.bias) or not len(vectors):
            return themes, density, margin
        distinct, place = _distinct(vectors)
        for first in range(0, len(distinct), _BLOCK):
            rows = slice(first, min(first + _BLOCK, len(distinct)))
            unit = centred(vectors[distinct[rows]], self.mean)
            themes[rows], density[rows], margin[rows] = self._block(unit)
        return themes[place], density[place], margin[place]

    def centroids(self) -> Floats:
        """Give the (K, D) middles of the themes, centred and of length 1."""
        sums = np.zeros((len(self.bias), self.bank.shape[1]), np.float32)
        inside = self.bank_themes >= 0
        np.add.at(sums, self.bank_themes[inside], self.bank[inside].astype(np.float32))
        unit: Floats = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
        return unit

    @cached_property
    def _widened(self) -> Floats:
        return self.bank.astype(np.float32)

    def _block(self, unit: Floats) -> tuple[Ints, Floats, Floats]:
        # Rounded: the last bits of a product depend on the size of the block.
        gains = np.round(unit @ self.weights.T + self.bias, 3)
        best: Ints = gains.argmax(axis=1)
        alike = unit @ self._widened.T
        alike[alike > _SAME] = -1
        density = _density(alike, self.bank_themes == best[:, None], int(self.scale[0]))
        return np.where(unit.any(axis=1), best, -1), density, _lead(gains)


def _lead(gains: Floats) -> Floats:
    if gains.shape[1] < 2:
        return np.full(len(gains), MARGIN_LIMIT, np.float32)
    ordered = np.partition(gains, -2, axis=1)
    lead: Floats = ordered[:, -1] - ordered[:, -2]
    return lead


def _distinct(vectors: Floats) -> tuple[Ints, Ints]:
    """Give the rows that are the first of their kind, and for each row its place in them."""
    seen: dict[bytes, int] = {}
    # A digest of each row, not the row: of 100,000 texts the rows alone would take 150 MB.
    digests = (blake2b(row.tobytes(), digest_size=16).digest() for row in vectors)
    place = np.array([seen.setdefault(digest, len(seen)) for digest in digests], np.int64)
    first = np.unique(place, return_index=True)[1].astype(np.int64)
    return first, place


def _density(alike: Floats, inside: NDArray[np.bool_], depth: int) -> Floats:
    among_all = _depth(alike, depth)
    among_own = _depth(np.where(inside, alike, -1), depth)
    density: Floats = np.round((among_all + among_own) / 2, 4)
    return density


def _depth(alike: Floats, depth: int) -> Floats:
    """Give the similarity of the depth-th most alike: (N, M) -> (N,), 0 where none is left."""
    place = alike.shape[1] - min(depth, alike.shape[1])
    found: Floats = np.partition(alike, place, axis=1)[:, place]
    return np.maximum(found, 0)


def fit_assigner(vectors: Floats, mean: Floats, labels: Ints) -> Assigner:
    """Learn to tell groups apart.

    Linear discriminant analysis with a shared covariance, shrunk towards a sphere (Friedman
    1989) and without priors, so that a large theme does not swallow its neighbours.

    Parameters
    ----------
    vectors : float32 array of shape (M, D)
        Centred, of length 1, of distinct texts.
    mean : float32 array of shape (D,)
        What they were centred by.
    labels : int64 array of shape (M,)
        Groups, 0 to K-1; -1 for texts of none.
    """
    count, size = int(labels.max(initial=-1)) + 1, vectors.shape[1]
    means = _means(vectors, labels, count, size)
    weights, bias = weights_of(means, _spread(vectors, labels, means), len(vectors))
    assigner = Assigner(mean, weights, bias, vectors.astype(np.float16), labels)
    return replace(assigner, scale=_scale(assigner, vectors))


def least(count: int) -> int:
    """Give how many distinct texts make a theme, of so many that are fitted: 3 to 5."""
    return DEPTH if count >= _MIDDLING else 4 if count >= SMALL else 3


def _scale(assigner: Assigner, vectors: Floats) -> Floats:
    """Measure how alike texts are to their own theme, and to the rest as if it were not there.

    The second stands for texts of no theme: each theme in turn plays a reason for contact that
    was never seen (leave one group out).
    """
    depth = min(DEPTH, least(len(vectors)) - (len(vectors) < _MIDDLING))
    rows = np.flatnonzero(assigner.bank_themes >= 0)[:_MEASURED]
    if len(assigner.bias) < _FEW or not len(rows):
        return np.array((depth, *_USUAL[1:]), np.float32)
    blocks = [
        _own_and_other(assigner, vectors, rows[first : first + _BLOCK], depth)
        for first in range(0, len(rows), _BLOCK)
    ]
    own, other = np.concatenate(blocks, axis=1)
    usual = float(np.median(own))
    low = max(float(np.median(other)), _AT_LEAST * usual)
    return np.array((depth, low, max(usual, low + _APART)), np.float32)


def _own_and_other(assigner: Assigner, vectors: Floats, rows: Ints, depth: int) -> Floats:
    """Give the density of some texts among their theme's, and in the next best one: (2, N)."""
    mine = assigner.bank_themes[rows]
    inside = assigner.bank_themes == mine[:, None]
    alike = vectors[rows] @ vectors.T
    alike[alike > _SAME] = -1
    own = _density(alike, inside, depth)
    alike[inside] = -1
    gains = vectors[rows] @ assigner.weights.T + assigner.bias
    gains[np.arange(len(rows)), mine] = -np.inf
    best = gains.argmax(axis=1)[:, None]
    return np.stack([own, _density(alike, assigner.bank_themes == best, depth)])


_MEASURED = 2000
"""Texts that the scale is measured on, in the order of the fit."""
_FEW = 3
"""Themes from which on there is something to measure it on."""
_AT_LEAST = 0.5
"""Share of what is usual that is no sign of a theme, however far apart the themes are."""
_APART = 0.1
"""Least difference of the two densities: where all is alike, little is sure."""


def spread_of(assigner: Assigner) -> Doubles:
    """Give the covariance within themes, (D, D), as the bank shows it."""
    count, size = assigner.weights.shape
    vectors = assigner.bank.astype(np.float32)
    means = _means(vectors, assigner.bank_themes, count, size)
    return _spread(vectors, assigner.bank_themes, means)


def weights_of(means: Doubles, spread: Doubles, count: int) -> tuple[Floats, Floats]:
    """Give the discriminants of groups: means (K, D) to weights (K, D) and bias (K,).

    Parameters
    ----------
    means : float64 array of shape (K, D)
    spread : float64 array of shape (D, D)
        Covariance within groups; it is shrunk towards a sphere.
    count : int
        Texts that it was measured on: the fewer, the more it is shrunk.
    """
    size = means.shape[1]
    shrinkage = float(np.clip(size / max(count, 1), _SHRINKAGE, _MOST_SHRUNK))
    sphere = np.eye(size) * max(float(np.trace(spread)) / size, 1e-9)
    weights = np.linalg.solve((1 - shrinkage) * spread + shrinkage * sphere, means.T).T
    bias = -0.5 * (weights * means).sum(axis=1)
    return weights.astype(np.float32), bias.astype(np.float32)


def _means(vectors: Floats, labels: Ints, count: int, size: int) -> Doubles:
    inside = labels >= 0
    sums = np.zeros((count, size))
    np.add.at(sums, labels[inside], vectors[inside].astype(np.float64))
    means: Doubles = (
        sums / np.maximum(np.bincount(labels[inside], minlength=count), 1)[:count, None]
    )
    return means


def _spread(vectors: Floats, labels: Ints, means: Doubles) -> Doubles:
    inside = labels >= 0
    rest = vectors[inside] - means[labels[inside]]
    spread: Doubles = rest.T @ rest / max(len(rest), 1)
    return spread


_SHRINKAGE, _MOST_SHRUNK = 0.3, 0.9
