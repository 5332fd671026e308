"""Chooses method and number of types by stability: found again in other halves of the data.

Two disjoint halves are fitted; both models sort all journeys; how well they agree is the adjusted
Rand index (Hubert and Arabie 1985). Following Lange et al. (2004), a structure that is there is
found in either half.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_rand_score

from journey.types.methods import METHODS, Fitted, fit
from journey.types.sample import Sample

KINDS = range(2, 6)
ROUNDS = 4
SMALLEST = 0.03
"""Share of journeys that a type must hold."""
MOST = 3_000
"""Journeys that are compared, the latest; the others are sorted afterwards."""
LEAST = 20
"""Journeys without which no types are looked for."""


class TooFewJourneysError(ValueError):
    """There are not enough journeys to look for types."""


@dataclass(frozen=True)
class Trial:
    """How stable one method with one number of types is."""

    method: str
    kinds: int
    agreement: float
    """Mean adjusted Rand index of halves, 1 is perfect, 0 is chance …"""
    error: float
    """… and its standard error."""


def choose(
    sample: Sample,
    seed: int = 0,
    rounds: int = ROUNDS,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Fitted, list[Trial]]:
    """Find types in the way that is most stable.

    Of all that lie within one standard error of the best, the one with most types is taken:
    they tell more.

    Parameters
    ----------
    progress : callable
        Is told how many of the comparisons are done, and of how many.

    Raises
    ------
    TooFewJourneysError
        Below 20 journeys.
    """
    if len(sample.ids) < LEAST:
        raise TooFewJourneysError(
            f"{len(sample.ids)} journeys are too few to look for types; {LEAST} are needed"
        )
    held = sample.take(np.arange(max(len(sample.ids) - MOST, 0), len(sample.ids)))
    ways = [(method, kinds) for method in METHODS for kinds in KINDS]
    trials: list[Trial] = []
    for method, kinds in ways:
        progress(len(trials), len(ways))
        trials.append(trial(held, method, kinds, seed, rounds))
    best = max(trials, key=lambda one: one.agreement)
    near = [one for one in trials if one.agreement >= best.agreement - best.error]
    for one in sorted(near, key=lambda one: (-one.kinds, -one.agreement)):
        found = fit(one.method, held, one.kinds, seed)
        shares = np.bincount(found.assign(held), minlength=one.kinds) / len(held.ids)
        if shares.min() >= SMALLEST:
            return found, trials
    return fit(best.method, held, best.kinds, seed), trials


def trial(sample: Sample, method: str, kinds: int, seed: int, rounds: int) -> Trial:
    """Measure the stability of one method with one number of types."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(rounds):
        order = random.permutation(len(sample.ids))
        middle = len(order) // 2
        parts = (order[:middle], order[middle:])
        sorted_by = [
            fit(method, sample.take(np.sort(part)), kinds, seed + number).assign(sample)
            for part in parts
        ]
        # Both may lump nearly all into one type: that agrees, and says nothing.
        several = all(np.bincount(labels).max() < 0.97 * len(labels) for labels in sorted_by)
        found.append(float(adjusted_rand_score(*sorted_by)) if several else 0.0)
    return Trial(method, kinds, float(np.mean(found)), float(np.std(found) / np.sqrt(rounds)))
