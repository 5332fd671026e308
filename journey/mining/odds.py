"""Drivers of a yes or no: log odds of each feature, adjusted for the others, with intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from journey.mining.markov import Floats


@dataclass(frozen=True)
class Odds:
    """Log odds; the first is the base, the others belong to the features in turn."""

    log_odds: Floats
    error: Floats
    """Standard errors."""

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Give the lower and upper ends of Wald intervals."""
        reach = norm.ppf(0.5 + level / 2) * self.error
        return self.log_odds - reach, self.log_odds + reach


class SeparatedError(ValueError):
    """A feature tells yes from no without fail, so that its odds are without bound."""


def drivers(features: Floats, happened: NDArray[np.bool_], rounds: int = 50) -> Odds:
    """Fit a logistic regression by Newton's method (maximum likelihood, no penalty).

    Parameters
    ----------
    features : array, shape (n, d)
    happened : array of bool, shape (n,)
    rounds : int
        At most so many steps.

    Raises
    ------
    SeparatedError
        If the likelihood has no maximum: leave out the feature that is always or never there
        when it happened.
    """
    design = np.column_stack([np.ones(len(features)), features])
    log_odds = np.zeros(design.shape[1])
    for _ in range(rounds):
        chance = 1.0 / (1.0 + np.exp(-design @ log_odds))
        slope = design.T @ (happened - chance)
        curve = design.T @ (design * (chance * (1 - chance))[:, None])
        try:
            step = np.linalg.solve(curve, slope)
        except np.linalg.LinAlgError as error:
            raise SeparatedError("features that say the same, or one that tells all") from error
        log_odds = log_odds + step
        if np.abs(step).max() < 1e-9:
            return Odds(log_odds, np.sqrt(np.diag(np.linalg.inv(curve))))
    raise SeparatedError("the odds of a feature grow without bound")
