"""The difference of two rates over matched strata, with an interval over people."""

from dataclasses import dataclass

import numpy as np
from ibis.expr.types import Table
from numpy.typing import NDArray
from scipy.stats import norm

from domain.theme_figures import Sums
from journey.measures.sums import LEVEL
from journey.measures.totals import Floats, Ints, Mask, over_people, totals


def daily(contacts: Table) -> Table:
    """Count prepared contacts by day, need, channel, person and whether they were asked for.

    Parameters
    ----------
    contacts : Table
        Prepared, with ``touched`` (1 or 0).

    Returns
    -------
    Table
        The keys, ``known``, ``yes`` and ``open``.
    """
    dated = contacts.mutate(day=contacts.started_at.date())
    return dated.group_by("day", "need", "channel", "person", "touched").agg(
        known=dated.repeat_value.count(),
        yes=dated.repeat_value.sum().fill_null(0.0),
        open=dated.repeat_open.sum().fill_null(0),
    )


@dataclass(frozen=True)
class Days:
    """The counts in memory, ``n`` rows; a stratum is a need on a channel."""

    day: NDArray[np.datetime64]
    stratum: Ints
    strata: list[tuple[str, str]]
    person: Ints
    touched: Mask
    known: Floats
    yes: Floats
    open: Floats

    @classmethod
    def of(cls, table: Table) -> "Days":
        """Load the result of ``daily``."""
        rows = table.to_pyarrow().to_pydict()
        places = list(zip(rows["need"], rows["channel"], strict=True))
        strata = sorted(set(places))
        code = {place: n for n, place in enumerate(strata)}
        _, person = np.unique(rows["person"], return_inverse=True)
        return cls(
            day=np.array(rows["day"], "datetime64[D]"),
            stratum=np.array([code[place] for place in places], np.int64),
            strata=strata,
            person=np.asarray(person, np.int64),
            touched=np.array(rows["touched"], np.int64) == 1,
            known=np.array(rows["known"], float),
            yes=np.array(rows["yes"], float),
            open=np.array(rows["open"], float),
        )

    def sums(self, rows: Mask) -> Sums:
        """Sum repeat contact over the people of some rows."""
        person, known = self.person[rows], self.known[rows]
        return over_people(person, known, self.yes[rows], self.open[rows])


@dataclass(frozen=True)
class Gap:
    """A difference of rates over strata.

    Attributes
    ----------
    value : float
        After less before.
    weight : array, shape (strata,)
        Share of each in the difference; 0 where a side is missing.
    pull : array, shape (people,)
        How each person moves the difference.
    plain : float
        Variance, were all contacts independent.
    """

    value: float
    weight: Floats
    pull: Floats
    plain: float

    @property
    def error(self) -> float:
        """Standard error: over people, or the plain one where that is larger."""
        return float(max(_spread(self.pull), self.plain) ** 0.5)

    def ends(self, level: float = LEVEL) -> tuple[float, float]:
        """Give the interval."""
        reach = float(norm.ppf(0.5 + level / 2)) * self.error
        return max(self.value - reach, -1.0), min(self.value + reach, 1.0)


def gap(days: Days, before: Mask, after: Mask) -> Gap | None:
    """Compare two sets of rows within strata (Mantel-Haenszel; Greenland and Robins 1985).

    A stratum weighs ``n1 n0 / (n1 + n0)``: those with many contacts on both sides count most.

    Returns
    -------
    Gap or None
        None where no stratum has known contacts on both sides.
    """
    size = len(days.strata)
    n0, y0 = _counts(days, before)
    n1, y1 = _counts(days, after)
    both = n0 + n1
    weight = np.divide(n0 * n1, both, out=np.zeros(size), where=both > 0)
    if weight.sum() == 0:
        return None
    weight = weight / weight.sum()
    p0, p1 = (_rate(y, n) for y, n in ((y0, n0), (y1, n1)))
    pull = _pull(days, after, weight, n1, p1) - _pull(days, before, weight, n0, p0)
    usual = float((y0 + y1)[weight > 0].sum() / both[weight > 0].sum())
    plain = _plain(weight, n0, y0, usual) + _plain(weight, n1, y1, usual)
    return Gap(float(weight @ (p1 - p0)), weight, pull, plain)


def less(one: Gap, other: Gap) -> Gap:
    """Give one difference less another, of the same people."""
    return Gap(one.value - other.value, one.weight, one.pull - other.pull, one.plain + other.plain)


def _counts(days: Days, rows: Mask) -> tuple[Floats, Floats]:
    """Count known contacts and repeats by stratum."""
    place, size = days.stratum[rows], len(days.strata)
    return totals(place, days.known[rows], size), totals(place, days.yes[rows], size)


def _rate(yes: Floats, known: Floats) -> Floats:
    return np.divide(yes, known, out=np.zeros(len(yes)), where=known > 0)


def _pull(days: Days, rows: Mask, weight: Floats, known: Floats, rate: Floats) -> Floats:
    people = int(days.person.max()) + 1
    stratum = days.stratum[rows]
    each = np.divide(weight, known, out=np.zeros(len(weight)), where=known > 0)
    rest = days.yes[rows] - days.known[rows] * rate[stratum]
    return totals(days.person[rows], each[stratum] * rest, people)


def _plain(weight: Floats, known: Floats, yes: Floats, usual: float) -> float:
    """Give the variance of one side; small strata lean on the usual rate (two contacts' worth)."""
    used = weight > 0
    p = (yes[used] + 2 * usual) / (known[used] + 2)
    return float((weight[used] ** 2 * p * (1 - p) / known[used]).sum())


def _spread(pull: Floats) -> float:
    people = int((pull != 0).sum())
    return float(pull @ pull) * people / max(people - 1, 1)
