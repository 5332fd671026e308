"""What is known of whole journeys, set beside the contact that opened each."""

from collections.abc import Mapping
from datetime import datetime

import ibis
from ibis.expr.types import FloatingValue, Table

from journey.measures.ask import Ask
from journey.measures.prepared import NOTHING, held, one


def with_journeys(
    contacts: Table, everything: Table, journeys: Table, ask: Ask, prices: Mapping[str, float]
) -> Table:
    """Add effort, cost and time to resolution to the first contact of each journey.

    So a figure of journeys is cut and opened like one of contacts: by the contact that began it.

    Parameters
    ----------
    contacts : Table
        Prepared.
    everything : Table
        All contacts of the mart, for the cost of those outside the period.
    journeys : Table
        ``journey.mart.JOURNEYS``.
    prices : mapping of str to float
        Cost of a contact by channel; ``other`` for the rest.

    Returns
    -------
    Table
        With ``price`` (of the contact); ``effort_value``, ``cost_value``, ``time_value`` (null
        where not known or not a first contact), ``<name>_open`` (1 while the journey goes on),
        ``time_s`` and ``time_done``: how long until it was resolved, or has not been.
    """
    spent = everything.mutate(price=_price(everything, prices)).group_by("journey_id")
    costs = spent.agg(cost=lambda t: t.price.sum()).rename(paid_id="journey_id")
    facts = journeys.select(
        case_id="journey_id",
        ended=journeys.ending != "open",
        cured=(journeys.resolved == "yes") & journeys.seconds_to_resolution.notnull(),
        score="effort",
        lasted="seconds_to_resolution",
        opened="opened_at",
    )
    facts = facts.left_join(costs, facts.case_id == costs.paid_id)
    both = contacts.left_join(facts, contacts.journey_id == facts.case_id)
    first = (both.position == 0) & both.case_id.notnull()
    over, cured = first & held(both.ended), first & held(both.cured)
    waits = one(first & ~held(both.ended))
    return both.mutate(
        price=_price(both, prices),
        effort_value=over.ifelse(both.score, NOTHING),
        cost_value=over.ifelse(both.cost, NOTHING),
        time_value=cured.ifelse(both.lasted, NOTHING),
        effort_open=waits,
        cost_open=waits,
        time_open=one(first & ~held(both.cured)),
        time_s=first.ifelse(
            cured.ifelse(both.lasted, _seconds(both, ask.as_of.replace(tzinfo=None))), NOTHING
        ),
        time_done=one(cured),
    )


def _price(contacts: Table, prices: Mapping[str, float]) -> FloatingValue:
    known = [(contacts.channel == name, price) for name, price in prices.items()]
    rest = prices.get("other", 0.0)
    return ibis.cases(*known, else_=rest).cast("float64") if known else ibis.literal(rest)


def _seconds(both: Table, now: datetime) -> FloatingValue:
    since = ibis.literal(now).epoch_seconds() - both.opened.epoch_seconds()
    return since.cast("float64")
