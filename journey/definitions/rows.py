"""The steps that rules look at: what happened, with what is known of the contact it belongs to."""

from collections.abc import Mapping

import ibis
from ibis.expr.types import IntegerColumn, StringColumn, Table

from journey.definitions.definition import Along
from journey.events.registry import Meaning
from journey.events.repair import repaired
from journey.mart import Mart

_OF_CONTACT = (
    "need",
    "theme_id",
    "sentiment",
    "satisfaction",
    "rating",
    "resolution",
    "effort_cues",
    "customer_turns",
    "handovers",
    "repeat",
    "reopened",
    "escalated",
    "resolved",
)
_RANK = ("event", "contact", "handover", "status", "rating", "outcome")
"""What falls together in time stands in this order."""


def rows(mart: Mart, along: Along, meanings: Mapping[str, Meaning]) -> Table:
    """Put all steps in order, by issue or by customer, each with the facts of its contact.

    Parameters
    ----------
    mart : Mart
        With events, where the journey is followed along customers.
    meanings : mapping of str to Meaning
        Of canonical event names.

    Returns
    -------
    Table
        ``case_id`` (journey, or identity), ``place`` (from 0, in order of time), ``at``, ``kind``,
        ``name`` (event, channel, status …), ``channel``, ``contact_id``, ``journey_id`` (null of
        events along customers), ``identity_id``, ``brand``, ``contact_number`` and the columns of
        ``journey.mart.CONTACTS`` that tell of the contact.
    """
    told = _with_people(mart) if along is Along.ISSUE else _of_customers(mart)
    order = ["at", "rank", "key", "row"]
    place = ibis.row_number().over(group_by="case_id", order_by=order)
    contacts = mart.contacts.select(
        "contact_id", *_OF_CONTACT, contact_number=mart.contacts.position + 1
    )
    placed = told.mutate(place=place).drop("rank", "key", "row")
    joined = _with_channels(placed, meanings).left_join(contacts, "contact_id")
    return joined.drop("contact_id_right")


def _with_people(mart: Mart) -> Table:
    steps, journeys = mart.steps, mart.journeys.select("journey_id", "identity_id", "brand")
    joined = steps.join(journeys, steps.case_id == journeys.journey_id)
    return joined.select(
        "case_id",
        "at",
        "kind",
        "channel",
        "contact_id",
        "journey_id",
        "identity_id",
        "brand",
        "row",
        key="journey_id",
        name=_name(steps.activity),
        rank=_rank(steps.kind),
    )


def _of_customers(mart: Mart) -> Table:
    """Put what contacts show and all events of a customer, mended, side by side."""
    assert mart.events is not None, "along customers, the mart is opened with its events"
    talks = _with_people(mart).filter(lambda t: t.kind != "event")
    talks = talks.filter(talks.identity_id.notnull()).mutate(case_id="identity_id")
    events = repaired(mart.events)
    events = events.filter(events.identity_id.notnull())
    others = events.select(
        case_id="identity_id",
        at="at",
        kind=ibis.literal("event"),
        channel=ibis.null("string"),
        contact_id=ibis.null("string"),
        journey_id=ibis.null("string"),
        identity_id="identity_id",
        brand="brand",
        row=ibis.literal(0, "int64"),
        key="event_id",
        name="name",
        rank=ibis.literal(0, "int64"),
    )
    # A union takes columns of one type only, down to whether they may be null.
    alike = {name: type_(nullable=True) for name, type_ in others.schema().items()}
    return talks.select(*others.columns).cast(alike).union(others.cast(alike))


def _name(activity: StringColumn) -> StringColumn:
    """Take the kind off an activity: ``contact:chat`` is ``chat``."""
    mark = activity.find(":")
    return (mark >= 0).ifelse(activity.substr(mark + 1), activity)


def _rank(kind: StringColumn) -> IntegerColumn:
    branches = [(kind == name, ibis.literal(n, "int64")) for n, name in enumerate(_RANK)]
    return ibis.cases(*branches, else_=ibis.literal(len(_RANK), "int64"))


def _with_channels(told: Table, meanings: Mapping[str, Meaning]) -> Table:
    """Give events the channel label of their name."""
    channels = {name: said.channel for name, said in meanings.items() if said.channel}
    label = told.name.cases(*channels.items(), else_=ibis.null("string"))
    return told.mutate(channel=(told.kind == "event").ifelse(label, told.channel))
