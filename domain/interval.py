"""How sure a share is: Wilson's interval."""

from math import sqrt
from statistics import NormalDist


def wilson(successes: float, trials: float, level: float = 0.95) -> tuple[float, float] | None:
    """Give Wilson's score interval of a share (Wilson 1927, without continuity correction).

    It stays inside 0 and 1 and is honest for few trials, where the usual
    ``p ± z·s`` is not.

    Parameters
    ----------
    successes, trials : float
        ``0 <= successes <= trials``; counts, or effective ones that need not be whole.
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    tuple of two floats or None
        Lower and upper end, in [0, 1]; None without trials.
    """
    if trials == 0:
        return None
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, square = successes / trials, z * z / trials
    centre = (share + square / 2) / (1 + square)
    # In this form the root is exact at both ends: none of n has a lower end of just 0.
    half = sqrt(share * (1 - share) * square + square * square / 4) / (1 + square)
    return max(0.0, centre - half), min(1.0, centre + half)
