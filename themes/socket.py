"""Our grouping as the clustering step of BERTopic."""

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin

from themes.assign import least
from themes.consensus import Earlier, Grouping, groups
from themes.granularity import NEIGHBOURS, SPARE
from themes.neighbours import nearest
from themes.space import Floats, Ints


class Consensus(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Groups by consensus over resamples; small ones are no themes and get -1.

    Attributes
    ----------
    labels_ : int64 array of shape (N,)
        After ``fit``.
    grouping_ : Grouping
        How they came about.
    """

    labels_: Ints
    grouping_: Grouping

    def __init__(self, seed: int = 0, earlier: Earlier | None = None) -> None:
        self.seed = seed
        self.earlier = earlier

    def fit(self, vectors: Floats, _labels: object = None) -> "Consensus":
        """Group centred unit vectors of shape (N, D); all are -1 where there are too few."""
        count = min(NEIGHBOURS + SPARE, len(vectors) - 1)
        near = nearest(vectors, count)
        self.grouping_ = groups(vectors, near, self.seed, self.earlier)
        self.labels_ = without_small(self.grouping_.labels, least(len(vectors)))
        return self


def without_small(labels: Ints, smallest: int) -> Ints:
    """Number the groups anew, largest first, and give -1 to those with too few members."""
    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    number = np.full(len(sizes), -1, np.int64)
    kept = order[sizes[order] >= smallest]
    number[kept] = np.arange(len(kept))
    return number[labels]
