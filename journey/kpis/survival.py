"""Time until something happens, where for some it has not happened yet (Kaplan and Meier 1958)."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from journey.measures.totals import Floats, Mask, totals


@dataclass(frozen=True)
class Curve:
    """The share for whom it has not happened by each time.

    Attributes
    ----------
    times : array, shape (n,)
        Distinct times at which it happened, ascending.
    staying : array, shape (n,)
        Share without it just after each time.
    spread : array, shape (n,)
        Greenwood's sum (1926): the variance of log(staying).
    longest : float
        The longest time that anybody was watched.
    known, happened : int
        How many were watched, and to how many it happened.
    """

    times: Floats
    staying: Floats
    spread: Floats
    longest: float
    known: int
    happened: int

    def by(self, time: float, level: float = 0.95) -> tuple[float, float, float] | None:
        """Give the share to whom it has happened by a time, with its interval.

        The interval is that of log(-log) (Kalbfleisch and Prentice 1980): it stays in 0 and 1.

        Returns
        -------
        tuple of three floats or None
            None beyond the longest time that anybody was watched.
        """
        if not self.known or (time > self.longest and self._last > 0):
            return None
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        if place < 0:
            return 0.0, 0.0, self._none_yet(level)
        low, high = self._ends(level)
        return 1 - float(self.staying[place]), 1 - float(high[place]), 1 - float(low[place])

    def quantile(
        self, share: float, level: float = 0.95
    ) -> tuple[float, float | None, float | None] | None:
        """Give the time by which it has happened to a share, with its interval.

        The interval holds the times at which that share lies inside the interval of the curve
        (Brookmeyer and Crowley 1982).

        Returns
        -------
        tuple or None
            None where fewer had it while they were watched; an end is None where it lies beyond.
        """
        found = self._first(self.staying, share)
        if found is None:
            return None
        low, high = self._ends(level)
        return found, self._first(low, share), self._first(high, share)

    def _first(self, staying: Floats, share: float) -> float | None:
        under = np.flatnonzero(staying <= 1 - share + 1e-12)
        return float(self.times[under[0]]) if len(under) else None

    @property
    def _last(self) -> float:
        return float(self.staying[-1]) if len(self.staying) else 1.0

    def _ends(self, level: float) -> tuple[Floats, Floats]:
        """Give the lower and upper ends of the share without it, at each time."""
        stays = np.clip(self.staying, 1e-12, 1 - 1e-12)
        reach = norm.ppf(0.5 + level / 2) * np.sqrt(self.spread) / np.abs(np.log(stays))
        with np.errstate(over="ignore"):
            low, high = stays ** np.exp(reach), stays ** np.exp(-reach)
        # Where nobody is left, the spread is without bound: the last known step gives the end.
        gone = self.staying <= 0.0
        before = np.append(1.0, self.staying[:-1])
        return np.where(gone, 0.0, low), np.where(gone, before, high)

    def _none_yet(self, level: float) -> float:
        """Bound a share of which none was seen (rule of three, exact)."""
        return float(1 - (1 - level) ** (1 / self.known))


def curve(times: Floats, happened: Mask, weights: Floats | None = None) -> Curve:
    """Estimate the curve.

    Parameters
    ----------
    times : array, shape (n,)
        How long each was watched: until it happened, or until now. 0 or more.
    happened : array of bool, shape (n,)
        False where it has not happened yet (right-censored).
    weights : array, shape (n,), optional
        How many are alike; 1 by default.
    """
    counts = np.ones(len(times)) if weights is None else np.asarray(weights, float)
    moments, place = np.unique(times, return_inverse=True)
    came = totals(place, counts * happened, len(moments))
    left = totals(place, counts, len(moments))
    watched = left[::-1].cumsum()[::-1]
    at = came > 0
    stays = np.cumprod(1 - came[at] / watched[at])
    staying = watched[at] - came[at]
    terms = came[at] / (watched[at] * np.maximum(staying, 1e-9))
    return Curve(
        times=moments[at],
        staying=stays,
        spread=np.cumsum(terms),
        longest=float(moments[-1]) if len(moments) else 0.0,
        known=int(counts.sum()),
        happened=int((counts * happened).sum()),
    )
