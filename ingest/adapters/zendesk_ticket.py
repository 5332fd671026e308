"""One Zendesk ticket with all that belongs to it, as a conversation."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.conversation import Channel
from domain.identity import Identifier, IdentifierKind
from ingest.adapters.zendesk_history import history
from ingest.adapters.zendesk_ratings import ratings
from ingest.adapters.zendesk_turns import turns
from ingest.build import RecordError, conversation
from ingest.context import Context
from ingest.fields import flat, identifier_pairs, identifiers, mapping, objects, short, text
from ingest.outcome import Outcome, Rejection, Tally
from ingest.spool import Spool

_CHANNELS = {
    Channel.EMAIL: "email",
    Channel.FORM: "web web_form help_center mobile mobile_sdk api",
    Channel.CHAT: "chat chat_transcript native_messaging messaging web_messaging sms whatsapp line "
    "telegram viber apple_business_chat answer_bot_api sunshine_conversations_api",
    Channel.CALL: "voice phone phone_call_inbound phone_call_outbound voicemail",
    Channel.SOCIAL: "twitter twitter_dm twitter_like facebook facebook_post facebook_message "
    "instagram_dm any_channel channel_integration",
}
CHANNELS = {name: channel for channel, names in _CHANNELS.items() for name in names.split()}


@dataclass
class Names:
    """People, groups and brands by their ids, read from the spool when they are needed."""

    spool: Spool
    _seen: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def record(self, kind: str, identity: object) -> dict[str, Any]:
        """Give a user, group, brand or field; an empty object where it is not known."""
        key = (kind, text(identity) or "")
        if key not in self._seen:
            if len(self._seen) > 10_000:
                self._seen.clear()
            self._seen[key] = self.spool.one(*key) if key[1] else {}
        return self._seen[key]

    def name(self, kind: str, identity: object) -> str | None:
        """Give the name of one."""
        return short(self.record(kind, identity).get("name"), 256)


def one(
    key: str, ticket: dict[str, Any], where: str, spool: Spool, names: Names, context: Context
) -> Outcome:
    """Build the conversation of one ticket.

    Deleted and merged tickets are no contacts of their own and are left out.

    Parameters
    ----------
    key : str
        Id of the ticket.
    ticket : dict
        The ticket itself.
    where : str
        Place of the record, for the report.
    spool : Spool
        Holds comments, audits, metrics and ratings.
    names : Names
        People, groups and brands.
    context : Context
        The import.
    """
    tags = [t for t in (text(tag) for tag in ticket.get("tags") or []) if t]
    if ticket.get("status") == "deleted":
        return Rejection(where, None, "the ticket was deleted", skipped=True)
    if "closed_by_merge" in tags:
        reason = "the ticket was merged into another one, so it is no contact of its own"
        return Rejection(where, None, reason, skipped=True)
    if text(ticket.get("created_at")) is None:
        raise RecordError("created_at", "is missing")
    tally = Tally()
    started = context.clock.read(ticket["created_at"], tally)
    audits = _timed(spool.of("audit", key), context, tally)
    metric = spool.one("metric", key)
    channel = _channel(ticket, context)
    statuses, handovers = history(ticket, started, audits, metric, names.name, context.clock, tally)
    data = {
        "source": "zendesk",
        "source_id": key,
        "channel": channel,
        "started_at": started,
        "ended_at": statuses[-1]["at"] if statuses and statuses[-1]["status"].done else None,
        "subject": _subject(ticket),
        "turns": turns(ticket, spool.of("comment", key), audits, channel, names, context, tally),
        "identifiers": _who(ticket, names, context, tally),
        "customer_name": _customer(ticket, names),
        "brand": names.name("brand", ticket.get("brand_id")),
        "status_history": statuses,
        "handovers": handovers,
        "ratings": ratings(
            ticket, audits, spool.of("rating", key), spool.of("survey", key), context.clock, tally
        ),
        "metadata": _metadata(ticket, metric, tags, names),
    }
    return conversation(where, data, tally, context)


def _timed(
    audits: list[Any], context: Context, tally: Tally
) -> list[tuple[datetime, dict[str, Any]]]:
    """Give audits with their times, in order."""
    timed = [(context.clock.maybe(a.get("created_at"), tally), a) for a in objects(audits)]
    return sorted(((at, a) for at, a in timed if at is not None), key=lambda pair: pair[0])


def _channel(ticket: dict[str, Any], context: Context) -> Channel:
    name = text(mapping(ticket.get("via")).get("channel")) or ""
    return CHANNELS.get(name) or context.options.channel or Channel.EMAIL


def _subject(ticket: dict[str, Any]) -> str | None:
    """Give the subject; a placeholder of dynamic content is none."""
    found = (short(ticket.get(name), 1_000) for name in ("subject", "raw_subject"))
    return next((s for s in found if s and not s.startswith("{{")), None)


def _source(ticket: dict[str, Any]) -> dict[str, Any]:
    """Give the sender as the mail itself names him, if the ticket came from the requester."""
    if ticket.get("submitter_id", ticket.get("requester_id")) != ticket.get("requester_id"):
        return {}
    return mapping(mapping(mapping(ticket.get("via")).get("source")).get("from"))


def _who(
    ticket: dict[str, Any], names: Names, context: Context, tally: Tally
) -> tuple[Identifier, ...]:
    extra = context.options.identifier_fields
    user = names.record("user", ticket.get("requester_id"))
    sender = _source(ticket)
    identity = text(ticket.get("requester_id"))
    pairs: list[tuple[IdentifierKind, object]] = [
        (IdentifierKind.EMAIL, user.get("email")),
        (
            IdentifierKind.EMAIL,
            sender.get("address") if "@" in str(sender.get("address")) else None,
        ),
        (IdentifierKind.PHONE, user.get("phone")),
        (IdentifierKind.PHONE, sender.get("phone")),
        (IdentifierKind.ACCOUNT, user.get("external_id")),
        (IdentifierKind.USER, identity and f"zendesk/{identity}"),
    ]
    pairs += identifier_pairs(mapping(user.get("user_fields")), extra)
    for custom in objects(ticket.get("custom_fields")):
        known = text(custom.get("id")) or ""
        title = text(names.record("field", known).get("title")) or known
        pairs += identifier_pairs({known: custom.get("value"), title: custom.get("value")}, extra)
    return identifiers(pairs, tally)


def _customer(ticket: dict[str, Any], names: Names) -> str | None:
    known = names.name("user", ticket.get("requester_id"))
    return known or short(_source(ticket).get("name"), 256)


def _metadata(
    ticket: dict[str, Any], metric: dict[str, Any], tags: list[str], names: Names
) -> dict[str, str]:
    via = mapping(mapping(ticket.get("via")).get("source"))
    follows = mapping(via.get("from")).get("ticket_id") if via.get("rel") == "follow_up" else None
    fields = {
        text(names.record("field", custom.get("id")).get("title")) or str(custom.get("id")): value
        for custom in objects(ticket.get("custom_fields"))
        if (value := custom.get("value")) not in (None, "", [], False)
    }
    kept = ("priority", "type", "custom_status_id", "organization_id", "problem_id", "external_id")
    dropped = ("id", "ticket_id", "url", "created_at", "updated_at")
    return flat(
        "",
        {
            **{name: ticket.get(name) for name in kept},
            "tags": tags,
            "group": names.name("group", ticket.get("group_id")),
            "assignee": names.name("user", ticket.get("assignee_id")),
            "follow_up_of": follows and f"zendesk:{follows}",
            "csat": mapping(ticket.get("satisfaction_rating")).get("score"),
            "field": fields,
            "metric": {k: v for k, v in metric.items() if k not in dropped},
        },
    )
