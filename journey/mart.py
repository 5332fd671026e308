"""The analysis mart: flat tables that every lens on journeys reads.

It holds codes, numbers and ids, never a customer's words. All times are timestamps without zone,
in UTC; outcomes are ``yes``, ``no``, ``open`` (not known yet, right-censored) or null where they
were never asked for. ``workers.analysis`` fills it from the database.

Kept tables hold everything, for any window of repeat contact and whatever names of events mean;
``narrowed`` makes of them what one analysis reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
from ibis.backends import BaseBackend
from ibis.expr.types import BooleanValue, StringColumn, Table

from domain.base import Record, UtcDatetime
from domain.conversation import Channel

CONTACTS = ibis.schema(
    {
        "contact_id": "!string",
        "journey_id": "string",
        "identity_id": "string",
        "identity_level": "string",
        "brand": "string",
        "channel": "!string",
        "need": "string",
        "theme_id": "string",
        "started_at": "!timestamp",
        "ended_at": "timestamp",
        "position": "!int64",
        "sentiment": "float64",
        "satisfaction": "float64",
        "rating": "float64",
        "resolution": "string",
        "effort_cues": "int64",
        "customer_turns": "int64",
        "handovers": "int64",
        "repeat": "string",
        "reopened": "string",
        "escalated": "string",
        "resolved": "string",
    }
)
"""One row a contact.

``need`` is its main intent, people's corrections applied, null where the machine is unsure;
``position`` counts from 0 inside its journey (0 too where no journey is built yet); ``sentiment``
is the customer's, -1 to 1; ``satisfaction`` is read from the text, 1 to 5, and ``rating`` is what
the customer answered last, 1 to 5; ``effort_cues`` counts the places where they speak of effort;
``ended_at`` is when it was settled, else when it closed or its last word fell, null while a ticket
is open.
"""

STEPS = ibis.schema(
    {
        "case_id": "!string",
        "activity": "!string",
        "at": "!timestamp",
        "row": "!int64",
        "channel": "string",
        "contact_id": "string",
        "kind": "!string",
    }
)
"""What happened in each journey, in order: an event log for ``journey.mining.paths``.

``case_id`` is the journey; ``kind`` is contact, event, status, handover, rating or outcome. The
activity of an event is its canonical name; else it is ``kind:name``, such as ``contact:chat``,
``status:solved``, ``handover:escalation``, ``outcome:resolved``; a rating's is ``rating``.
"""

JOURNEYS = ibis.schema(
    {
        "journey_id": "!string",
        "identity_id": "string",
        "identity_level": "string",
        "brand": "string",
        "need": "string",
        "first_channel": "string",
        "opened_at": "!timestamp",
        "closed_at": "timestamp",
        "contacts": "!int64",
        "effort": "float64",
        "seconds_to_resolution": "float64",
        "ending": "!string",
        "repeat": "string",
        "reopened": "string",
        "escalated": "string",
        "resolved": "string",
    }
)
"""One row a journey.

``effort`` is 0 to 100; ``ending`` is resolved, abandoned, unresolved or open.
"""


EVENTS = ibis.schema(
    {
        "event_id": "!string",
        "identity_id": "string",
        "name": "!string",
        "raw_name": "string",
        "source": "!string",
        "brand": "string",
        "at": "!timestamp",
        "received_at": "!timestamp",
    }
)
"""One row an event, also of customers who were never in contact; loaded where it is asked for.

