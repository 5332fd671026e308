"""What was said in a Zendesk ticket."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from domain.conversation import Channel, Role
from ingest.build import turn
from ingest.clean.message import clean_message
from ingest.context import Context
from ingest.fields import mapping, objects, short, text
from ingest.outcome import Repair, Tally

SYSTEM_VIA = frozenset(
    {"rule", "system", "system_merge", "automation", "trigger", "side_conversation"}
)
SYSTEM_RELS = frozenset({"merge", "trigger", "automation", "macro_reference_applied"})
BOT_VIA = frozenset(
    {"answer_bot_api", "answer_bot", "answer_bot_for_web_widget", "answer_bot_for_agents"}
)
_BOT_NAME = re.compile(r"\b(?:answer ?bot|bot|virtual assistant)\b", re.IGNORECASE)


class People(Protocol):
    """Knows users by their ids."""

    def record(self, kind: str, identity: object) -> dict[str, Any]:
        """Give a user, or an empty object."""


Audits = Sequence[tuple[datetime, dict[str, Any]]]


def turns(
    ticket: dict[str, Any],
    comments: Sequence[Any],
    audits: Audits,
    channel: Channel,
    people: People,
    context: Context,
    tally: Tally,
) -> list[dict[str, Any]]:
    """Give the turns of a ticket.

    The description is the first comment: it is a turn only where no comment is at hand.

    Parameters
    ----------
    ticket : dict
        The ticket.
    comments : sequence of dict
        Its comments, each once.
    audits : sequence of (datetime, dict)
        Its audits; they hold the history of a chat.
    channel : Channel
        Of the ticket.
    people : People
        Tells whether an author is an agent.
    context : Context
        The import.
    tally : Counter
        Takes what was cleaned.
    """
    made = [
        _comment(comment, ticket, channel, people, context, tally)
        for comment in objects(list(comments))
    ]
    made += _chat(audits, context, tally)
    if not made and text(ticket.get("description")):
        author = ticket.get("submitter_id") or ticket.get("requester_id")
        first = {
            "id": f"description-{ticket.get('id')}",
            "author_id": author,
            "created_at": ticket.get("created_at"),
            "body": ticket["description"],
        }
        tally[Repair.INCOMPLETE] += 1
        made = [_comment(first, ticket, channel, people, context, tally)]
    return sorted(made, key=lambda made_turn: str(made_turn["at"] or ""))


def _comment(
    comment: dict[str, Any],
    ticket: dict[str, Any],
    channel: Channel,
    people: People,
    context: Context,
    tally: Tally,
) -> dict[str, Any]:
    author = comment.get("author_id")
    person = people.record("user", author)
    role = role_of(comment, person, ticket)
    subject = text(ticket.get("subject")) if role is Role.CUSTOMER else None
    message = clean_message(_body(comment), channel, role, tally, subject)
    return turn(
        role,
        message,
        tally,
        at=context.clock.maybe(comment.get("created_at"), tally),
        source_id=short(comment.get("id"), 256),
        author=short(person.get("name"), 256),
        internal=comment.get("public") is False,
    )


def role_of(
    comment: Mapping[str, Any], person: Mapping[str, Any], ticket: Mapping[str, Any]
) -> Role:
    """Tell who wrote a comment.

    By the way it came in (rules, merges and bots have their own), then by whether the
    author is the requester, then by the author's role; who is not known and not the
    requester works for the company.
    """
    via = mapping(comment.get("via"))
    channel, rel = str(via.get("channel")), str(mapping(via.get("source")).get("rel"))
    author = text(comment.get("author_id"))
    if channel in BOT_VIA or _BOT_NAME.search(str(person.get("name") or "")):
        return Role.BOT
    if author == "-1" or channel in SYSTEM_VIA or rel in SYSTEM_RELS:
        return Role.SYSTEM
    if author is None or author == text(ticket.get("requester_id")):
        return Role.CUSTOMER
    return Role.CUSTOMER if person.get("role") == "end-user" else Role.AGENT


def _body(comment: dict[str, Any]) -> str:
    """Give what was written: HTML first, which marks quotations; a call's transcription."""
    spoken = text(mapping(comment.get("data")).get("transcription_text"))
    names = ("html_body", "body", "plain_body")
    return spoken or next((str(comment[n]) for n in names if text(comment.get(n))), "")


def _chat(audits: Audits, context: Context, tally: Tally) -> list[dict[str, Any]]:
    """Give the messages of a chat, which stand in the audit that began or ended it."""
    made = []
    read: Callable[[object, Tally], datetime | None] = context.clock.maybe
    for at, audit in audits:
        for event in objects(audit.get("events")):
            history = objects(mapping(event.get("value")).get("history"))
            for number, message in enumerate(history):
                if message.get("type") == "ChatMessage":
                    moment = read(message.get("timestamp"), tally) or at
                    known = f"{audit.get('id')}-{message.get('chat_index', number)}"
                    made.append(_chat_message(message, moment, known, tally))
    return made


def _chat_message(
    message: dict[str, Any], at: datetime, known: str, tally: Tally
) -> dict[str, Any]:
    actor = str(message.get("actor_type"))
    name = str(message.get("actor_name") or "")
    role = {"agent": Role.AGENT, "end-user": Role.CUSTOMER}.get(actor, Role.SYSTEM)
    if _BOT_NAME.search(name):
        role = Role.BOT
    clean = clean_message(str(message.get("message") or ""), Channel.CHAT, role, tally)
    return turn(role, clean, tally, at=at, source_id=known[:256], author=short(name, 256))
