"""Moves of each variant as numbers, so that cases can be drawn anew thousands of times."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journey.mining.markov import Floats


@dataclass(frozen=True)
class PathCounts:
    """Moves of v variants over k activities, as sparse counts."""

    size: int
    """k."""
    weights: NDArray[np.int64]
    """Shape (v,): cases of each variant."""
    variant: NDArray[np.int64]
    """Shape (m,): the variant in which a move is made …"""
    move: NDArray[np.int64]
    """Shape (m,): … and which one, as row * (k + 1) + column."""

    def matrix(self, weights: NDArray[np.int64] | None = None) -> Floats:
        """Count the moves, shape (k + 1, k + 1), with other weights if given."""
        chosen = self.weights if weights is None else weights
        side = self.size + 1
        flat = np.bincount(self.move, weights=chosen[self.variant], minlength=side * side)
        return np.asarray(flat, dtype=np.float64).reshape(side, side)


def path_counts(paths: Sequence[Sequence[int]], weights: Sequence[int], size: int) -> PathCounts:
    """Take paths apart into moves.

    Parameters
    ----------
    paths : sequence of sequences of int
        Codes in [0, size), none empty.
    weights : sequence of int
        Cases that took each path.
    size : int
        Number of activities, k.
    """
    lengths = np.array([len(path) + 1 for path in paths])
    padded = [[size, *path, size] for path in paths]
    source = np.concatenate([np.array(path[:-1]) for path in padded])
    target = np.concatenate([np.array(path[1:]) for path in padded])
    return PathCounts(
        size=size,
        weights=np.array(weights, dtype=np.int64),
        variant=np.repeat(np.arange(len(padded)), lengths),
        move=source * (size + 1) + target,
    )


def bootstrap(
    counts: PathCounts,
    measure: Callable[[Floats], Floats],
    draws: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Give percentile intervals of a measure, by drawing cases with replacement.

    Cases are drawn, not moves: moves of one case hang together (Efron and Tibshirani 1993).

    Parameters
    ----------
    counts : PathCounts
    measure : callable
        From counted moves, shape (k + 1, k + 1), to an array.
    draws : int
    level : float
        In (0, 1).
    seed : int

    Returns
    -------
    tuple of two arrays
        Lower and upper ends, in the shape of the measure.
    """
    random = np.random.default_rng(seed)
    cases = int(counts.weights.sum())
    share = counts.weights / cases
    found = [measure(counts.matrix(random.multinomial(cases, share))) for _ in range(draws)]
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(np.array(found), [tail, 1.0 - tail], axis=0)
    return low, high
