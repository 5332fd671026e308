"""Absorbing Markov chains: where cases end, how many steps are left, what a step is worth.

Kemeny and Snell, Finite Markov Chains, 1960, chapter 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chain:
    """A first-order chain over k activities, with a start and an end."""

    start: Floats
    """Shape (k,): probability that a case starts here; sums to 1."""
    move: Floats
    """Shape (k, k): probability that column follows row."""
    end: Floats
    """Shape (k,): probability that the case ends after this activity. Row of move + end is 1."""


def fit(counts: Floats) -> Chain:
    """Estimate a chain from counted moves (maximum likelihood).

    Parameters
    ----------
    counts : array, shape (k + 1, k + 1)
        How often column follows row; the last row is the start, the last column the end. An
        activity that never occurs is taken as one after which the case ends.
    """
    moves = counts.astype(float).copy()
    unseen = moves.sum(axis=1) == 0
    moves[unseen, -1] = 1.0
    share = moves / moves.sum(axis=1, keepdims=True)
    return Chain(start=share[-1, :-1], move=share[:-1, :-1], end=share[:-1, -1])


def visits(chain: Chain) -> Floats:
    """Give the fundamental matrix.

    Returns
    -------
    array, shape (k, k)
        How often a case that is now at the row will be at the column before it ends, now included.

    Raises
    ------
    numpy.linalg.LinAlgError
        If some activity can never lead to the end.
    """
    size = len(chain.end)
    return np.asarray(np.linalg.solve(np.eye(size) - chain.move, np.eye(size)), dtype=np.float64)


def steps_left(chain: Chain) -> Floats:
    """Give the expected number of further activities until the end, shape (k,)."""
    total: Floats = visits(chain).sum(axis=1) - 1.0
    return total


def last_step(chain: Chain) -> Floats:
    """Give the probability that a case now at the row ends at the column, shape (k, k)."""
    return visits(chain) * chain.end


def absorption(chain: Chain, outcomes: Sequence[int]) -> Floats:
    """Give the probability to arrive at each outcome before any other.

    Parameters
    ----------
    chain : Chain
    outcomes : sequence of int
        Activities that settle the case once reached.

    Returns
    -------
    array, shape (k, len(outcomes) + 1)
        From each activity; the last column is to end without any of them. Rows sum to 1.
    """
    held = _absorbing(chain, outcomes)
    arrive = np.concatenate([held.move[:, outcomes], held.end[:, None]], axis=1)
    arrive[outcomes] = 0.0
    transient = held.move.copy()
    transient[:, outcomes] = 0.0
    found: Floats = np.linalg.solve(np.eye(len(held.end)) - transient, arrive)
    found[outcomes] = np.eye(len(outcomes), len(outcomes) + 1)
    return found


def _absorbing(chain: Chain, outcomes: Sequence[int]) -> Chain:
    move, end = chain.move.copy(), chain.end.copy()
    move[outcomes], end[outcomes] = 0.0, 0.0
    return Chain(chain.start, move, end)


def reach(chain: Chain, goal: int) -> float:
    """Give the probability that a case ever gets to the goal, from its start."""
    return float(chain.start @ absorption(chain, [goal])[:, 0])


def removal_effect(chain: Chain, goal: int) -> Floats:
    """Give the share of goals lost if a step led nowhere (Anderl et al. 2016).

    Parameters
    ----------
    chain : Chain
    goal : int
        An activity that cases should get to.

    Returns
    -------
    array, shape (k,)
        In [0, 1]; 1 for the goal itself. It tells on how many paths to the goal a step lies, not
        what would happen if the step were taken away: customers would find other ways.
    """
    whole = reach(chain, goal)
    if whole == 0.0:
        return np.zeros(len(chain.end))
    effect = [1.0 - reach(_without(chain, step), goal) / whole for step in range(len(chain.end))]
    found: Floats = np.clip(np.array(effect), 0.0, 1.0)
    found[goal] = 1.0
    return found


def _without(chain: Chain, step: int) -> Chain:
    move, end = chain.move.copy(), chain.end.copy()
    move[step], end[step] = 0.0, 1.0
    return Chain(chain.start, move, end)
