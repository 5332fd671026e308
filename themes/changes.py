"""What changed: themes with more or fewer contacts than their own past leads to expect.

Each theme's number in the period is compared with its weeks before. Counts of contacts vary
more than chance alone would have it, so how much the past weeks scatter is measured
(quasi-Poisson dispersion, each theme's own moderated by that of all, as for variances in
Smyth 2004), counts are divided by it, and the exact conditional test of two rates is taken
(Przyborowski and Wilenski 1940). Of many themes, only what survives is told. Where most themes
grew alike, that is not their doing: the expectation moves with the typical theme.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from math import log

import numpy as np
from scipy.stats import binomtest, nbinom

from domain.base import Record
from domain.interval import wilson
from domain.theme import LedgerEntry, Theme
from domain.theme_figures import Happening, Opening, Period, Scope
from themes.estimates import LEVEL, survive
from themes.trend import steps, within

WEEK = 7
LEAST_WEEKS = 4
"""With fewer weeks before the period nothing can be said of what is usual."""
LEAST_CONTACTS = 5
"""A theme with fewer, in the period and before together, is not tested."""
LEAST_THEMES = 5
LEAST_PAST = 10
"""So many themes with so many contacts before make a typical theme."""
LOOK_BACK = 7
"""Days before a change began in which an event is told."""
_SUPPORT = 2.0
"""Days whose log-likelihood as a beginning is no more than this below the best."""


class Way(StrEnum):
    """How a theme changed."""

    NEW = "new"
    """It had no contact in the weeks before."""
    GROWING = "growing"
    SHRINKING = "shrinking"
    GONE = "gone"


class Shift(Record):
    """A theme whose number of contacts is unusual."""

    theme_id: str
    label: str
    way: Way
    contacts: int
    expected: float
    """What its past leads to expect in such a period."""
    low: float
    high: float
    """In 95 of 100 such periods, its number would lie from ``low`` to ``high``."""
    factor: float | None
    """Times its usual number; None where it had none."""
    factor_low: float
    factor_high: float | None
    p: float
    since_first: date
    since_last: date
    """The days between which the change most likely began."""
    before: tuple[Happening, ...]
    """What happened up to a week before it began; not necessarily its cause."""
    opens: str
    """Where the API lists the contacts."""
    past_opens: str
    """Where it lists those of the weeks before."""


class Changes(Record):
    """What changed in a period against the weeks before it."""

    period: Period
    past: Period | None
    """Whole weeks just before the period; None where there are too few contacts before."""
    contacts: int
    past_contacts: int
    typical: float
    """What the typical theme's number was multiplied with since; 1 where too few tell."""
    shifts: tuple[Shift, ...]
    tested: int
    level: float
    """Of the shifts, the share that may be mere chance."""
    ledger: tuple[LedgerEntry, ...]
    """What became of the themes themselves in the period: found, split, merged, retired."""
    opens: str
    past_opens: str


Days = Mapping[str | None, Mapping[date, int]]
"""Contacts by theme and day; those of all contacts under None."""


def past_of(period: Period, weeks: int, earliest: date | None) -> Period | None:
    """Give the whole weeks before a period that hold contacts, ``weeks`` at most."""
    there = 0 if earliest is None else (period.first - earliest).days // WEEK
    weeks = min(weeks, there)
    return period.before(weeks * WEEK) if weeks >= LEAST_WEEKS else None


def changes(
    scope: Scope,
    past: Period | None,
    days: Days,
    themes: Sequence[Theme],
    happened: Sequence[Happening],
    ledger: Sequence[LedgerEntry],
    level: float,
) -> Changes:
    """Find the themes whose number of contacts is unusual.

    Parameters
    ----------
    past : Period or None
        As ``past_of`` gives it.
    days : mapping
        Contacts by theme and day, of past and period.
    happened : sequence of Happening
        From a week before the period to its end.
    ledger : sequence of LedgerEntry
        Of the period.
    level : float
        Share of the shifts that may be mere chance, such as 0.05.
    """
    whole = days.get(None, {})
    all_past = Opening(scope=scope.model_copy(update={"period": past or scope.period}))
    found = Changes(
        period=scope.period,
        past=past,
        contacts=within(whole, scope.period),
        past_contacts=within(whole, past) if past else 0,
        typical=1.0,
        shifts=(),
        tested=0,
        level=level,
        ledger=tuple(ledger),
        opens=Opening(scope=scope).path,
        past_opens=all_past.path,
    )
    if past is None:
        return found
    usual = _Usual(scope, past, {t.id: days.get(t.id, {}) for t in themes})
    p_values = [usual.test(theme.id) for theme in themes]
    stand = survive(p_values, level)
    shifts = [
        _shift(usual, theme, p, happened)
        for theme, p, stands in zip(themes, p_values, stand, strict=True)
        if stands and p is not None
    ]
    update = {
        "typical": usual.typical,
        "shifts": tuple(sorted(shifts, key=lambda s: -abs(s.contacts - s.expected))),
        "tested": sum(p is not None for p in p_values),
    }
    return found.model_copy(update=update)


