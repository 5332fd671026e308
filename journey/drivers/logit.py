"""Logistic regression on counted cells, with intervals that know whose contacts they are."""

from dataclasses import dataclass

import numpy as np

from journey.measures.totals import Floats, Ints, totals

SPREAD = 2.5
"""Standard deviation that log odds of features are taken to have beforehand (Gelman et al. 2008,
"A weakly informative default prior distribution for logistic and other regression models"): it
moves nothing where there are data, and keeps the odds finite where all or none came back."""


@dataclass(frozen=True)
class Cells:
    """Contacts counted by pattern and by person.

    Attributes
    ----------
    design : array, shape (k, d)
        Features of each of k patterns; the first is 1.
    pattern, person : array, shape (n,)
        Of each count: which pattern and whose.
    contacts, yes : array, shape (n,)
        How many, and how many of them came back.
    """

    design: Floats
    pattern: Ints
    person: Ints
    contacts: Floats
    yes: Floats


@dataclass(frozen=True)
class Fit:
    """Log odds of the features, with two answers to how sure they are."""

    log_odds: Floats
    plain: Floats
    """Covariance, were all contacts independent; shape (d, d)."""
    robust: Floats
    """Covariance over people (sandwich; Liang and Zeger 1986)."""

    def error(self, gradient: Floats) -> float:
        """Give the standard error of a function of the log odds: the larger of the two.

        Few people make the sandwich too sure; then the plain one stands.
        """
        return float(max(gradient @ cov @ gradient for cov in (self.plain, self.robust)) ** 0.5)


def fit(cells: Cells, start: Floats | None = None, rounds: int = 60) -> Fit:
    """Fit by Newton's method, the log odds of all but the base held near 0 by ``SPREAD``.

    Parameters
    ----------
    start : array, shape (d,), optional
        Where to begin.
    rounds : int
        At most so many steps.
    """
    size, d = cells.design.shape
    total = totals(cells.pattern, cells.contacts, size)
    yes = totals(cells.pattern, cells.yes, size)
    hold = np.full(d, SPREAD**-2)
    hold[0] = 0.0
    log_odds = np.zeros(d) if start is None else start.copy()
    for _ in range(rounds):
        chance = chances(cells.design, log_odds)
        slope = cells.design.T @ (yes - total * chance) - hold * log_odds
        step = np.linalg.solve(_curve(cells.design, total, chance, hold), slope)
        # A long step can overshoot where almost all or none came back.
        log_odds = log_odds + step * min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    chance = chances(cells.design, log_odds)
    curve = _curve(cells.design, total, chance, hold)
    plain: Floats = np.asarray(np.linalg.inv(curve), dtype=np.float64)
    return Fit(log_odds, plain, plain @ _meat(cells, chance) @ plain)


def chances(design: Floats, log_odds: Floats) -> Floats:
    """Give the probability of each pattern."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(design @ log_odds, -30, 30))))


def _curve(design: Floats, total: Floats, chance: Floats, hold: Floats) -> Floats:
    weight = total * chance * (1 - chance)
    curve: Floats = design.T @ (design * weight[:, None]) + np.diag(hold)
    curve[0, 0] += 1e-9
    return curve


def _meat(cells: Cells, chance: Floats) -> Floats:
    """Sum the squares of each person's scores."""
    rest = cells.yes - cells.contacts * chance[cells.pattern]
    people = int(cells.person.max()) + 1
    scores = np.zeros((people, cells.design.shape[1]))
    for column in range(cells.design.shape[1]):
        own = rest * cells.design[cells.pattern, column]
        scores[:, column] = totals(cells.person, own, people)
    meat: Floats = scores.T @ scores * (people / max(people - 1, 1))
    return meat
