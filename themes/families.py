"""The level above themes."""

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import AgglomerativeClustering

from themes.space import Floats, Ints

_ALIKE = 0.3
"""Mean cosine of the centred centroids of themes that make a family."""


def families(vectors: Floats, labels: Ints) -> Ints:
    """Join themes that are about the same thing (average linkage, Sokal & Michener 1958).

    Parameters
    ----------
    vectors : float32 array of shape (N, D)
        Centred, of length 1.
    labels : int64 array of shape (N,)
        Themes, 0 to K-1; -1 for texts of none.

    Returns
    -------
    int64 array of shape (K,)
        Family of each theme.
    """
    count = int(labels.max(initial=-1)) + 1
    if count < 2:
        return np.zeros(count, np.int64)
    centroids = np.zeros((count, vectors.shape[1]), np.float32)
    np.add.at(centroids, labels[labels >= 0], vectors[labels >= 0])
    method = AgglomerativeClustering(
        None, metric="cosine", linkage="average", distance_threshold=1 - _ALIKE
    )
    found: Ints = method.fit_predict(centroids).astype(np.int64)
    return found


def parents(family: Ints, labels: Sequence[str], sizes: Sequence[int]) -> list[str | None]:
    """Name each family after its largest theme; a theme without a sibling has none."""
    given: list[str | None] = []
    for own in family:
        members = [place for place, other in enumerate(family) if other == own]
        largest = max(members, key=lambda place: sizes[place])
        given.append(labels[largest] if len(members) > 1 else None)
    return given
