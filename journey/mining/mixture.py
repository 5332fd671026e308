"""Journey types as a mixture of Markov chains, by expectation and maximisation.

Cadez, Heckerman, Meek, Smyth and White, Model-based clustering and visualization of navigation
patterns on a web site, 2003.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from journey.mining.markov import Chain, Floats
from journey.mining.markov import fit as fit_chain

PRIOR = 0.1
"""Added to each count of a type, so that an unseen move is unlikely, not impossible."""


@dataclass(frozen=True)
class Mixture:
    """Journey types and how common they are."""

    shares: Floats
    """Shape (g,)."""
    log_moves: Floats
    """Shape (g, (k + 1) ** 2): log probability of each move; row k is start, column k is end."""
    bits: float
    """Surprise at a case, in bits, on the cases it was fitted on."""

    def chain(self, kind: int) -> Chain:
        """Give the chain of a type."""
        side = int(np.sqrt(self.log_moves.shape[1]))
        return fit_chain(np.exp(self.log_moves[kind]).reshape(side, side))

    def belong(self, moves: Floats) -> Floats:
        """Give the probability of each type for each case.

        Parameters
        ----------
        moves : array, shape (n, (k + 1) ** 2)

        Returns
        -------
        array, shape (n, g)
        """
        joint = np.log(self.shares) + moves @ self.log_moves.T
        return np.asarray(np.exp(joint - logsumexp(joint, axis=1, keepdims=True)))


def case_moves(paths: Sequence[Sequence[int]], size: int) -> Floats:
    """Count the moves of each path, shape (n, (size + 1) ** 2), start and end among them."""
    side = size + 1
    found = np.zeros((len(paths), side * side))
    for row, path in zip(found, paths, strict=True):
        whole = np.array([size, *path, size])
        np.add.at(row, whole[:-1] * side + whole[1:], 1.0)
    return found


def fit(
    moves: Floats, kinds: int, weights: Floats, seed: int = 0, starts: int = 8, rounds: int = 200
) -> Mixture:
    """Find journey types.

    Parameters
    ----------
    moves : array, shape (n, (k + 1) ** 2)
        From `case_moves`.
    kinds : int
        Number of types, g.
    weights : array, shape (n,)
        Cases of each row.
    seed, starts : int
        The best of so many random starts is kept.
    rounds : int
        At most so many steps each.
    """
    random = np.random.default_rng(seed)
    best: Mixture | None = None
    for _ in range(starts):
        belong = random.dirichlet(np.ones(kinds), size=len(moves))
        found = _climb(moves, belong, weights, rounds)
        if best is None or found.bits < best.bits:
            best = found
    assert best is not None
    return best


def _climb(moves: Floats, belong: Floats, weights: Floats, rounds: int) -> Mixture:
    surprise = np.inf
    for _ in range(rounds):
        model = _maximise(moves, belong, weights)
        joint = np.log(model.shares) + moves @ model.log_moves.T
        total = logsumexp(joint, axis=1, keepdims=True)
        belong = np.exp(joint - total)
        bits = float(-(weights @ total[:, 0]) / weights.sum() / np.log(2))
        if surprise - bits < 1e-7:
            break
        surprise = bits
    return Mixture(model.shares, model.log_moves, bits)


def _maximise(moves: Floats, belong: Floats, weights: Floats) -> Mixture:
    weighted = belong * weights[:, None]
    shares = (weighted.sum(axis=0) + PRIOR) / (weights.sum() + PRIOR * belong.shape[1])
    side = int(np.sqrt(moves.shape[1]))
    counts = (weighted.T @ moves).reshape(-1, side, side) + PRIOR
    log_moves = np.log(counts / counts.sum(axis=2, keepdims=True))
    return Mixture(shares, log_moves.reshape(len(shares), -1), np.inf)