``name`` is canonical, confirmed aliases applied; ``raw_name`` is what the source called it.
"""


@dataclass(frozen=True)
class Mart:
    """The tables, in the engine that they were loaded into."""

    connection: BaseBackend
    contacts: Table
    steps: Table
    journeys: Table
    events: Table | None = None
    """Only where they were asked for."""

    cues: Table | None = None
    """``contact_id`` and ``label`` of the effort cues of contacts; only where kept."""


KEPT: Mapping[str, ibis.Schema] = {
    "contacts": ibis.schema({k: v for k, v in CONTACTS.items() if k != "repeat"}),
    "journeys": ibis.schema(
        {k: v for k, v in JOURNEYS.items() if k != "repeat"} | {"channels": "array<string>"}
    ),
    "steps": ibis.schema({**STEPS, "window_hours": "float64"}),
    "repeats": ibis.schema(
        {"subject_id": "!string", "window_hours": "!float64", "state": "!string"}
    ),
    "events": EVENTS,
    "cues": ibis.schema({"contact_id": "!string", "label": "!string"}),
}
"""What is kept: without choice of a window, and with events as they are called in the database."""
NAMED_BY = {
    "contacts": "contact_id",
    "journeys": "journey_id",
    "steps": "case_id",
    "repeats": "subject_id",
    "events": "event_id",
    "cues": "contact_id",
}
"""The column that says whose a kept row is."""


class Wanted(Record):
    """Which contacts and journeys are looked at; ``None`` narrows nothing.

    A contact is in by its own start, brand and channel. A journey is in by its opening and its
    brand, and where it touched the channel; its steps come whole, never cut.
    """

    since: UtcDatetime | None = None
    until: UtcDatetime | None = None
    """The first moment that no longer counts."""
    brand: str | None = None
    channel: Channel | None = None
    window_hours: float = 168.0
    """Of repeat contact."""


def narrowed(
    connection: BaseBackend, kept: Mapping[str, Table], wanted: Wanted, names: Mapping[str, str]
) -> Mart:
    """Take what one analysis reads out of the kept tables.

    Parameters
    ----------
    names : mapping of str to str
        Of events: name as it is kept to the canonical one that a person confirmed.
    """
    repeats = kept["repeats"].filter(kept["repeats"].window_hours == wanted.window_hours)
    contacts = _with_repeat(kept["contacts"], "contact_id", repeats, CONTACTS)
    contacts = contacts.filter(_inside(contacts, "started_at", wanted))
    journeys = kept["journeys"].filter(_inside(kept["journeys"], "opened_at", wanted))
    if wanted.channel is not None:
        contacts = contacts.filter(contacts.channel == str(wanted.channel))
        journeys = journeys.filter(journeys.channels.contains(str(wanted.channel)))
    journeys = _with_repeat(journeys, "journey_id", repeats, JOURNEYS)
    steps = kept["steps"]
    steps = steps.filter(steps.window_hours.isnull() | (steps.window_hours == wanted.window_hours))
    if wanted.model_dump(exclude={"window_hours"}, exclude_none=True):
        steps = steps.semi_join(journeys, steps.case_id == journeys.journey_id)
    event = steps.kind == "event"
    steps = steps.mutate(activity=event.ifelse(_renamed(steps.activity, names), steps.activity))
    events = kept["events"].filter(_inside(kept["events"], "at", wanted))
    events = events.mutate(name=_renamed(events.name, names))
    return Mart(
        connection,
        contacts,
        steps.select(*STEPS).cast(STEPS),
        journeys,
        events.cast(EVENTS),
        kept["cues"],
    )


def _inside(table: Table, moment: str, wanted: Wanted) -> list[BooleanValue]:
    """Say that a row lies in the period and belongs to the brand."""
    found = [ibis.literal(True)]
    if wanted.since is not None:
        found.append(table[moment] >= ibis.literal(wanted.since.replace(tzinfo=None)))
    if wanted.until is not None:
        found.append(table[moment] < ibis.literal(wanted.until.replace(tzinfo=None)))
    if wanted.brand is not None:
        found.append(table.brand == wanted.brand)
    return found


def _with_repeat(table: Table, key: str, repeats: Table, schema: ibis.Schema) -> Table:
    states = repeats.select(repeats.subject_id, repeat=repeats.state)
    joined = table.left_join(states, table[key] == states.subject_id)
    return joined.select(*schema).cast(schema)


def _renamed(name: StringColumn, names: Mapping[str, str]) -> StringColumn:
    return name.cases(*names.items(), else_=name) if names else name
