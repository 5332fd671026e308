"""Zendesk: incremental export pages, and what the export leaves to other endpoints."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from domain.conversation import Role
from domain.identity import IdentifierKind
from samples.contact import Contact
from samples.ids import Json, as_json, as_lines, brand_host, draw, epoch, hexadecimal, iso, number
from samples.source_format import TAKEN_AT
from samples.writers.zendesk_audits import audits
from samples.writers.zendesk_metrics import metric_set
from samples.writers.zendesk_parts import (
    SYSTEM_USER,
    author_id,
    comments,
    customer_id,
    group_id,
    ticket_id,
    via,
)

PAGE_SIZE = 15
SCORES = {1: "bad", 2: "bad", 3: "offered", 4: "good", 5: "good"}


def files(contacts: Sequence[Contact]) -> Iterator[tuple[str, str]]:
    """Render tickets as pages, with comments, audits, metrics, users, groups and brands."""
    tickets = [_ticket(contact) for contact in contacts]
    rows = [row for contact in contacts for row in comments(contact)]
    merged = _merge_source(contacts)
    if merged is not None:
        tickets.append(_merged_ticket(merged))
        rows += _merged_comments(merged)
    tickets.sort(key=lambda ticket: (ticket["generated_timestamp"], ticket["id"]))
    yield from _pages(tickets)
    yield "zendesk/comments.jsonl", as_lines(rows)
    yield "zendesk/audits.jsonl", as_lines(a for c in contacts for a in audits(c))
    metrics = [metric_set(contact) for contact in contacts]
    yield "zendesk/metrics.json", as_json({"count": len(metrics), "ticket_metrics": metrics})
    users = _users(contacts)
    yield "zendesk/users.json", as_json({"count": len(users), "users": users})
    groups = [{"id": group_id(n), "name": n, "deleted": False} for n in _group_names(contacts)]
    yield "zendesk/groups.json", as_json({"count": len(groups), "groups": groups})
    brands = [_brand(name) for name in sorted({c.brand for c in contacts})]
    yield "zendesk/brands.json", as_json({"brands": brands, "count": len(brands)})


def merged_ticket_ids(contacts: Sequence[Contact]) -> list[str]:
    """List the tickets that were merged into others and are no contacts of their own."""
    merged = _merge_source(contacts)
    return [] if merged is None else [str(_merged_id(merged))]


def _pages(tickets: Sequence[Json]) -> Iterator[tuple[str, str]]:
    """Cut into pages; the last ticket of the first page comes again on the second."""
    pages = [list(tickets[n : n + PAGE_SIZE]) for n in range(0, len(tickets), PAGE_SIZE)]
    if len(pages) > 1:
        pages[1].insert(0, pages[0][-1])
    for position, page in enumerate(pages, start=1):
        last = page[-1]
        cursor = hexadecimal(f"cursor {last['id']} {last['generated_timestamp']}", 24)
        body = {
            "after_cursor": cursor,
            "after_url": "https://support.example/api/v2/incremental/tickets/cursor.json"
            f"?cursor={cursor}",
            "before_cursor": None,
            "before_url": None,
            "end_of_stream": position == len(pages),
            "tickets": page,
        }
        yield f"zendesk/tickets_{position:04d}.json", as_json(body)


def _ticket(contact: Contact) -> Json:
    source = contact.source
    first = source.turns[0]
    agent = contact.next_agent(timedelta())
    escalated = any(h.escalation for h in source.handovers)
    identity = ticket_id(contact)
    return {
        "allow_attachments": True,
        "assignee_id": author_id(contact, agent) if agent else None,
        "brand_id": number(f"brand {contact.brand}", 12),
        "created_at": iso(source.at),
        "custom_fields": [],
        "custom_status_id": number(f"custom status {source.last_status.value}", 7),
        "description": first.text,
        "external_id": None,
        "followup_ids": [],
        "from_messaging_channel": False,
        "generated_timestamp": _generated(contact),
        "group_id": group_id(source.handovers[-1].to if source.handovers else "frontline"),
        "has_incidents": False,
        "id": identity,
        "is_public": True,
        "organization_id": None,
        "priority": "high" if escalated else "normal",
        "problem_id": None,
        "raw_subject": source.subject,
        "requester_id": customer_id(contact),
        "satisfaction_rating": _satisfaction(contact),
        "status": source.last_status.value,
        "subject": source.subject,
        "submitter_id": author_id(contact, first),
        "tags": ["escalated"] if escalated else [],
        "type": None,
        "updated_at": iso(contact.last_moment),
        "url": f"https://support.example/api/v2/tickets/{identity}.json",
        "via": via(contact, first),
    }


def _generated(contact: Contact) -> int:
    """Give the time of the system's last touch, which may be long after ``updated_at``."""
    touched = contact.last_moment + timedelta(seconds=draw(f"{contact.key} touched", 200_000))
    return epoch(min(touched, TAKEN_AT))


