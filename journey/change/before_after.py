"""Did a change make a difference? Before and after a date, matched, and at placebo dates."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import ceil

import numpy as np
from ibis.expr.types import Table

from journey.change.compare import Days, Gap, daily, gap, less
from journey.change.form import BeforeAfter, Difference, Placebo, Side, Stratum, Verdict
from journey.kpis.form import Point
from journey.kpis.kpis import weekly
from journey.measures.ask import Ask, Measure, Opening
from journey.measures.keep import kept
from journey.measures.prepared import one, prepared
from journey.measures.sums import Figure, share
from journey.measures.totals import Mask

DAYS = 28
MOST_PLACEBOS = 26
LEAST_CONTACTS = 10
"""Known contacts that a side of a placebo needs."""
FEW_AS_LARGE = 0.1
"""Share of placebo dates that may differ as much, before the difference is called unclear."""


def before_after(contacts: Table, ask: Ask, day: date, days: int = DAYS) -> BeforeAfter:
    """Compare the repeat rate after a day with that before it, within needs and channels.

    Contacts of the last days before the change could come back after it, so as many days as the
    window of repeat contact are left out between the sides. A contact counts once its window has
    passed. Placebo dates go back from there week by week: both of their sides lie before.

    Parameters
    ----------
    contacts : Table
        ``journey.mart.CONTACTS``.
    ask : Ask
        ``need``, ``channel`` and ``brand`` say what the change touched: all other contacts are the
        control. ``first`` and ``last`` are not used.
    day : date
        The first day after the change, UTC.
    days : int
        Of each side.
    """
    wide = ask.model_copy(update={"need": None, "channel": None, "brand": None})
    wide = wide.model_copy(update={"first": None, "last": None})
    ready = prepared(contacts, wide)
    touched = [
        ready[name] == value
        for name in ("need", "channel", "brand")
        if (value := getattr(ask, name))
    ]
    mark = touched[0] if touched else ready.person.notnull()
    for condition in touched[1:]:
        mark = mark & condition
    ready = ready.mutate(touched=one(mark))
    ready = kept(ready)
    counts = Days.of(daily(ready))
    spans = _Spans(day, days, ceil(ask.window_hours / 24))
    return _told(counts, ask, spans, _weeks(ready.filter(ready.touched == 1), ask, spans))


class _Spans:
    """The days of the two sides, around any date."""

    def __init__(self, day: date, days: int, gap_days: int) -> None:
        self.day, self.days, self.gap_days = day, days, gap_days

    def moved(self, weeks: int) -> "_Spans":
        """Give the sides around a date so many weeks earlier."""
        return _Spans(self.day - timedelta(weeks=weeks), self.days, self.gap_days)

    @property
    def before(self) -> tuple[date, date]:
        """First and last day before."""
        last = self.day - timedelta(days=self.gap_days + 1)
        return last - timedelta(days=self.days - 1), last

    @property
    def after(self) -> tuple[date, date]:
        """First and last day after."""
        return self.day, self.day + timedelta(days=self.days - 1)

    def masks(self, counts: Days) -> tuple[Mask, Mask]:
        """Say which rows lie on each side."""
        sides = []
        for first, last in (self.before, self.after):
            low, high = np.datetime64(first), np.datetime64(last)
            sides.append((counts.day >= low) & (counts.day <= high))
        return sides[0], sides[1]


def _told(counts: Days, ask: Ask, spans: _Spans, weeks: tuple[Point, ...]) -> BeforeAfter:
    before, after = spans.masks(counts)
    mine = counts.touched
    found = gap(counts, before & mine, after & mine)
    control = gap(counts, before & ~mine, after & ~mine) if (~mine).any() else None
    beyond = less(found, control) if found and control else None
    placebos = tuple(_placebos(counts, spans))
    # Where there is a control, what goes beyond it is judged.
    judged = beyond or found
    as_large = sum(abs(p.difference.value) >= abs(found.value) for p in placebos) if found else 0
    return BeforeAfter(
        ask=ask,
        day=spans.day,
        days=spans.days,
        gap_days=spans.gap_days,
        before=_side(counts, ask, spans.before, before & mine, found),
        after=_side(counts, ask, spans.after, after & mine, found),
        difference=_difference(found),
        strata=tuple(_strata(counts, ask, spans, found)),
        control=_difference(control),
        beyond_control=_difference(beyond),
        placebos=placebos,
        as_large=as_large,
        too_early=int(counts.open[after & mine].sum()),
        weeks=weeks,
        verdict=_verdict(judged, as_large, len(placebos)),
    )


def _difference(found: Gap | None) -> Difference | None:
    if found is None:
        return None
    low, high = found.ends()
    return Difference(value=found.value, low=low, high=high)


def _side(counts: Days, ask: Ask, span: tuple[date, date], rows: Mask, found: Gap | None) -> Side:
    matched = np.isin(counts.stratum, np.flatnonzero(found.weight)) if found else rows & False
    sums = counts.sums(rows & matched)
    known = float(counts.known[rows].sum())
    return Side(
        first=span[0],
        last=span[1],
        contacts=sums.known,
        people=sums.customers,
        rate=share(sums, _path(ask, span)),
        unmatched=int(known) - sums.known,
    )


def _strata(counts: Days, ask: Ask, spans: _Spans, found: Gap | None) -> Iterator[Stratum]:
    if found is None:
        return
    sides = list(zip(spans.masks(counts), (spans.before, spans.after), strict=True))
    for place in np.argsort(-found.weight, kind="stable"):
        if found.weight[place] == 0:
            return
        need, channel = counts.strata[place]
        rates: list[Figure] = []
        for rows, span in sides:
            mine = rows & counts.touched & (counts.stratum == place)
            rates.append(share(counts.sums(mine), _path(ask, span, need=need, channel=channel)))
        yield Stratum(
            need=need,
            channel=channel,
            before=rates[0],
            after=rates[1],
            weight=float(found.weight[place]),
        )


def _placebos(counts: Days, spans: _Spans) -> Iterator[Placebo]:
    if not len(counts.day):
        return
    # The last placebo's days after end where the real days before end: the change touches none.
    skip = ceil((spans.days + spans.gap_days) / 7)
    for weeks in range(skip, skip + MOST_PLACEBOS):
        moved = spans.moved(weeks)
        if np.datetime64(moved.before[0]) < counts.day.min():
            return
        before, after = (side & counts.touched for side in moved.masks(counts))
        known = [float(counts.known[side].sum()) for side in (before, after)]
        found = gap(counts, before, after)
        difference = _difference(found)
        if difference is not None and min(known) >= LEAST_CONTACTS:
            yield Placebo(day=moved.day, difference=difference, contacts=int(sum(known)))


def _verdict(found: Gap | None, as_large: int, placebos: int) -> Verdict:
    if found is None:
        return Verdict.NOTHING
    low, high = found.ends()
    if low <= 0 <= high or (placebos and as_large > FEW_AS_LARGE * placebos):
        return Verdict.UNCLEAR
    return Verdict.FEWER if high < 0 else Verdict.MORE


def _path(ask: Ask, span: tuple[date, date], **where: str) -> str:
    dated = ask.model_copy(update={"first": span[0], "last": span[1]})
    return Opening(ask=dated, measure=Measure.REPEAT, **where).path


def _weeks(ready: Table, ask: Ask, spans: _Spans) -> tuple[Point, ...]:
    """Give the weekly rates from twice the span before to the end of the days after."""
    first = spans.before[0] - timedelta(days=spans.days)
    points = weekly(ready, ask, [Measure.REPEAT])[Measure.REPEAT]
    return tuple(p for p in points if first <= p.week <= spans.after[1])
