"""Zendesk audits: every comment, status change and move of a ticket, one audit a moment."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, pairwise

from samples.contact import Contact
from samples.ids import Json, iso
from samples.source_format import SourceHandover, SourceTurn
from samples.writers.zendesk_parts import (
    SYSTEM_USER,
    audit_id,
    author_id,
    comment_id,
    customer_id,
    group_id,
    ticket_id,
    via,
)

LOOSE_AUDITS = 300
"""Audits without a comment are counted from here, below it by their comment."""

RATED = {1: "bad", 2: "bad", 4: "good", 5: "good"}
AUTOMATION: Json = {
    "channel": "rule",
    "source": {"from": {"id": 2, "title": "Ticket workflow"}, "rel": "automation", "to": {}},
}


def audits(contact: Contact) -> Iterator[Json]:
    """Render the audits of a ticket in order of time."""
    changes = _changes(contact)
    loose = count(LOOSE_AUDITS)
    for position, turn in enumerate(contact.source.turns):
        comment = {
            "author_id": author_id(contact, turn),
            "body": turn.text,
            "id": comment_id(contact, position),
            "public": not turn.internal,
            "type": "Comment",
        }
        earlier = sorted(at for at in changes if at < turn.at)
        for at in earlier:
            yield _audit(contact, at, None, changes.pop(at), next(loose))
        events = [comment, *changes.pop(turn.at, [])]
        yield _audit(contact, turn.at, turn, events, position)
    for at in sorted(changes):
        yield _audit(contact, at, None, changes[at], next(loose))


def _audit(
    contact: Contact, at: timedelta, turn: SourceTurn | None, events: list[Json], position: int
) -> Json:
    identity = audit_id(contact, position)
    fields = {event.get("field_name") for event in events}
    by_customer = turn is None and "satisfaction_score" in fields
    author = author_id(contact, turn) if turn else SYSTEM_USER
    return {
        "author_id": customer_id(contact) if by_customer else author,
        "created_at": iso(contact.moment(at)),
        "events": [{"id": identity * 100 + number} | event for number, event in enumerate(events)],
        "id": identity,
        "metadata": {"custom": {}, "system": {}},
        "ticket_id": ticket_id(contact),
        "via": via(contact, turn) if turn else AUTOMATION,
    }


def _changes(contact: Contact) -> dict[timedelta, list[Json]]:
    """Collect what changed, by the offset at which it did."""
    found: dict[timedelta, list[Json]] = defaultdict(list)
    for at, event in (*_created(contact), *_statuses(contact), *_moves(contact)):
        found[at].append(event)
    rating = contact.source.rating
    if rating is not None and rating.score in RATED:
        found[rating.at].append(_change("satisfaction_score", RATED[rating.score], "offered"))
    return found


def _created(contact: Contact) -> Iterator[tuple[timedelta, Json]]:
    start = timedelta()
    for field, value in (
        ("subject", contact.source.subject),
        ("status", contact.source.status[0].status.value),
        ("priority", "normal"),
        ("group_id", str(group_id("frontline"))),
    ):
        yield start, {"field_name": field, "type": "Create", "value": value}


def _statuses(contact: Contact) -> Iterator[tuple[timedelta, Json]]:
    history = contact.source.status
    for before, after in pairwise(history):
        if before.status is not after.status:
            yield after.at, _change("status", after.status.value, before.status.value)


def _moves(contact: Contact) -> Iterator[tuple[timedelta, Json]]:
    """Move to other groups; the assignee follows, and an escalation leaves a tag."""
    assignee: str | None = None
    first = contact.next_agent(timedelta())
    moved = contact.source.handovers
    if first is not None and not (moved and moved[0].at <= first.at):
        assignee = str(author_id(contact, first))
        yield first.at, _change("assignee_id", assignee, None)
    group, tags = "frontline", list[str]()
    for handover in moved:
        yield handover.at, _change("group_id", str(group_id(handover.to)), str(group_id(group)))
        group = handover.to
        taker = contact.next_agent(handover.at)
        taken_by = str(author_id(contact, taker)) if taker else assignee
        if taken_by != assignee:
            yield handover.at, _change("assignee_id", taken_by, assignee)
            assignee = taken_by
        if handover.escalation and not tags:
            yield from _escalation(handover)
            tags = ["escalated"]


def _escalation(handover: SourceHandover) -> Iterator[tuple[timedelta, Json]]:
    yield handover.at, _change("tags", ["escalated"], [])
    yield handover.at, _change("priority", "high", "normal")


def _change(field: str, value: object, before: object) -> Json:
    return {"field_name": field, "previous_value": before, "type": "Change", "value": value}
