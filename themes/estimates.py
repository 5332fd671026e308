"""Shares and means with intervals, compared with all others, honest about repeat callers.

Contacts of one customer are not independent. So the variance is taken over customers, and
counts are divided by the design effect: how much more they vary than as many independent
contacts would (Rao and Scott 1992, "A simple method for the analysis of clustered binary
data"). Wilson's interval and Fisher's exact test then hold for few contacts too.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from scipy.stats import false_discovery_control, fisher_exact, t

from domain.base import Record
from domain.clustered import design_effect, variance
from domain.interval import wilson
from domain.theme_figures import Sums

LEVEL = 0.95
LEAST_KNOWN, LEAST_CUSTOMERS = 8, 5
"""Fewer contacts or customers than these are shown, but not compared."""


class Estimate(Record):
    """A share (0 to 1) or a mean, with its 95 % interval."""

    value: float | None
    low: float | None
    high: float | None


NOTHING = Estimate(value=None, low=None, high=None)


def share(sums: Sums, effect: float) -> Estimate:
    """Give a share with Wilson's interval, on effective numbers.

    Parameters
    ----------
    effect : float
        The design effect.
    """
    ends = wilson(sums.total / effect, sums.known / effect, LEVEL)
    if ends is None:
        return NOTHING
    return Estimate(value=sums.mean, low=ends[0], high=ends[1])


def part_of(count: int, total: int, effect: float) -> Estimate:
    """Give the share of a count in a total with Wilson's interval, on effective numbers."""
    ends = wilson(count / effect, total / effect, LEVEL)
    if ends is None:
        return NOTHING
    return Estimate(value=count / total, low=ends[0], high=ends[1])


def mean(sums: Sums) -> Estimate:
    """Give a mean with Student's interval over customers; no interval for a single one."""
    if sums.customers < 2:
        return Estimate(value=sums.mean, low=None, high=None)
    value = sums.total / sums.known
    half = float(t.ppf((1 + LEVEL) / 2, sums.customers - 1)) * sqrt(variance(sums))
    return Estimate(value=value, low=value - half, high=value + half)


def enough(sums: Sums) -> bool:
    """Tell whether there is enough to compare."""
    return sums.known >= LEAST_KNOWN and sums.customers >= LEAST_CUSTOMERS


def rest(whole: Sums, part: Sums) -> Sums:
    """Give what is left of a whole without a part: number and total; sums over customers stay
    those of the whole, for customers may stand in both.
    """  # noqa: D205 - one sentence
    left = {"known": whole.known - part.known, "total": whole.total - part.total}
    return whole.model_copy(update=left | {"open": whole.open - part.open})


def shares_differ(part: Sums, whole: Sums) -> float | None:
    """Test a share against that of all other contacts (Fisher, on effective numbers).

    Returns
    -------
    float or None
        Two-sided p value; None where there is too little.
    """
    others = rest(whole, part)
    if not enough(part) or others.known < LEAST_KNOWN:
        return None
    usual = design_effect(whole)
    rows = []
    for sums, effect in ((part, design_effect(part, usual)), (others, usual)):
        yes, no = sums.total / effect, (sums.known - sums.total) / effect
        rows.append([round(yes), round(no)])
    return float(fisher_exact(rows).pvalue)


def means_differ(part: Sums, whole: Sums) -> float | None:
    """Test a mean against that of all others (Welch's t over customers); None as above."""
    others = rest(whole, part)
    if not enough(part) or others.known < LEAST_KNOWN or part.mean is None:
        return None
    spread = variance(part) + variance(whole) * whole.known / others.known
    gap = part.mean - (others.mean or 0.0)
    if spread == 0:
        return 1.0 if gap == 0 else 0.0
    return float(2 * t.sf(abs(gap) / sqrt(spread), part.customers - 1))


def survive(p_values: Sequence[float | None], level: float) -> list[bool]:
    """Say which of many comparisons stand (Benjamini and Hochberg 1995).

    Of those that stand, the share that is mere chance is expected to be at most ``level``.

    Parameters
    ----------
    p_values : sequence of float or None
        None where nothing was compared.
    """
    tested = [p for p in p_values if p is not None]
    if not tested:
        return [False] * len(p_values)
    adjusted = iter(np.asarray(false_discovery_control(tested)))
    return [p is not None and bool(next(adjusted) <= level) for p in p_values]
