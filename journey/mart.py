"""The analysis mart: flat tables that every lens on journeys reads.

It holds codes, numbers and ids, never a customer's words. All times are timestamps without zone,
in UTC; outcomes are ``yes``, ``no``, ``open`` (not known yet, right-censored) or null where they
were never asked for. ``workers.analysis`` fills it from the database.
"""

from dataclasses import dataclass

import ibis
from ibis.backends import BaseBackend
from ibis.expr.types import Table

OUTCOMES = ("repeat", "reopened", "escalated", "resolved")
"""Columns of contacts and journeys that hold what came of them."""

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
