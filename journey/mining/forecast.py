"""The next step and the time that is left: gradient boosting, kept up to date by what came lately.

Processes drift faster than models are trained. The probabilities of the trained model and the
shares of what followed lately are therefore multiplied, each to a power that suited the latest
cases known in training (a logarithmic opinion pool; Genest and Zidek 1986). The powers calibrate,
too.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from journey.mining.markov import Floats
from journey.mining.prefixes import CLOCK, Encoder, Prefixes

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
class Forecaster:
    """Trained on cases of the past; hold it with the encoder that made its features."""

    next_model: HistGradientBoostingClassifier
    left_model: HistGradientBoostingRegressor | None
    size: int
    powers: tuple[float, float]
    """Of the trained model, and of what came lately."""

    def next(self, features: Floats) -> Floats:
        """Give the probability of each next activity, the end last, shape (n, size + 1)."""
        return pool(self.trained(features), self.late(features), self.powers)

    def trained(self, features: Floats) -> Floats:
        """Give what the trained model alone says, shape (n, size + 1)."""
        return _spread(self.next_model.predict_proba(features), self.next_model, self.size)

    def late(self, features: Floats) -> Floats:
        """Give the shares of what followed lately, shape (n, size); all 0 where nothing did."""
        return features[:, -CLOCK - self.size : -CLOCK]

    def left_s(self, features: Floats) -> Floats:
        """Give the seconds that are left: half of such cases take no longer. Shape (n,)."""
        assert self.left_model is not None
        return np.asarray(np.maximum(np.expm1(self.left_model.predict(features)), 0.0))


def fit(whole: Prefixes, training: Prefixes, held: Prefixes, encoder: Encoder) -> Forecaster:
    """Train on all that is known; calibrate by a model that did not see the latest cases.

    Parameters
    ----------
    whole : Prefixes
        ``training`` and ``held`` together.
    training, held : Prefixes
        Earlier and later cases: the powers that suit ``held`` for a model of ``training`` are
        kept for the model of all.
    encoder : Encoder
    """
    trial = Forecaster(_next_model(training, encoder), None, encoder.size, (1.0, 0.0))
    powers = _powers(trial.trained(held.features), trial.late(held.features), held.next)
    return Forecaster(
        _next_model(whole, encoder), _left_model(whole, encoder), encoder.size, powers
    )


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


def _spread(shares: Floats, model: HistGradientBoostingClassifier, size: int) -> Floats:
    whole = np.full((len(shares), size + 1), FLOOR)
    whole[:, model.classes_.astype(int)] += shares
    return np.asarray(whole / whole.sum(axis=1, keepdims=True))


def _loss(shares: Floats, following: NDArray[np.int64]) -> float:
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


def _powers(trained: Floats, late: Floats, following: NDArray[np.int64]) -> tuple[float, float]:
    found = minimize(
        lambda powers: _loss(pool(trained, late, tuple(powers)), following),
        x0=(0.7, 0.3),
        bounds=((0.0, 4.0), (0.0, 4.0)),
        method="Nelder-Mead",
    )
    return float(found.x[0]), float(found.x[1])
