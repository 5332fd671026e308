"""The next step and the time that is left: gradient boosting, kept up to date by what came lately.

Processes drift faster than models are trained. The probabilities of the trained model and the
shares of what followed lately are therefore multiplied, each to a power that suited the latest
cases known in training (a logarithmic opinion pool; Genest and Zidek 1986). The powers calibrate,
too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from journey.mining.markov import Floats
from journey.mining.prefixes import CLOCK, Encoder, Prefixes
from journey.mining.trees import Trees, grown

FLOOR = 1e-6
"""Probability of a step that training never saw here; unlikely, not impossible."""
SHAPE: dict[str, Any] = {
    "max_leaf_nodes": 15,
    "min_samples_leaf": 20,
    "early_stopping": False,
    "random_state": 0,
}
DOUBT = 0.005
"""Share of each step that did not happen lately, yet may."""
NEXT_ROUNDS = 60
RESTRAINT = 10.0
"""L2 penalty of a leaf. Without one the trees of an activity that was seen three times run away."""
LEFT_ROUNDS = 120


@dataclass(frozen=True)
class Boosted:
    """Trees for the next activity and for the time left; hold them with their encoder."""

    classes: tuple[int, ...]
    """Codes that training saw come next."""
    next_trees: Trees
    left_trees: Trees | None
    size: int

    def shares(self, features: Floats) -> Floats:
        """Give the probability of each next activity, the end last, shape (n, size + 1)."""
        raw = self.next_trees.raw(features)
        if len(self.classes) == 2:  # one sum tells of both
            raw = np.column_stack([np.zeros(len(raw)), raw])
        whole = np.full((len(raw), self.size + 1), FLOOR)
        whole[:, list(self.classes)] += softmax(raw, axis=1)
        return np.asarray(whole / whole.sum(axis=1, keepdims=True))

    def left_s(self, features: Floats) -> Floats:
        """Give the seconds that are left: half of such cases take no longer. Shape (n,)."""
        assert self.left_trees is not None
        return np.asarray(np.maximum(np.expm1(self.left_trees.raw(features)[:, 0]), 0.0))

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        assert self.left_trees is not None
        return {
            "classes": list(self.classes),
            "next": self.next_trees.plain(),
            "left": self.left_trees.plain(),
            "size": self.size,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Boosted":
        """Read it back."""
        next_trees, left_trees = Trees.of(plain["next"]), Trees.of(plain["left"])
        return cls(tuple(plain["classes"]), next_trees, left_trees, plain["size"])


def late_of(features: Floats, size: int) -> Floats:
    """Give the shares of what followed lately, shape (n, size); all 0 where nothing did."""
    return features[:, -CLOCK - size : -CLOCK]


def train(known: Prefixes, encoder: Encoder, *, timed: bool = True) -> Boosted:
    """Grow the trees; without ``timed`` those for the time left are spared."""
    following = _next_model(known, encoder)
    left = grown(_left_model(known, encoder)) if timed else None
    codes = tuple(int(code) for code in following.classes_)
    return Boosted(codes, grown(following), left, encoder.size)


def _next_model(known: Prefixes, encoder: Encoder) -> HistGradientBoostingClassifier:
    rows = known.next >= 0
    model = HistGradientBoostingClassifier(
        max_iter=NEXT_ROUNDS,
        l2_regularization=RESTRAINT,
        categorical_features=encoder.categorical,
        **SHAPE,
    )
    return model.fit(known.features[rows], known.next[rows])


def _left_model(known: Prefixes, encoder: Encoder) -> HistGradientBoostingRegressor:
    """Learn the median of the logarithm, which is that of the time: long cases do not pull it."""
    rows = np.isfinite(known.left_s)
    model = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=LEFT_ROUNDS,
        categorical_features=encoder.categorical,
        **SHAPE,
    )
    return model.fit(known.features[rows], np.log1p(known.left_s[rows]))


def loss(shares: Floats, following: NDArray[np.int64]) -> float:
    """Give the mean surprise at what came, in nats; what training never saw is left out."""
    known = following >= 0
    return float(-np.log(shares[known, following[known]]).mean())


def pool(trained: Floats, late: Floats, powers: tuple[float, float]) -> Floats:
    """Multiply two opinions, each to a power.

    Parameters
    ----------
    trained : array, shape (n, size + 1)
    late : array, shape (n, size)
        Says nothing of the end: there the trained model is taken at its word.
    powers : tuple of two floats
    """
    end = trained[:, -1:]
    whole = np.concatenate([(1.0 - end) * (late + DOUBT), end], axis=1)
    whole[late.sum(axis=1) == 0] = 1.0
    mixed = powers[0] * np.log(trained) + powers[1] * np.log(whole + FLOOR)
    mixed = np.exp(mixed - mixed.max(axis=1, keepdims=True))
    return np.asarray(mixed / mixed.sum(axis=1, keepdims=True))


def fitted_powers(
    trained: Floats, late: Floats, following: NDArray[np.int64]
) -> tuple[float, float]:
    """Give the powers of a pool that suit what came."""
    found = minimize(
        lambda powers: loss(pool(trained, late, tuple(powers)), following),
        x0=(0.7, 0.3),
        bounds=((0.0, 4.0), (0.0, 4.0)),
        method="Nelder-Mead",
    )
    return float(found.x[0]), float(found.x[1])
