"""One Intercom conversation. Its first message stands apart from its parts."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from domain.conversation import Channel, Role
from domain.identity import Identifier, IdentifierKind
from ingest.adapters.escalation import tag_escalates
from ingest.adapters.intercom_history import handovers, statuses
from ingest.build import RecordError, conversation, turn
from ingest.clean.message import Message, clean_message
from ingest.context import Context
from ingest.fields import flat, identifier_pairs, identifiers, mapping, objects, short, text
from ingest.outcome import Outcome, Repair, Tally

CHANNELS: Mapping[str, Channel] = {
    "email": Channel.EMAIL,
    "facebook": Channel.SOCIAL,
    "instagram": Channel.SOCIAL,
    "twitter": Channel.SOCIAL,
    "phone_call": Channel.CALL,
    "phone_switch": Channel.CALL,
}
ROLES: Mapping[str, Role] = {
    "user": Role.CUSTOMER,
    "lead": Role.CUSTOMER,
    "contact": Role.CUSTOMER,
    "visitor": Role.CUSTOMER,
    "admin": Role.AGENT,
    "team": Role.AGENT,
    "bot": Role.BOT,
}
MESSAGES = frozenset({
    "comment", "close", "open", "assignment", "assign_and_reopen", "open_and_assign", "quick_reply",
    "note", "note_and_reopen", "conversation_part",
})  # fmt: skip
"""Kinds of part whose body somebody wrote; all others are notices of the system."""


def one(value: dict[str, Any], where: str, names: Mapping[str, str], context: Context) -> Outcome:
    """Read one conversation.

    Parameters
    ----------
    value : dict
        As the endpoint for a single conversation gives it; one of a list has no parts.
    where : str
        Place of the record, for the report.
    names : mapping of str to str
        Names of teams and admins by id.
    context : Context
        The import.
    """
    identity = short(value.get("id"), 256)
    if identity is None:
        raise RecordError("id", "is missing")
    tally = Tally()
    source = mapping(value.get("source"))
    channel = CHANNELS.get(str(source.get("type")), context.options.channel or Channel.CHAT)
    started = context.clock.read(value.get("created_at"), tally)
    parts = list(_parts(value, context, tally))
    history = statuses(value, started, parts, context, tally)
    contacts = _contacts(value)
    attributes = mapping(value.get("custom_attributes"))
    data = {
        "source": "intercom",
        "source_id": identity,
        "channel": channel,
        "started_at": started,
        "ended_at": history[-1]["at"] if history[-1]["status"].done else None,
        "subject": short(value.get("title"), 1_000) or short(source.get("subject"), 1_000),
        "turns": _turns(value, started, parts, channel, tally),
        "identifiers": _who(contacts, source, attributes, context, tally),
        "customer_name": _name(contacts, source),
        "brand": short(attributes.get("Brand") or attributes.get("brand"), 128),
        "status_history": history,
        "handovers": handovers(value, parts, names, context, tally),
        "ratings": _ratings(value, started, context, tally),
        "metadata": _metadata(value, attributes),
    }
    return conversation(where, data, tally, context)


def _parts(
    value: dict[str, Any], context: Context, tally: Tally
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Give the parts with their times. Redacted ones are gone and counted."""
    held = mapping(value.get("conversation_parts"))
    parts = objects(held.get("conversation_parts"))
    total = held.get("total_count")
    if isinstance(total, int) and total > len(parts):
        tally[Repair.INCOMPLETE] += 1
    for part in parts:
        moment = context.clock.maybe(part.get("created_at"), tally)
        if part.get("redacted"):
            tally[Repair.INCOMPLETE] += 1
        elif moment is not None:
            yield moment, part


def _turns(
    value: dict[str, Any],
    started: datetime,
    parts: list[tuple[datetime, dict[str, Any]]],
    channel: Channel,
    tally: Tally,
) -> list[dict[str, Any]]:
    source = mapping(value.get("source"))
    first = {**source, "id": f"source-{text(source.get('id')) or value.get('id')}"}
    # Of messages on X, Intercom gives a notice of its own in place of what was said.
    notice = source.get("type") == "twitter"
    turns = [_turn(started, first, channel, tally, notice=notice)] if source.get("body") else []
    for moment, part in parts:
        if part.get("body"):
            known = str(part.get("part_type")) in MESSAGES
            turns.append(_turn(moment, part, channel, tally, notice=notice or not known))
    return turns


