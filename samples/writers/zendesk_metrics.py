"""Zendesk metric sets, with their two clocks."""

from datetime import datetime, timedelta
from itertools import pairwise

from domain.conversation import Role
from samples.contact import Contact
from samples.ids import Json, iso, number
from samples.writers.zendesk_parts import ticket_id

OPENS, CLOSES = 8, 18
"""Business hours, Monday to Friday, UTC."""


def metric_set(contact: Contact) -> Json:
    """Render the metric set of a ticket."""
    source = contact.source
    solved = [contact.moment(s.at) for s in source.status if s.status.done]
    reopens = sum(
        before.status.done and not after.status.done for before, after in pairwise(source.status)
    )
    replies = [t for t in source.turns if t.role is Role.AGENT and not t.internal]
    assigned = contact.next_agent(timedelta())
    agents = {turn.name for turn in source.turns if turn.role is Role.AGENT}
    asked = [t.at for t in source.turns if t.role is Role.CUSTOMER]
    first_assigned = iso(contact.moment(assigned.at)) if assigned else None
    return {
        "assigned_at": first_assigned,
        "assignee_stations": len(agents),
        "created_at": iso(source.at),
        "first_resolution_time_in_minutes": _clocks(source.at, solved[0] if solved else None),
        "full_resolution_time_in_minutes": _clocks(
            source.at, solved[-1] if solved and source.last_status.done else None
        ),
        "group_stations": 1 + len(source.handovers),
        "id": number(f"metric {contact.key}", 12),
        "initially_assigned_at": first_assigned,
        "latest_comment_added_at": iso(contact.moment(source.turns[-1].at)),
        "reopens": reopens,
        "replies": len(replies),
        "reply_time_in_minutes": _clocks(
            source.at, contact.moment(replies[0].at) if replies else None
        ),
        "requester_updated_at": iso(contact.moment(asked[-1])) if asked else None,
        "solved_at": iso(solved[-1]) if solved and source.last_status.done else None,
        "status_updated_at": iso(contact.moment(source.status[-1].at)),
        "ticket_id": ticket_id(contact),
        "updated_at": iso(contact.last_moment),
    }


def _clocks(start: datetime, end: datetime | None) -> Json:
    if end is None:
        return {"business": None, "calendar": None}
    return {
        "business": _business_minutes(start, end),
        "calendar": int((end - start).total_seconds() // 60),
    }


def _business_minutes(start: datetime, end: datetime) -> int:
    """Count the minutes inside business hours."""
    total = timedelta()
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    while day < end:
        if day.weekday() < 5:
            opens, closes = day + timedelta(hours=OPENS), day + timedelta(hours=CLOSES)
            total += max(timedelta(), min(end, closes) - max(start, opens))
        day += timedelta(days=1)
    return int(total.total_seconds() // 60)
