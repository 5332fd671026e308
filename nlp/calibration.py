"""Calibration: probabilities that mean what they say, how far off they are, and when to abstain."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize, minimize_scalar

Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]

BINS = 15
"""Bins of equal width on the probability of the best label."""
WRONG_COSTS = 2.0
"""What a wrong label costs where abstaining costs 1, unless a taxonomy says otherwise."""
_EDGE = 1e-6


@dataclass(frozen=True)
class Bin:
    """One bar of a reliability plot.

    Attributes
    ----------
    low, high : float
        Bounds of the probability; the upper one belongs to the next bin.
    count : int
    said, right : float
        Mean probability, and share that is right.
    """

    low: float
    high: float
    count: int
    said: float
    right: float


@dataclass(frozen=True)
class Logistic:
    """Log-odds as a weighted sum of clues.

    Attributes
    ----------
    weights : tuple of float
        One for each clue.
    bias : float
    """

    weights: tuple[float, ...]
    bias: float

    def probability(self, clues: NDArray[np.floating]) -> Doubles:
        """Turn clues of shape (N, C) into probabilities of shape (N,)."""
        return sigmoid(np.asarray(clues, np.float64) @ np.asarray(self.weights) + self.bias)


@dataclass(frozen=True)
class Steps:
    """A monotone map of probabilities (Zadrozny & Elkan 2002), linear between its points.

    Attributes
    ----------
    said, right : tuple of float
        Probabilities, rising, and what each stands for.
    """

    said: tuple[float, ...]
    right: tuple[float, ...]

    def __call__(self, probability: NDArray[np.floating]) -> Doubles:
        """Map probabilities of any shape."""
        return np.asarray(np.interp(probability, self.said, self.right), np.float64)


def sigmoid(odds: NDArray[np.floating]) -> Doubles:
    """Turn log-odds into probabilities."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(odds, np.float64))))


def logit(probability: NDArray[np.floating]) -> Doubles:
    """Turn probabilities into log-odds, those at the ends pulled in a little."""
    p = np.clip(np.asarray(probability, np.float64), _EDGE, 1 - _EDGE)
    return np.log(p) - np.log1p(-p)


def softmax(scores: NDArray[np.floating]) -> Doubles:
    """Turn scores of shape (N, L) into probabilities that sum to 1 in each row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True), dtype=np.float64)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def fit_temperature(
    scores: NDArray[np.floating],
    true: NDArray[np.int64],
    usual: float = 1.0,
    hold: float = 0.0,
) -> float:
    """Find the factor of scores under which softmax fits held-out labels best (Guo et al. 2017).

    Parameters
    ----------
    scores : float array of shape (N, L)
        Of held-out examples.
    true : int array of shape (N,)
        Place of the right label.
    usual : float
        The factor that few examples stay near.
    hold : float
        How hard, in examples by the square of the logarithm of the step.

    Returns
    -------
    float
        Inverse temperature, ``usual`` times 0.01 to 100.
    """
    rows = np.arange(len(true))

    def loss(step: float) -> float:
        share = softmax(scores * (usual * np.exp(step)))[rows, true]
        return float(-np.log(np.maximum(share, 1e-12)).sum() + 0.5 * hold * step**2)

    found = minimize_scalar(loss, bounds=(-4.6, 4.6), method="bounded")
    return float(usual * np.exp(found.x))


def fit_logistic(
    clues: NDArray[np.floating],
    right: Bools,
    weights: NDArray[np.floating],
    usual: Logistic,
    hold: float = 1.0,
) -> Logistic:
    """Fit log-odds to clues (Platt 1999), held at usual weights where examples are few.

    Parameters
    ----------
    clues : float array of shape (N, C)
    right : bool array of shape (N,)
    weights : float array of shape (N,)
        How much each example counts.
    usual : Logistic
        Where the weights start and what they are held at.
    hold : float
        How hard, in examples by the square of the step.
    """
    design = np.column_stack([np.asarray(clues, np.float64), np.ones(len(clues))])
    start = np.array([*usual.weights, usual.bias])
    truth = right.astype(np.float64)

    def loss(beta: Doubles) -> float:
        odds = design @ beta
        miss = np.logaddexp(0.0, odds) - truth * odds
        return float(weights @ miss + 0.5 * hold * np.square(beta - start).sum())

    *found, bias = minimize(loss, start, method="L-BFGS-B").x.tolist()
    return Logistic(tuple(found), bias)


def fit_isotonic(probability: NDArray[np.floating], right: Bools) -> Steps:
    """Fit a monotone map to held-out probabilities; wants a thousand examples or so."""
    order = np.argsort(probability, kind="stable")
    said = np.asarray(probability, np.float64)[order]
    level = isotonic_regression(right[order].astype(np.float64)).x
    ends = np.flatnonzero(np.append(np.diff(level) > 0, True))
    starts = np.concatenate([[0], ends[:-1] + 1])
    middle = [float(said[a : b + 1].mean()) for a, b in zip(starts, ends, strict=True)]
    return Steps(tuple(middle), tuple(level[ends].tolist()))


def reliability(
    probability: Sequence[float] | Doubles, right: Sequence[bool] | Bools, bins: int = BINS
) -> list[Bin]:
    """Sort probabilities into bins of equal width; empty ones are left out."""
    p, ok = np.asarray(probability, np.float64), np.asarray(right, np.float64)
    places = np.minimum((p * bins).astype(int), bins - 1)
    return [
        Bin(
            b / bins, (b + 1) / bins, int(here.sum()), float(p[here].mean()), float(ok[here].mean())
        )
        for b in range(bins)
        if (here := places == b).any()
    ]


def calibration_error(
    probability: Sequence[float] | Doubles, right: Sequence[bool] | Bools, bins: int = BINS
) -> float:
    """Expected calibration error (Naeini et al. 2015), 0 to 1; smaller is better."""
    found = reliability(probability, right, bins)
    total = sum(b.count for b in found)
    return sum(b.count * abs(b.said - b.right) for b in found) / max(total, 1)


def cost_threshold(wrong_costs: float) -> float:
    """Give the probability from which saying a label costs less than abstaining.

    A wrong label costs ``wrong_costs``, abstaining 1, a right label nothing; so a label is said
    where ``(1 - p) * wrong_costs < 1`` (Chow 1970). Where several labels may hold, a wrong one
    costs ``wrong_costs - 1`` and a missed one 1, which gives the same threshold.

    Raises
    ------
    ValueError
        If it is less than 1: then nothing would ever abstain.
    """
    if not wrong_costs >= 1:
        raise ValueError("a wrong label must cost 1 at least, as much as abstaining")
    return 1.0 - 1.0 / wrong_costs