def _turn(
    at: datetime, part: dict[str, Any], channel: Channel, tally: Tally, *, notice: bool
) -> dict[str, Any]:
    author = mapping(part.get("author"))
    role = Role.SYSTEM if notice else _role(author)
    subject = text(part.get("subject"))
    message = clean_message(str(part["body"]), channel, role, tally, subject and _plain(subject))
    internal = "note" in str(part.get("part_type"))
    return turn(
        role,
        message,
        tally,
        at=at,
        source_id=short(part.get("id"), 256),
        author=short(author.get("name"), 256),
        internal=internal,
    )


def _role(author: dict[str, Any]) -> Role:
    """Tell who an author is. Operator is the bot in whose name Intercom itself speaks."""
    if author.get("type") == "bot" and author.get("name") == "Operator":
        return Role.SYSTEM
    return ROLES.get(str(author.get("type")), Role.SYSTEM)


def _plain(subject: str) -> str:
    message: Message = clean_message(subject, Channel.CHAT, Role.SYSTEM, Tally())
    return message.text


def _contacts(value: dict[str, Any]) -> list[dict[str, Any]]:
    return objects(mapping(value.get("contacts")).get("contacts"))


def _who(
    contacts: list[dict[str, Any]],
    source: dict[str, Any],
    attributes: dict[str, Any],
    context: Context,
    tally: Tally,
) -> tuple[Identifier, ...]:
    extra = context.options.identifier_fields
    pairs: list[tuple[IdentifierKind, object]] = []
    for contact in contacts[:1]:
        # Intercom makes up the external id of a lead: it is a session, not an account.
        lead = contact.get("role") == "lead"
        external = IdentifierKind.ANONYMOUS if lead else IdentifierKind.ACCOUNT
        identity = text(contact.get("id"))
        pairs += [
            (IdentifierKind.EMAIL, contact.get("email")),
            (IdentifierKind.PHONE, contact.get("phone")),
            (external, contact.get("external_id")),
            (IdentifierKind.USER, identity and f"intercom/{identity}"),
        ]
        pairs += identifier_pairs(mapping(contact.get("custom_attributes")), extra)
    author = mapping(source.get("author"))
    if ROLES.get(str(author.get("type"))) is Role.CUSTOMER:
        pairs.append((IdentifierKind.EMAIL, author.get("email")))
    return identifiers([*pairs, *identifier_pairs(attributes, extra)], tally)


def _name(contacts: list[dict[str, Any]], source: dict[str, Any]) -> str | None:
    author = mapping(source.get("author"))
    named = author.get("name") if ROLES.get(str(author.get("type"))) is Role.CUSTOMER else None
    return short(next((c.get("name") for c in contacts if c.get("name")), named), 256)


def _ratings(
    value: dict[str, Any], started: datetime, context: Context, tally: Tally
) -> list[dict[str, Any]]:
    rating = mapping(value.get("conversation_rating"))
    score = rating.get("rating")
    if not isinstance(score, int | float) or not 1 <= score <= 5:
        return []  # offered, but not answered
    at = context.clock.maybe(rating.get("created_at"), tally)
    at = at or context.clock.maybe(value.get("updated_at"), tally) or started
    return [{"at": at, "score": score, "comment": text(rating.get("remark"))}]


def _metadata(value: dict[str, Any], attributes: dict[str, Any]) -> dict[str, str]:
    tags = [text(tag.get("name")) for tag in objects(mapping(value.get("tags")).get("tags"))]
    topics = [text(t.get("name")) for t in objects(mapping(value.get("topics")).get("topics"))]
    source = mapping(value.get("source"))
    found = {
        "tags": tags,
        "topics": topics,
        "state": value.get("state"),
        "priority": value.get("priority"),
        "delivered_as": source.get("delivered_as"),
        "attribute": attributes,
        "metric": {k: v for k, v in mapping(value.get("statistics")).items() if k != "type"},
    }
    if any(tag and tag_escalates(tag) for tag in tags):
        found["escalated"] = True
    return flat("", found)
