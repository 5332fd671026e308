"""The vectors of one collection, seen from its own middle."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def middle(vectors: Floats) -> Floats:
    """Give the mean of unit vectors: what all texts of a collection have in common.

    Parameters
    ----------
    vectors : float32 array of shape (N, D)
        Of length 1 each.

    Returns
    -------
    float32 array of shape (D,)
    """
    mean: Floats = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    return mean


def centred(vectors: Floats, mean: Floats) -> Floats:
    """Take the common part away and scale to length 1 again.

    Texts of one company share most of their direction ("insurance", "my account"); what is
    left without it tells themes apart (Mu & Viswanath 2018, of which only the mean is taken).

    Parameters
    ----------
    vectors : float32 array of shape (N, D)
    mean : float32 array of shape (D,)

    Returns
    -------
    float32 array of shape (N, D)
        Of length 1, or 0 where a vector is the mean itself or holds no text at all.
    """
    moved = vectors - mean
    moved[~vectors.any(axis=1)] = 0
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    unit: Floats = np.where(lengths > _TINY, moved / np.maximum(lengths, _TINY), 0)
    return unit.astype(np.float32, copy=False)


_TINY = 1e-6
