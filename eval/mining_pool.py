"""Gradient boosting pooled with what came lately, always: what the product chooses among others.

``eval.mining`` and ``eval.mining_published`` hold it against the other models.
"""

from dataclasses import dataclass

from journey.mining.forecast import Boosted, fitted_powers, late_of, pool, train
from journey.mining.markov import Floats
from journey.mining.prefixes import Encoder, Prefixes


@dataclass(frozen=True)
class Forecaster:
    """Trained on cases of the past, pooled with what came lately."""

    boosted: Boosted
    powers: tuple[float, float]
    """Of the trained model, and of what came lately."""

    def next(self, features: Floats) -> Floats:
        """Give the probability of each next activity, the end last, shape (n, size + 1)."""
        late = late_of(features, self.boosted.size)
        return pool(self.boosted.shares(features), late, self.powers)

    def left_s(self, features: Floats) -> Floats:
        """Give the seconds that are left: half of such cases take no longer. Shape (n,)."""
        return self.boosted.left_s(features)


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
    trial = train(training, encoder, timed=False)
    late = late_of(held.features, encoder.size)
    powers = fitted_powers(trial.shares(held.features), late, held.next)
    return Forecaster(train(whole, encoder), powers)
