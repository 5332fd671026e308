"""How far a taxonomy can be trusted on one's own conversations, from a labelled sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

_BINS = (0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
_LEVEL = 0.95
_ONE_SIDED = NormalDist().inv_cdf(_LEVEL)
_TWO_SIDED = NormalDist().inv_cdf((1 + _LEVEL) / 2)


@dataclass(frozen=True)
class Judged:
    """A conversation that a person has labelled.

    Attributes
    ----------
    probability : float
        That the machine's best label is right, as the machine says.
    right : bool
        Whether the best label is the person's, or one of them; of a text of no intent, whether it
        abstained.
    abstained : bool
    channel : str
    weight : float
        Conversations that it stands for.
    """

    probability: float
    right: bool
    abstained: bool
    channel: str
    weight: float


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval, and how many labels it rests on."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Bin:
    """Conversations whose probability lies in ``[low, high)``."""

    low: float
    high: float
    stated: float
    """Mean probability."""
    right: Share


@dataclass(frozen=True)
class Threshold:
    """What automation above a threshold would do.

    Attributes
    ----------
    threshold : float
    automated : float
        Share of conversations at or above it, 0 to 1.
    right : Share
        Of those. ``low`` is the lower bound, one-sided, at 95 %.
    safe : bool or None
        Whether that bound is high enough; None where there are too few labels for it to be so
        even without a single error.
    """

    threshold: float
    automated: float
    right: Share
    safe: bool | None


@dataclass(frozen=True)
class TrustReport:
    """All of it; shares are of the conversations that the sample stands for."""

    labelled: int
    right: Share
    """Of the best label, abstained or not; of texts of no intent, where it abstained."""
    kept_right: Share | None
    """Of the labels that the machine stands by; None where it abstains on all."""
    abstained: Share
    calibration_error: float | None
    """Of the labels that it stands by: mean distance of what is stated to what is right."""
    bins: tuple[Bin, ...]
    channels: tuple[tuple[str, Share], ...]
    """Share of wrong labels among those that the machine stands by."""
    error_cost: float
    thresholds: tuple[Threshold, ...]
    needed: int
    """Labels above a threshold, without a single error, that are the least to call it safe."""

    @property
    def safe(self) -> Threshold | None:
        """The lowest threshold above which automation is safe; None where none is known to be."""
        return next((t for t in self.thresholds if t.safe), None)


def trust(judged: Sequence[Judged], error_cost: float) -> TrustReport:
    """Report on a labelled sample.

    Parameters
    ----------
    judged : sequence of Judged
        One at least.
    error_cost : float
        What a wrong automatic label costs, in looks of a person at one conversation; above 1.
        Automating pays as long as an error is rarer than one in so many.
    """
    bound = 1.0 - 1.0 / error_cost
    needed = ceil(_ONE_SIDED**2 * bound / (1.0 - bound))
    kept = [j for j in judged if not j.abstained]
    bins = _bins(kept)
    return TrustReport(
        labelled=len(judged),
        right=_share(judged, [j.right for j in judged]),
        kept_right=_share(kept, [j.right for j in kept]) if kept else None,
        abstained=_share(judged, [j.abstained for j in judged]),
        calibration_error=_error(bins) if bins else None,
        bins=tuple(b for b, _ in bins),
        channels=_channels(kept),
        error_cost=error_cost,
        thresholds=_thresholds(judged, bound, needed),
        needed=needed,
    )


def _share(items: Sequence[Judged], true: Sequence[bool], z: float = _TWO_SIDED) -> Share:
    """Weigh a share; Wilson's interval on Kish's effective number of labels."""
    weights = np.array([item.weight for item in items])
    value = float(weights @ np.array(true, float) / weights.sum())
    effective = float(weights.sum() ** 2 / (weights @ weights))
    square = z * z / effective
    centre = (value + square / 2) / (1 + square)
    half = sqrt(value * (1 - value) * square + square * square / 4) / (1 + square)
    return Share(value, max(centre - half, 0.0), min(centre + half, 1.0), len(items))


def _bins(judged: Sequence[Judged]) -> list[tuple[Bin, float]]:
    """Give each bin that holds anything, with the conversations that it stands for."""
    result = []
    for low, high in pairwise(_BINS):
        last = high == _BINS[-1]
        inside = [j for j in judged if low <= j.probability and (j.probability < high or last)]
        if inside:
            weights: NDArray[np.float64] = np.array([j.weight for j in inside])
            stated = float(weights @ [j.probability for j in inside] / weights.sum())
            share = _share(inside, [j.right for j in inside])
            result.append((Bin(low, high, stated, share), float(weights.sum())))
    return result


def _error(bins: Sequence[tuple[Bin, float]]) -> float:
    """Expected calibration error (Naeini et al. 2015), weighted."""
    total = sum(weight for _, weight in bins)
    return sum(abs(b.stated - b.right.value) * weight / total for b, weight in bins)


def _channels(kept: Sequence[Judged]) -> tuple[tuple[str, Share], ...]:
    names = sorted({j.channel for j in kept})
    groups = [(name, [j for j in kept if j.channel == name]) for name in names]
    return tuple((name, _share(group, [not j.right for j in group])) for name, group in groups)


def _thresholds(judged: Sequence[Judged], bound: float, needed: int) -> tuple[Threshold, ...]:
    """Test thresholds from the highest down, and stop at the first that is not safe.

    In a fixed order each may be tested at the full level (fixed-sequence testing; Angelopoulos
    et al. 2021, Learn then Test). Where to begin hangs on the number of labels, not on what
    they say: the first threshold that could be shown to be safe at all.
    """
    total = sum(j.weight for j in judged)
    found: list[Threshold] = []
    stopped = False
    for threshold in sorted(THRESHOLDS, reverse=True):
        above = [j for j in judged if j.probability >= threshold and not j.abstained]
        if not above:
            continue
        right = _share(above, [j.right for j in above], _ONE_SIDED)
        safe: bool | None = None
        if _effective(above) >= needed:
            safe = not stopped and right.low >= bound
            stopped = stopped or not safe
        automated = sum(j.weight for j in above) / total
        found.append(Threshold(threshold, automated, right, safe))
    return tuple(reversed(found))


def _effective(items: Sequence[Judged]) -> float:
    weights = np.array([item.weight for item in items])
    return float(weights.sum() ** 2 / (weights @ weights))
