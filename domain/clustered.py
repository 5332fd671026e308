"""How much the contacts of one customer, who are alike, widen an interval."""

from domain.interval import wilson
from domain.theme_figures import Sums


def variance(sums: Sums) -> float:
    """Give the variance of a mean, taken over customers (linearised ratio)."""
    mean = sums.mean or 0.0
    spread = max(sums.yy - 2 * mean * sums.yn + mean * mean * sums.nn, 0.0)
    return spread / sums.known**2 * sums.customers / (sums.customers - 1)


def design_effect(sums: Sums, least: float = 1.0) -> float:
    """Tell how much more a share varies than one of as many independent contacts.

    Rao and Scott 1992, "A simple method for the analysis of clustered binary data".

    Parameters
    ----------
    sums : Sums
        Of a measure that is 0 or 1 of each contact.
    least : float
        The answer where the contacts themselves cannot tell (all alike, or one customer).

    Returns
    -------
    float
        1 or more.
    """
    share = sums.mean
    if share is None or not 0 < share < 1 or sums.customers < 2:
        return max(least, 1.0)
    plain = share * (1 - share) / sums.known
    return max(variance(sums) / plain, 1.0)


def share_interval(sums: Sums, level: float = 0.95) -> tuple[float, float] | None:
    """Give Wilson's interval of a share on effective numbers; None without a known contact."""
    effect = design_effect(sums)
    return wilson(sums.total / effect, sums.known / effect, level)