class _Usual:
    """What is usual for each theme."""

    def __init__(self, scope: Scope, past: Period, days: Mapping[str, Mapping[date, int]]) -> None:
        self.scope, self.past, self.days = scope, past, days
        self.now = {id_: within(row, scope.period) for id_, row in days.items()}
        weeks = steps(past, WEEK)
        self.weeks = {id_: [within(row, w) for w in weeks] for id_, row in days.items()}
        self.before = {id_: sum(row) for id_, row in self.weeks.items()}
        self.length = scope.period.days / past.days
        self.typical = self._typical()
        self.spread = self._spreads()

    @property
    def exposure(self) -> float:
        """How many contacts are expected in the period for one in the past."""
        return self.length * self.typical

    def test(self, id_: str) -> float | None:
        """Compare a theme's two rates: two-sided p value; None for too few contacts."""
        total = self.now[id_] + self.before[id_]
        if total < LEAST_CONTACTS:
            return None
        now, trials = self._effective(id_)
        chance = self.exposure / (1 + self.exposure)
        return float(binomtest(now, trials, chance).pvalue) if trials else None

    def range(self, id_: str) -> tuple[float, float, float]:
        """Give the expected number, and the ends of its usual variation."""
        middle = self.before[id_] * self.exposure
        # A theme that had nothing may still come up: half a contact stands for it.
        likely = max(self.before[id_], 0.5) * self.exposure
        # The past is itself a sample: what it leads to expect is unsure too.
        wide = self.spread[id_] * (1 + self.exposure)
        tail = (1 - LEVEL) / 2
        numbers = nbinom(likely / (wide - 1), 1 / wide)
        return middle, float(numbers.ppf(tail)), float(numbers.ppf(1 - tail))

    def factor(self, id_: str) -> tuple[float | None, float, float | None]:
        """Give how many times its usual number a theme has, with its interval."""
        now, trials = self._effective(id_)
        low, high = wilson(now, trials, LEVEL) or (0.0, 1.0)
        ends = [share / (1 - share) / self.exposure if share < 1 else None for share in (low, high)]
        usual = self.before[id_] * self.exposure
        return (self.now[id_] / usual if usual else None), ends[0] or 0.0, ends[1]

    def _effective(self, id_: str) -> tuple[int, int]:
        now, before = (round(n / self.spread[id_]) for n in (self.now[id_], self.before[id_]))
        return now, now + before

    def _typical(self) -> float:
        """Give the median over themes of how their number was multiplied."""
        ratios = [
            self.now[id_] / (before * self.length)
            for id_, before in self.before.items()
            if before >= LEAST_PAST
        ]
        if len(ratios) < LEAST_THEMES:
            return 1.0
        return float(np.median(ratios)) or 1.0

    def _spreads(self) -> dict[str, float]:
        """Give how much each theme's weeks scatter, as a multiple of Poisson's variance."""
        own = {}
        for id_, row in self.weeks.items():
            y = np.asarray(row, float)
            own[id_] = float(((y - y.mean()) ** 2).sum() / y.mean()) if y.any() else None
        told = [value for value in own.values() if value is not None]
        left = self.past.days // WEEK - 1
        common = sum(told) / (left * len(told)) if told else 1.0
        return {
            id_: max((value / left + common) / 2 if value is not None else common, 1.0)
            for id_, value in own.items()
        }


def _shift(usual: _Usual, theme: Theme, p: float, happened: Sequence[Happening]) -> Shift:
    id_, scope = theme.id, usual.scope
    now, before = usual.now[id_], usual.before[id_]
    middle, low, high = usual.range(id_)
    factor, factor_low, factor_high = usual.factor(id_)
    first, last = _began(usual, id_)
    if now > middle:
        way = Way.GROWING if before else Way.NEW
    else:
        way = Way.SHRINKING if now else Way.GONE
    asked = Opening(scope=scope, theme_id=id_)
    past = asked.model_copy(update={"scope": scope.model_copy(update={"period": usual.past})})
    return Shift(
        theme_id=id_,
        label=theme.label,
        way=way,
        contacts=now,
        expected=middle,
        low=low,
        high=high,
        factor=factor,
        factor_low=factor_low,
        factor_high=factor_high,
        p=p,
        since_first=first,
        since_last=last,
        before=_came_before(happened, first, last),
        opens=asked.path,
        past_opens=past.path,
    )


def _began(usual: _Usual, id_: str) -> tuple[date, date]:
    """Find the days between which the new number began (one change of a Poisson rate)."""
    period, counts = usual.scope.period, usual.days[id_]
    earlier, past_days = float(usual.before[id_]), usual.past.days
    later = usual.now[id_]
    likely: list[tuple[float, date]] = []
    for place in range(period.days):
        day = period.first + timedelta(days=place)
        fit = _log_likelihood(earlier, past_days + place)
        likely.append((fit + _log_likelihood(later, period.days - place), day))
        earlier, later = earlier + counts.get(day, 0), later - counts.get(day, 0)
    best = max(fit for fit, _ in likely)
    days = [day for fit, day in likely if fit >= best - _SUPPORT * usual.spread[id_]]
    return days[0], days[-1]


def _log_likelihood(count: float, days: int) -> float:
    return count * log(count / days) if count > 0 else 0.0


def _came_before(happened: Sequence[Happening], first: date, last: date) -> tuple[Happening, ...]:
    start = first - timedelta(days=LOOK_BACK)
    return tuple(h for h in happened if start <= h.day <= last)
