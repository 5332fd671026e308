"""The statistics that Intercom keeps of a conversation, in seconds."""

from datetime import timedelta
from itertools import pairwise

from domain.conversation import Role
from samples.contact import Contact
from samples.ids import Json, epoch


def statistics(contact: Contact, parts: int) -> Json:
    """Render the statistics.

    Parameters
    ----------
    contact : Contact
        An Intercom conversation.
    parts : int
        How many parts it has.
    """
    source = contact.source
    asked = [t.at for t in source.turns if t.role is Role.CUSTOMER]
    answered = [t.at for t in source.turns if t.role is Role.AGENT and not t.internal]
    closed = [s.at for s in source.status if s.status.done]
    assigned = [h.at for h in source.handovers]
    reopens = sum(
        before.status.done and not after.status.done for before, after in pairwise(source.status)
    )
    return {
        "type": "conversation_statistics",
        "time_to_assignment": _seconds(assigned[:1]),
        "time_to_admin_reply": _seconds(answered[:1]),
        "time_to_first_close": _seconds(closed[:1]),
        "time_to_last_close": _seconds(closed[-1:]),
        "first_contact_reply_at": _at(contact, asked[:1]),
        "first_assignment_at": _at(contact, assigned[:1]),
        "first_admin_reply_at": _at(contact, answered[:1]),
        "first_close_at": _at(contact, closed[:1]),
        "last_assignment_at": _at(contact, assigned[-1:]),
        "last_admin_reply_at": _at(contact, answered[-1:]),
        "last_contact_reply_at": _at(contact, asked[-1:]),
        "last_close_at": _at(contact, closed[-1:]),
        "count_reopens": reopens,
        "count_assignments": len(assigned),
        "count_conversation_parts": parts,
    }


def _seconds(offsets: list[timedelta]) -> int | None:
    return int(offsets[0].total_seconds()) if offsets else None


def _at(contact: Contact, offsets: list[timedelta]) -> int | None:
    return epoch(contact.moment(offsets[0])) if offsets else None
