"""How far back a log remembers, that is: does the present step alone tell the next."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journey.mining.markov import Floats
from journey.mining.ngram import fit, log_losses

ORDERS = range(6)
SLIGHT = 0.01
"""A share of the surprise that is not worth a longer memory, however surely it is saved."""


@dataclass(frozen=True)
class Memory:
    """Held-out surprise of chains of each order."""

    bits: tuple[float, ...]
    """Per step, in bits; the place is the order."""
    gain: float
    """Share of the surprise of a first-order chain that the second order takes away …"""
    gain_low: float
    gain_high: float
    """… and its 95 % interval over held-out cases."""
    best: int
    """The shortest memory within one standard error, or 1 %, of the least surprise."""


def memory(
    paths: Sequence[Sequence[int]],
    weights: Sequence[int],
    size: int,
    folds: int = 5,
    seed: int = 0,
) -> Memory:
    """Compare chains of order 0 to 5 on cases that they have not seen.

    Parameters
    ----------
    paths : sequence of sequences of int
        Variants, as codes in [0, size).
    weights : sequence of int
        Cases of each variant, at least 2 in all.
    size : int
    folds : int
        Cases are dealt at random into so many parts; each is held out once.
    seed : int
    """
    dealt = _deal(np.array(weights), folds, seed)
    total = np.array(weights)
    losses = np.zeros((len(ORDERS), len(paths)))
    for held in dealt:
        train = total - held
        for order in ORDERS:
            model = fit(paths, train.tolist(), size, order)
            seen = np.flatnonzero(held)
            surprise = log_losses(model, [paths[place] for place in seen.tolist()])
            losses[order, seen] += held[seen] * surprise
    steps = float(sum(w * (len(p) + 1) for p, w in zip(paths, weights, strict=True)))
    bits = losses.sum(axis=1) / steps
    gain, error = _gain(losses, total)
    return Memory(
        bits=tuple(bits.tolist()),
        gain=gain,
        gain_low=gain - 1.96 * error,
        gain_high=gain + 1.96 * error,
        best=_shortest(losses, total),
    )


def _deal(weights: NDArray[np.int64], folds: int, seed: int) -> list[NDArray[np.int64]]:
    """Deal the cases of each variant into folds at random."""
    random = np.random.default_rng(seed)
    owner = np.repeat(np.arange(len(weights)), weights)
    fold = random.permutation(len(owner)) % folds
    return [np.bincount(owner[fold == part], minlength=len(weights)) for part in range(folds)]


def _gain(losses: Floats, weights: NDArray[np.int64]) -> tuple[float, float]:
    """Give the share of first-order surprise that order 2 takes away, and its standard error."""
    first, second = losses[1] / weights, losses[2] / weights
    share = float(losses[2].sum() / losses[1].sum())
    spread = np.average((second - share * first) ** 2, weights=weights)
    mean = losses[1].sum() / weights.sum()
    return 1.0 - share, float(np.sqrt(spread / weights.sum()) / mean)


def _shortest(losses: Floats, weights: NDArray[np.int64]) -> int:
    best = int(losses.sum(axis=1).argmin())
    cases = weights.sum()
    for order in range(best):
        excess = (losses[order] - losses[best]) / weights
        mean = np.average(excess, weights=weights)
        error = np.sqrt(np.average((excess - mean) ** 2, weights=weights) / cases)
        if mean <= max(error, SLIGHT * losses[best].sum() / cases):
            return order
    return best
