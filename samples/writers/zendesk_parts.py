"""Zendesk's ids, channels and comments."""

from collections.abc import Iterator

from domain.conversation import Role
from domain.identity import IdentifierKind
from samples.contact import Contact
from samples.ids import Json, brand_host, iso, number, source_id
from samples.source_format import SourceTurn
from samples.writers.markup import mail, paragraphs

SYSTEM_USER = -1
"""The author of what Zendesk does by itself."""

LONG_MAIL = 280
CHANNELS = {"email": "email", "form": "web", "social": "facebook", "chat": "chat", "call": "voice"}
KEYS = (IdentifierKind.EMAIL, IdentifierKind.ACCOUNT, IdentifierKind.PHONE)


def ticket_id(contact: Contact) -> int:
    """Give the number of the ticket."""
    return int(source_id("zendesk", contact.key))


def group_id(name: str) -> int:
    """Give the number of a group of agents."""
    return number(f"group {name}", 12)


def customer_id(contact: Contact) -> int:
    """Give the user that a ticket's requester is: one a customer and mail address.

    Raises
    ------
    ValueError
        If the contact shows nothing that a Zendesk user can hold.
    """
    shown = (contact.source.shown(kind) for kind in KEYS)
    first = next((value for value in shown if value is not None), None)
    if first is None or any(i.kind not in KEYS for i in contact.source.shows):
        raise ValueError(f"{contact.key}: a Zendesk user holds email, account and phone only")
    return number(f"user {contact.customer.key} {first}", 12)


def author_id(contact: Contact, turn: SourceTurn) -> int:
    """Give the user who wrote a turn."""
    if turn.role is Role.CUSTOMER:
        return customer_id(contact)
    if turn.role is Role.SYSTEM:
        return SYSTEM_USER
    return number(f"agent {contact.brand} {turn.role} {turn.name}", 12)


def via(contact: Contact, turn: SourceTurn) -> Json:
    """Say how a turn came in."""
    if turn.role is Role.SYSTEM:
        source: Json = {"from": {"id": 1, "title": "Notify requester"}, "rel": "trigger", "to": {}}
        return {"channel": "rule", "source": source}
    if turn.role is Role.BOT:
        return {"channel": "answer_bot_api", "source": {"from": {}, "rel": None, "to": {}}}
    if turn.role is Role.AGENT:
        return {"channel": "web", "source": {"from": {}, "rel": None, "to": {}}}
    channel = CHANNELS[contact.source.channel.value]
    ends: Json = {"from": {}, "rel": None, "to": {}}
    address = contact.source.shown(IdentifierKind.EMAIL)
    if channel == "email" and address:
        ends["from"] = {"address": address, "name": contact.customer.name}
        ends["to"] = {"address": f"support@{brand_host(contact.brand)}", "name": contact.brand}
    return {"channel": channel, "source": ends}


def comment_id(contact: Contact, position: int) -> int:
    """Give the id of a comment by its position in the ticket."""
    return number(f"comment {contact.key}", 11) * 1000 + position


def audit_id(contact: Contact, position: int) -> int:
    """Give the id of an audit; that of a comment has the comment's position."""
    return number(f"audit {contact.key}", 11) * 1000 + position


def comments(contact: Contact) -> Iterator[Json]:
    """Render the comments of a ticket; the first is its description."""
    for position, turn in enumerate(contact.source.turns):
        markup = mail(turn.text) if len(turn.text) > LONG_MAIL else paragraphs(turn.text)
        yield {
            "attachments": [],
            "audit_id": audit_id(contact, position),
            "author_id": author_id(contact, turn),
            "body": turn.text,
            "created_at": iso(contact.moment(turn.at)),
            "html_body": f'<div class="zd-comment" dir="auto">{markup}</div>',
            "id": comment_id(contact, position),
            "plain_body": turn.text.replace("\n\n", "\n&nbsp;\n"),
            "public": not turn.internal,
            "ticket_id": ticket_id(contact),
            "type": "Comment",
            "via": via(contact, turn),
        }
