"""Contacts of the mart made ready to count: who, when, and what is known of what came.

The trap that this module is about: a contact of yesterday whose customer came back today is
already *yes*, while one whose customer did not come back is still *open*. To count the first and
leave out the second makes recent weeks look bad. So a contact counts for repeat contact only when
its whole window has passed, whatever is known of it before.
"""

from datetime import timedelta

import ibis
from ibis.expr.types import BooleanValue, FloatingValue, IntegerValue, StringValue, Table

from journey.measures.ask import UNTOLD, Ask, Measure

OFFICE = (8, 18)
"""Hours of the day, UTC, from the first to before the second."""
NIGHT = (22, 6)
SATISFIED = 4.0
"""A rating of at least this, of 5, is a satisfied customer."""
NOTHING = ibis.null("float64")
HOURS = ("office", "evening", "night", "weekend")


def prepared(contacts: Table, ask: Ask) -> Table:
    """Choose the contacts that are asked for and add what analyses count by.

    Parameters
    ----------
    contacts : Table
        ``journey.mart.CONTACTS``.
    ask : Ask

    Returns
    -------
    Table
        The columns of the mart and: ``person``; ``need``, ``theme``, ``brand`` with ``UNTOLD``
        for null; ``hours``, ``week`` (date of its Monday), ``stage`` (``UNTOLD``); for each
        ``Measure`` of a contact ``<name>_value`` (1.0 or 0.0 where it is a share; null where it is
        not known) and ``<name>_open`` (1 where it is too early to know).
    """
    chosen = _chosen(contacts, ask)
    # A ticket that nobody closed has no end yet: it counts from its start.
    known = chosen.ended_at.coalesce(chosen.started_at) <= ibis.literal(ask.settled_by)
    named = chosen.mutate(
        person=ibis.coalesce(chosen.identity_id, chosen.contact_id),
        need=chosen.need.fill_null(UNTOLD),
        theme=chosen.theme_id.fill_null(UNTOLD),
        brand=chosen.brand.fill_null(UNTOLD),
        hours=hours(chosen),
        week=monday(chosen),
        stage=ibis.literal(UNTOLD),
        passed=known,
    )
    return _judged(named)


def _chosen(contacts: Table, ask: Ask) -> Table:
    kept: list[BooleanValue] = []
    at = contacts.started_at
    # What began after the moment of looking is not known yet: a look back must not see ahead.
    kept.append(at <= ibis.literal(ask.as_of.replace(tzinfo=None)))
    if ask.first is not None:
        kept.append(at.date() >= ibis.literal(ask.first))
    if ask.last is not None:
        kept.append(at.date() < ibis.literal(ask.last + timedelta(days=1)))
    for name in ("channel", "brand", "need"):
        wanted = getattr(ask, name)
        if wanted is not None:
            kept.append(contacts[name].fill_null(UNTOLD) == wanted)
    return contacts.filter(kept)


def hours(contacts: Table) -> StringValue:
    """Name the time of the week at which contacts began, in UTC."""
    hour, day = contacts.started_at.hour(), contacts.started_at.day_of_week.index()
    night = (hour >= NIGHT[0]) | (hour < NIGHT[1])
    office = (hour >= OFFICE[0]) & (hour < OFFICE[1])
    weekday = office.ifelse("office", night.ifelse("night", "evening"))
    return (day >= 5).ifelse("weekend", weekday)


def monday(contacts: Table) -> ibis.expr.types.DateValue:
    """Give the Monday of the week in which contacts began, in UTC."""
    return contacts.started_at.truncate("W").date()


def _judged(named: Table) -> Table:
    """Add what came of each contact as numbers that can be summed."""
    values: dict[str, FloatingValue] = {}
    waits: dict[str, IntegerValue] = {}
    for came in (Measure.REPEAT, Measure.REOPENED, Measure.ESCALATED, Measure.RESOLVED):
        state = named[came]
        value = (state == "yes").ifelse(1.0, (state == "no").ifelse(0.0, NOTHING))
        early = state == "open"
        if came is Measure.REPEAT:
            value = named.passed.ifelse(value, NOTHING)
            early = early | (state.notnull() & ~named.passed)
        values[f"{came}_value"] = value.cast("float64")
        waits[f"{came}_open"] = one(early)
    rated = (named.rating >= SATISFIED).ifelse(1.0, 0.0)
    values["csat_value"] = named.rating.notnull().ifelse(rated, NOTHING)
    values["satisfaction_value"] = named.satisfaction
    never = one(named.person.isnull())
    judged = named.mutate(**values, **waits, csat_open=never, satisfaction_open=never)
    return judged.mutate(first_value=_at_first(judged), first_open=_first_open(judged))


def _at_first(judged: Table) -> FloatingValue:
    """Say of first contacts whether the matter was settled there; of later ones nothing."""
    bad = (judged.repeat_value == 1.0) | (judged.reopened == "yes") | (judged.resolved == "no")
    known = (judged.position == 0) & judged.repeat_value.notnull() & (judged.resolved != "open")
    return held(known).ifelse(held(bad).ifelse(0.0, 1.0), NOTHING)


def _first_open(judged: Table) -> IntegerValue:
    early = (judged.repeat_open == 1) | held(judged.resolved == "open")
    return one((judged.position == 0) & early)


def held(condition: BooleanValue) -> BooleanValue:
    """Take what is not known for no."""
    return condition.fill_null(False)


def one(condition: BooleanValue) -> IntegerValue:
    """Write a condition as 1 or 0."""
    return held(condition).ifelse(1, 0)
