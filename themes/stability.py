"""How well each theme is found again in resamples."""

from collections.abc import Sequence

import numpy as np

from themes.space import Floats, Ints


def stabilities(labels: Ints, parts: Sequence[Ints]) -> Floats:
    """Give each theme's mean best Jaccard overlap over resamples (Hennig 2007).

    Parameters
    ----------
    labels : int64 array of shape (N,)
        Themes, 0 to K-1; -1 for texts of none.
    parts : sequence of int64 arrays of shape (N,)
        Groups of each resample; -1 outside it.

    Returns
    -------
    float32 array of shape (K,)
        0 to 1. Above 0.75 a theme is taken for stable, below 0.5 for dissolved.
    """
    count = int(labels.max(initial=-1)) + 1
    overlaps = [_overlaps(labels, part, count) for part in parts]
    mean: Floats = np.mean(overlaps, axis=0, dtype=np.float32)
    return mean


def _overlaps(labels: Ints, part: Ints, count: int) -> Floats:
    seen = part >= 0
    inside = seen & (labels >= 0)
    both = np.zeros((count, int(part.max(initial=0)) + 1))
    np.add.at(both, (labels[inside], part[inside]), 1)
    own = both.sum(axis=1, keepdims=True)
    other = np.bincount(part[seen], minlength=both.shape[1])[None]
    best: Floats = (both / np.maximum(own + other - both, 1)).max(axis=1, initial=0)
    return best
