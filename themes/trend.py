"""How a number of contacts moves, in steps of days, with its interval."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import exp

import numpy as np
from scipy.stats import chi2, t

from domain.base import Record
from domain.theme_figures import Period
from themes.estimates import LEVEL

LEAST_STEPS = 4
LEAST_CONTACTS = 12
LEAST_TOLD = 3
"""Steps with contacts: out of fewer no even growth can be read."""
_DAILY = 14
"""A period of up to so many days is told by day, a longer one by weeks."""


class Point(Record):
    """The contacts of some days."""

    first: date
    last: date
    contacts: int
    low: float
    high: float
    """95 % interval of the number to be expected in such days."""
    whole: bool
    """False where the period cuts the step short: such a step is in no trend."""
    opens: str
    """Where the API lists them."""


class Slope(Record):
    """Growth a step, as a factor: 1.1 is ten percent more with each step."""

    factor: float
    low: float
    high: float
    p: float


def step_days(period: Period) -> int:
    """Choose the step in which a period is told: 1 or 7 days."""
    return 1 if period.days <= _DAILY else 7


def steps(period: Period, days: int) -> list[Period]:
    """Cut a period into steps, counted back from its last day; the first may be short."""
    cuts = []
    last = period.last
    while last >= period.first:
        first = max(last - timedelta(days=days - 1), period.first)
        cuts.append(Period(first=first, last=last))
        last = first - timedelta(days=1)
    return cuts[::-1]


def within(counts: Mapping[date, int], period: Period) -> int:
    """Add up the contacts of a period."""
    return sum(n for day, n in counts.items() if period.first <= day <= period.last)


def expected(count: int, effect: float = 1.0) -> tuple[float, float]:
    """Give the 95 % interval of a rate from one count (Garwood 1936, on effective numbers)."""
    effective, tail = count / effect, (1 - LEVEL) / 2
    low = chi2.ppf(tail, 2 * effective) / 2 if effective else 0.0
    high = chi2.ppf(1 - tail, 2 * (effective + 1)) / 2
    return float(low) * effect, float(high) * effect


def slope(counts: Sequence[int]) -> Slope | None:
    """Fit an even growth to counts: quasi-Poisson regression on the step's number.

    The interval is as wide as the counts scatter (never narrower than Poisson's), with
    Student's t for the few steps there are.

    Parameters
    ----------
    counts : sequence of int
        Of whole steps, the oldest first.

    Returns
    -------
    Slope or None
        None for fewer than four steps, three with contacts, or twelve contacts.
    """
    y = np.asarray(counts, float)
    if len(y) < LEAST_STEPS or y.sum() < LEAST_CONTACTS or np.count_nonzero(y) < LEAST_TOLD:
        return None
    x = np.column_stack([np.ones(len(y)), np.arange(len(y)) - (len(y) - 1) / 2])
    beta = np.array([np.log(y.mean()), 0.0])
    for _ in range(_ROUNDS):
        mu = np.exp(np.clip(x @ beta, -_STEEP, _STEEP))
        move = np.linalg.solve(x.T @ (x * mu[:, None]), x.T @ (y - mu))
        beta += np.clip(move, -1, 1)
        if np.abs(move).max() < _STILL:
            break
    mu = np.exp(np.clip(x @ beta, -_STEEP, _STEEP))
    left = len(y) - 2
    spread = max(float(((y - mu) ** 2 / mu).sum()) / left, 1.0)
    error = float(np.sqrt(spread * np.linalg.inv(x.T @ (x * mu[:, None]))[1, 1]))
    half = min(float(t.ppf((1 + LEVEL) / 2, left)) * error, _STEEP)
    p = float(2 * t.sf(abs(beta[1]) / error, left))
    return Slope(factor=exp(beta[1]), low=exp(beta[1] - half), high=exp(beta[1] + half), p=p)


_ROUNDS, _STILL, _STEEP = 50, 1e-9, 30.0
