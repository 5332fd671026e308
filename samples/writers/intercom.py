"""Intercom: one conversation a line, as the endpoint for a single one gives it.

The first message stands in ``source``, times are seconds since 1970, bodies are HTML.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from domain.conversation import Role, Status
from domain.identity import IdentifierKind
from samples.contact import Contact
from samples.ids import Json, as_json, as_lines, brand_host, epoch, hexadecimal, number, source_id
from samples.source_format import SourceHandover, SourceTurn
from samples.writers.intercom_statistics import statistics
from samples.writers.markup import paragraphs

STATES = {Status.CLOSED: "closed", Status.SOLVED: "closed"} | dict.fromkeys(
    (Status.PENDING, Status.HOLD), "snoozed"
)
SOURCES = {"chat": "conversation", "social": "facebook", "email": "email", "form": "conversation"}
PARTS = {"closed": "close", "snoozed": "snoozed", "open": "open"}


def files(contacts: Sequence[Contact]) -> Iterator[tuple[str, str]]:
    """Render conversations, and the teams that they were assigned to."""
    yield "intercom/conversations.jsonl", as_lines(_conversation(c) for c in contacts)
    names = sorted({h.to for c in contacts for h in c.source.handovers})
    teams = [{"type": "team", "id": _team(name), "name": name} for name in names]
    yield "intercom/teams.json", as_json({"teams": teams, "type": "team.list"})


def _conversation(contact: Contact) -> Json:
    source = contact.source
    parts = _parts(contact)
    state = STATES.get(source.last_status, "open")
    people = [_author(contact, turn) for turn in source.turns if turn.role is Role.AGENT]
    teammates = {person["id"]: {"type": "admin", "id": person["id"]} for person in people}
    return {
        "type": "conversation",
        "id": source_id("intercom", contact.key),
        "created_at": epoch(source.at),
        "updated_at": epoch(contact.last_moment),
        "title": source.subject,
        "state": state,
        "open": state == "open",
        "read": True,
        "priority": "not_priority",
        "admin_assignee_id": int(people[-1]["id"]) if people else None,
        "team_assignee_id": int(_team(source.handovers[-1].to)) if source.handovers else None,
        "source": _first_message(contact),
        "contacts": {"type": "contact.list", "contacts": [_contact(contact)]},
        "teammates": {"type": "admin.list", "admins": list(teammates.values())},
        "conversation_parts": {
            "type": "conversation_part.list",
            "conversation_parts": parts,
            "total_count": len(parts),
        },
        "conversation_rating": _rating(contact),
        "custom_attributes": {"Brand": contact.brand},
        "statistics": statistics(contact, len(parts)),
        "tags": {"type": "tag.list", "tags": _tags(contact)},
        "topics": {"type": "topic.list", "topics": [], "total_count": 0},
    }


def _first_message(contact: Contact) -> Json:
    first = contact.source.turns[0]
    automated = first.role in (Role.BOT, Role.SYSTEM)
    delivered = "automated" if automated else "customer_initiated"
    return {
        "type": SOURCES[contact.source.channel.value],
        "id": str(number(f"message {contact.key}", 9)),
        "delivered_as": "admin_initiated" if first.role is Role.AGENT else delivered,
        "subject": "",
        "body": paragraphs(first.text),
        "author": _author(contact, first),
        "attachments": [],
        "url": None,
        "redacted": False,
    }


def _parts(contact: Contact) -> list[Json]:
    """Put messages, assignments and changes of state in order of time.

    A message sent together with closing is one part: ``close`` with a body.
    """
    source = contact.source
    closing = {s.at for s in source.status[1:] if s.status.done}
    rows: list[tuple[timedelta, int, Json]] = []
    closed_by_message = set()
    for turn in source.turns[1:]:
        closes = turn.at in closing and turn.role in (Role.AGENT, Role.SYSTEM)
        kind = "note" if turn.internal else "close" if closes else "comment"
        if kind == "close":
            if turn.at in closed_by_message:
                kind = "comment"
            closed_by_message.add(turn.at)
        content = {"body": paragraphs(turn.text), "author": _author(contact, turn)}
        rows.append((turn.at, 1, {"part_type": kind} | content))
    rows += [(h.at, 0, _assignment(contact, h)) for h in source.handovers]
    for before, after in pairwise(source.status):
        state = STATES.get(after.status, "open")
        if state != STATES.get(before.status, "open") and after.at not in closed_by_message:
            rows.append((after.at, 2, {"part_type": PARTS[state], "author": _actor(contact)}))
    rows.sort(key=lambda row: row[:2])
    return [_part(contact, n, contact.moment(at), row) for n, (at, _, row) in enumerate(rows)]


def _part(contact: Contact, position: int, at: datetime, content: Json) -> Json:
    return {
        "type": "conversation_part",
        "id": str(number(f"part {contact.key} {position}", 11)),
        "body": None,
        "created_at": epoch(at),
        "updated_at": epoch(at),
        "notified_at": epoch(at),
        "assigned_to": None,
        "attachments": [],
        "external_id": None,
        "redacted": False,
    } | content


def _assignment(contact: Contact, handover: SourceHandover) -> Json:
    earlier = [t for t in contact.source.turns if t.at <= handover.at and t.role is Role.AGENT]
    author = _author(contact, earlier[-1]) if earlier else _bot(contact.brand)
    team = {"type": "team", "id": _team(handover.to)}
    return {"part_type": "assignment", "author": author, "assigned_to": team}


def _actor(contact: Contact) -> Json:
    """Say who closes or reopens without a word: the last agent, or the machine."""
    agents = [turn for turn in contact.source.turns if turn.role is Role.AGENT]
    return _author(contact, agents[-1]) if agents else _bot(contact.brand)


def _author(contact: Contact, turn: SourceTurn) -> Json:
    if turn.role is Role.CUSTOMER:
        person = _contact(contact)
        return {
            "type": person["role"],
            "id": person["id"],
            "name": person["name"],
            "email": person["email"],
        }
    if turn.role in (Role.BOT, Role.SYSTEM):
        return _bot(contact.brand, system=turn.role is Role.SYSTEM)
    name = turn.name or "Support"
    identity = str(number(f"admin {contact.brand} {name}", 7))
    address = f"{name.lower()}@{brand_host(contact.brand)}"
    return {"type": "admin", "id": identity, "name": name, "email": address}


def _bot(brand: str, *, system: bool = True) -> Json:
    name = "Operator" if system else "Fin"
    return {
        "type": "bot",
        "id": str(number(f"bot {brand} {name}", 7)),
        "name": name,
        "email": f"{name.lower()}@{brand_host(brand)}",
    }


def _contact(contact: Contact) -> Json:
    """Render the person: a user with an account or address, or a lead without."""
    source = contact.source
    account, email, anonymous = (
        source.shown(kind)
        for kind in (IdentifierKind.ACCOUNT, IdentifierKind.EMAIL, IdentifierKind.ANONYMOUS)
    )
    first = account or email or anonymous or str(source.shows[0])
    extra = {"device_id": source.shown(IdentifierKind.DEVICE)}
    extra["anonymous_id"] = anonymous if account else None
    known = account is not None or (email is not None and anonymous is None)
    return {
        "type": "contact",
        "id": hexadecimal(f"contact {contact.customer.key} {first}", 24),
        "role": "user" if known else "lead",
        "external_id": account or anonymous,
        "name": contact.customer.name if known else None,
        "email": email,
        "phone": source.shown(IdentifierKind.PHONE),
        "custom_attributes": {name: value for name, value in extra.items() if value},
    }


def _rating(contact: Contact) -> Json | None:
    rating = contact.source.rating
    if rating is None:
        return None
    person = _contact(contact)
    agent = _actor(contact)
    return {
        "rating": rating.score,
        "remark": rating.comment,
        "created_at": epoch(contact.moment(rating.at)),
        "contact": {"type": "contact", "id": person["id"]},
        "teammate": {"type": agent["type"], "id": agent["id"]},
    }


def _tags(contact: Contact) -> list[Json]:
    raised = next((h for h in contact.source.handovers if h.escalation), None)
    if raised is None:
        return []
    actor = _actor(contact)
    return [
        {
            "type": "tag",
            "id": str(number("tag escalated", 7)),
            "name": "escalated",
            "applied_at": epoch(contact.moment(raised.at)),
            "applied_by": {"type": actor["type"], "id": actor["id"]},
        }
    ]


def _team(name: str) -> str:
    return str(number(f"team {name}", 7))
