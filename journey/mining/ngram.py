"""Chains of higher order: the next step, given the last few.

Interpolated by Witten and Bell (1991): what was rarely seen leans on what is known of shorter
histories, so that a longer memory costs nothing where it knows nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from journey.mining.markov import Floats

History = tuple[int, ...]


@dataclass(frozen=True)
class NGram:
    """What followed each history; the code ``size`` is start and end."""

    size: int
    order: int
    follows: dict[History, Counter[int]]

    def next(self, path: Sequence[int]) -> Floats:
        """Give the probability of each next activity, the end last, shape (size + 1,).

        Parameters
        ----------
        path : sequence of int
            What happened so far, from the start; may be empty.
        """
        history = (self.size, *path)[-self.order :] if self.order else ()
        share = np.full(self.size + 1, 1.0 / (self.size + 1))
        for length in range(len(history) + 1):
            seen = self.follows.get(history[len(history) - length :])
            if seen is None:
                break
            counts = np.zeros(self.size + 1)
            counts[list(seen)] = list(seen.values())
            kinds = len(seen)
            share = (counts + kinds * share) / (counts.sum() + kinds)
        return share


def fit(paths: Sequence[Sequence[int]], weights: Sequence[int], size: int, order: int) -> NGram:
    """Count what follows each history of up to ``order`` steps.

    Parameters
    ----------
    paths : sequence of sequences of int
        Codes in [0, size).
    weights : sequence of int
        Cases that took each path; those of weight 0 are left out.
    size : int
    order : int
        0 looks at nothing, 1 is a Markov chain.
    """
    moves = (
        (whole[max(place - order, 0) : place], whole[place], weight)
        for path, weight in zip(paths, weights, strict=True)
        if weight
        for whole in [(size, *path, size)]
        for place in range(1, len(whole))
    )
    return fit_moves(moves, size, order)


def fit_moves(moves: Iterable[tuple[History, int, int]], size: int, order: int) -> NGram:
    """Count what follows each history, from single moves.

    Parameters
    ----------
    moves : iterable of (history, next, weight)
        The history ends with the present activity; where a case starts it begins with ``size``.
    size, order : int
        As in `fit`.
    """
    follows: dict[History, Counter[int]] = defaultdict(Counter)
    for history, following, weight in moves:
        for length in range(min(order, len(history)) + 1):
            follows[history[len(history) - length :]][following] += weight
    return NGram(size, order, dict(follows))


def log_losses(model: NGram, paths: Sequence[Sequence[int]]) -> Floats:
    """Give the surprise at each whole path, its end included, in bits; shape (len(paths),)."""
    known: dict[History, Floats] = {}

    def bits(whole: History) -> float:
        total = 0.0
        for place, step in enumerate(whole):
            history = (model.size, *whole[:place])[-model.order :] if model.order else ()
            if history not in known:
                known[history] = -np.log2(model.next(whole[:place]))
            total += known[history][step]
        return total

    return np.array([bits((*path, model.size)) for path in paths])