def _satisfaction(contact: Contact) -> Json:
    rating = contact.source.rating
    if rating is None:
        done = contact.source.last_status.done
        return {"score": "offered" if done else "unoffered"}
    found: Json = {"id": number(f"rating {contact.key}", 12), "score": SCORES[rating.score]}
    return found | ({"comment": rating.comment} if rating.comment else {})


def _users(contacts: Sequence[Contact]) -> list[Json]:
    """List the customers with what their tickets show of them, and the agents."""
    users: dict[int, Json] = {}
    for contact in contacts:
        known = users.setdefault(customer_id(contact), _customer(contact))
        for field, kind in (
            ("email", IdentifierKind.EMAIL),
            ("phone", IdentifierKind.PHONE),
            ("external_id", IdentifierKind.ACCOUNT),
        ):
            known[field] = known[field] or contact.source.shown(kind)
        for turn in contact.source.turns:
            who = author_id(contact, turn)
            if turn.role in (Role.AGENT, Role.BOT):
                users.setdefault(who, _agent(contact.brand, turn.name, who))
    return [users[key] for key in sorted(users) if key != SYSTEM_USER]


def _customer(contact: Contact) -> Json:
    return {
        "id": customer_id(contact),
        "name": contact.customer.name,
        "email": None,
        "phone": None,
        "external_id": None,
        "role": "end-user",
        "active": True,
        "created_at": iso(contact.source.at),
    }


def _agent(brand: str, name: str | None, identity: int) -> Json:
    shown = name or "Answer Bot"
    address = f"{shown.lower().replace(' ', '.')}@{brand_host(brand)}"
    return {
        "id": identity,
        "name": shown,
        "email": address,
        "phone": None,
        "external_id": None,
        "role": "agent",
        "active": True,
        "created_at": iso(datetime(2025, 1, 7, 9, tzinfo=TAKEN_AT.tzinfo)),
    }


def _group_names(contacts: Sequence[Contact]) -> list[str]:
    return sorted({"frontline", *(h.to for c in contacts for h in c.source.handovers)})


def _brand(name: str) -> Json:
    return {
        "active": True,
        "id": number(f"brand {name}", 12),
        "name": name,
        "subdomain": name.replace("_", ""),
    }


def _merge_source(contacts: Sequence[Contact]) -> Contact | None:
    """Choose the mail that the tuning split holds twice: a customer pressed send again."""
    mails = [c for c in contacts if c.source.channel == "email" and "-t" in c.customer.key]
    return mails[0] if mails else None


def _merged_id(contact: Contact) -> int:
    return number(f"ticket {contact.key} again", 7)


def _merged_ticket(contact: Contact) -> Json:
    sent, closed = _merge_times(contact)
    return _ticket(contact) | {
        "assignee_id": None,
        "created_at": iso(sent),
        "generated_timestamp": epoch(closed),
        "group_id": group_id("frontline"),
        "id": _merged_id(contact),
        "priority": "normal",
        "satisfaction_rating": {"score": "unoffered"},
        "status": "closed",
        "tags": ["closed_by_merge"],
        "updated_at": iso(closed),
        "url": f"https://support.example/api/v2/tickets/{_merged_id(contact)}.json",
    }


def _merged_comments(contact: Contact) -> list[Json]:
    sent, closed = _merge_times(contact)
    first = next(comments(contact))
    note = f"This request was closed and merged into request #{ticket_id(contact)}."
    identity = _merged_id(contact)
    again = {"created_at": iso(sent), "id": first["id"] + 900, "ticket_id": identity}
    closing = {
        "author_id": SYSTEM_USER,
        "body": note,
        "created_at": iso(closed),
        "html_body": f'<div class="zd-comment" dir="auto"><p>{note}</p></div>',
        "id": first["id"] + 901,
        "plain_body": note,
        "public": False,
        "via": {"channel": "web", "source": {"from": {}, "rel": "merge", "to": {}}},
    }
    return [first | again, first | again | closing]


def _merge_times(contact: Contact) -> tuple[datetime, datetime]:
    return contact.source.at + timedelta(minutes=4), contact.source.at + timedelta(minutes=50)
