"""Analyses from the database: the same for the API, the command line and the demo."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from ibis.expr.types import Table

from domain.base import now
from domain.theme_figures import Period
from journey.change.before_after import DAYS, before_after
from journey.change.form import BeforeAfter
from journey.definitions.course import follow
from journey.drivers.avoidable import QUOTES, costliest, total
from journey.drivers.counted import Counted, counted
from journey.drivers.drivers import FALSE_SHARE, FEW, driver_rows
from journey.drivers.form import AvoidableContacts, Drivers, Quote
from journey.drivers.signs import cost_each, costs_of, read_signs, signs_of, with_next
from journey.kpis.form import Kpis, Milestone, Size
from journey.kpis.kpis import cost_per_person, parts_of, sizes, weekly
from journey.kpis.milestones import NAMES, milestone
from journey.kpis.stages import with_stages
from journey.mart import Mart, Wanted
from journey.measures.ask import Ask, Factor, Measure, Opening
from journey.measures.behind import Behind, Position, behind, typical
from journey.measures.journeys import with_journeys
from journey.measures.keep import kept
from journey.measures.prepared import prepared
from journey.measures.sums import Figure, share, summed
from storage import analytics, theme_figures, themes
from storage.database import Database
from workers import definitions
from workers.analysis import open_mart

PERIOD_DAYS = 182
"""Up to the latest contact, where no period is asked for."""
MARGIN = timedelta(days=60)
"""Around the period: contacts of journeys that reach into it or out of it."""
LISTED = 2_000
"""Contacts that stand on a page, the latest."""
FACTORS = (Factor.NEED, Factor.CHANNEL, Factor.HOURS, Factor.BRAND)


@dataclass(frozen=True)
class Prices:
    """What a contact costs."""

    currency: str
    by_channel: Mapping[str, float]


class UnknownDefinitionError(Exception):
    """There is no journey definition of this id."""


@dataclass(frozen=True)
class Ready:
    """The tables of one analysis, as long as it lasts."""

    database: Database
    mart: Mart
    ask: Ask
    prices: Prices

    @cached_property
    def contacts(self) -> Table:
        """Those asked for, with what is known of their journeys."""
        following = with_next(self.mart.contacts)
        chosen = prepared(following, self.ask)
        prices = self.prices.by_channel
        if self.ask.definition is not None:
            chosen = self._staged(chosen, self.ask.definition)
        return kept(with_journeys(chosen, self.mart.contacts, self.mart.journeys, self.ask, prices))

    def _staged(self, chosen: Table, name: str) -> Table:
        with self.database.reading() as session:
            found = definitions.standing(session).get(name)
            meanings = definitions.registry_of(session).meanings
        if found is None:
            raise UnknownDefinitionError(name)
        definition = found.definition
        return with_stages(chosen, follow(self.mart, definition, meanings), definition)

    @cached_property
    def names(self) -> dict[str, str]:
        """What people call themes."""
        with self.database.reading() as session:
            return {theme.id: theme.label for theme in themes.every(session)}

    def size(self) -> Size:
        """Count contacts, people, journeys and events."""
        return Size(
            **sizes(self.contacts, self.mart.steps, [])[()], opens=Opening(ask=self.ask).path
        )

    def recent(self) -> tuple[Behind, ...]:
        """Give the latest contacts, for a page."""
        return self.listed(Opening(ask=self.ask), LISTED).contacts

    def around(self, found: BeforeAfter) -> tuple[Behind, ...]:
        """Give the latest contacts of both sides of a change, for a page."""
        span = {"first": found.before.first, "last": found.after.last}
        ask = self.ask.model_copy(update=span)
        return replace(self, ask=ask).recent()

    def listed(self, where: Opening, limit: int, after: tuple[str, ...] | None = None) -> "Listed":
        """List contacts behind a number with their first words."""
        found, end = behind(self.contacts, where, limit, after)
        with self.database.reading() as session:
            words = analytics.first_words(session, [one.conversation_id for one in found])
        told = [one.model_copy(update={"text": words.get(one.conversation_id)}) for one in found]
        return Listed(tuple(told), end)


@dataclass(frozen=True)
class Listed:
    """One page of contacts, the latest first."""

    contacts: tuple[Behind, ...]
    next: Position | None


@contextmanager
def ready(database: Database, ask: Ask, prices: Prices, *, whole: bool = False) -> Iterator[Ready]:
    """Load what an analysis needs; all is gone when the block ends.

    Parameters
    ----------
    whole : bool
        Load all contacts ever, whatever the period.
    """
    wanted = Wanted(window_hours=ask.window_hours)
    if not whole:
        dated = {"since": ask.first and _start(ask.first) - MARGIN}
        dated["until"] = ask.last and _start(ask.last) + MARGIN
        wanted = wanted.model_copy(update=dated)
    with open_mart(database, wanted) as mart:
        yield Ready(database, mart, ask, prices)


def latest_period(database: Database) -> Period | None:
    """Give the days up to the latest contact; None where there is none."""
    with database.reading() as session:
        last = theme_figures.latest_day(session)
    if last is None:
        return None
    return Period(first=last - timedelta(days=PERIOD_DAYS - 1), last=last)


def windows(database: Database) -> Sequence[float]:
    """Give the windows for which repeat contact is kept, shortest first; empty without contacts."""
    with database.reading() as session:
        return theme_figures.windows(session)


def drivers(given: Ready) -> Drivers:
    """Tell which needs, channels, times and themes carry the repeat contacts."""
    counts = Counted.of(counted(given.contacts))
    rows = driver_rows(counts, given.ask, given.names)
    size = given.size()
    return Drivers(
        ask=given.ask,
        contacts=size.contacts,
        people=size.people,
        events=size.events,
        rate=_rate(given),
        rows=tuple(rows),
        compared=sum(row.p is not None for row in rows),
        marked=sum(row.mark is not None for row in rows),
        level=FALSE_SHARE,
        few=FEW,
        adjusted_for=FACTORS,
    )


def avoidable(given: Ready) -> AvoidableContacts:
    """Tell which needs on which channels cost most, and who can decide."""
    counts = Counted.of(counted(given.contacts))
    assert given.mart.cues is not None, "the mart of a database holds them"
    signs = read_signs(signs_of(given.contacts, given.mart.steps, given.mart.cues))
    each = cost_each(costs_of(given.contacts), given.prices.by_channel)
    chosen = typical(given.contacts, QUOTES)

    def read(need: str, channel: str) -> list[Quote]:
        return _quotes(given, chosen.get((need, channel), []))

    rows, compared = costliest(counts, given.ask, signs, each, read)
    size = given.size()
    everything, sure = total(rows, sure=False), total(rows, sure=True)
    return AvoidableContacts(
        ask=given.ask,
        contacts=size.contacts,
        people=size.people,
        events=size.events,
        rate=_rate(given),
        currency=given.prices.currency,
        costs=dict(given.prices.by_channel),
        rows=tuple(rows),
        avoidable=everything[0],
        saved=everything[1],
        sure_avoidable=sure[0],
        sure_saved=sure[1],
        compared=compared,
    )


def kpis(
    given: Ready, cut: Factor | None, clocks: Mapping[str, tuple[Sequence[str], Sequence[str]]]
) -> Kpis:
    """Tell the key figures of a period, by a cut and by week.

    Parameters
    ----------
    cut : Factor, optional
    clocks : mapping
        Names of the events that start and end ``time_to_value`` and ``retention``; the usual ones
        where it says nothing.
    """
    contacts, steps, ask = given.contacts, given.mart.steps, given.ask
    (whole,) = parts_of(contacts, steps, ask, None, given.names)
    return Kpis(
        ask=ask,
        whole=whole,
        cut=cut,
        parts=tuple(parts_of(contacts, steps, ask, cut, given.names) if cut else ()),
        weeks=weekly(contacts, ask),
        milestones=tuple(_milestone(given, name, *clocks.get(name, ((), ()))) for name in NAMES),
        currency=given.prices.currency,
        costs=dict(given.prices.by_channel),
        cost_per_person=cost_per_person(contacts, ask),
    )


def compared(given: Ready, day: date, days: int = DAYS) -> BeforeAfter:
    """Compare the repeat rate before and after a day."""
    return before_after(given.mart.contacts, given.ask, day, days)


def asked(period: Period | None, **fields: object) -> Ask:
    """Make an ask of a period, as of now unless it says otherwise."""
    span = {"first": period.first, "last": period.last} if period else {}
    return Ask.model_validate({"as_of": now(), **span, **fields})


def _milestone(given: Ready, name: str, start: Sequence[str], end: Sequence[str]) -> Milestone:
    return milestone(name, given.mart.steps, given.mart.journeys, given.ask, start, end)


def _rate(given: Ready) -> Figure:
    where = Opening(ask=given.ask, measure=Measure.REPEAT)
    return share(summed(given.contacts, [], [Measure.REPEAT])[()][Measure.REPEAT], where.path)


def _quotes(given: Ready, ids: Sequence[str]) -> list[Quote]:
    """Quote conversations."""
    with given.database.reading() as session:
        words = analytics.first_words(session, ids)
    return [
        Quote(conversation_id=id_, text=words.get(id_), opens=f"/v1/conversations/{id_}")
        for id_ in ids
    ]


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
