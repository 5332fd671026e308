"""CSV of conversations: one row a turn, or one row a conversation."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from domain.conversation import Channel, Role, Status
from domain.identity import IdentifierKind
from ingest.adapters.tables import Row, header_of, rows
from ingest.build import RecordError, attempt, conversation, turn
from ingest.clean.message import clean_message
from ingest.context import Context
from ingest.fields import identifiers, short, snake
from ingest.files import SourceFile
from ingest.format import Format
from ingest.head import Head
from ingest.jsons import scrub
from ingest.outcome import Outcome, Rejection, Repair, Tally
from ingest.speakers import role_by_name
from ingest.spool import Spool

_USUAL: Mapping[str, tuple[str, ...]] = {
    "conversation_id": ("conversation", "ticket_id", "ticket", "case_id", "chat_id", "call_id",
                        "thread_id", "contact_id", "conversation_key"),
    "text": ("message", "body", "content", "utterance", "comment", "description", "transcript",
             "customer_message"),
    "reply": ("agent_reply", "agent_message", "response", "answer"),
    "at": ("created_at", "timestamp", "time", "sent_at", "date", "datetime", "turn_at"),
    "started_at": ("start", "start_time", "opened_at", "conversation_started_at"),
    "ended_at": ("end", "end_time", "closed_at", "resolved_at", "solved_at"),
    "role": ("speaker", "sender", "sender_type", "author_type", "participant", "direction"),
    "author": ("author_name", "sender_name", "from_name", "agent_name"),
    "turn_id": ("message_id", "comment_id", "utterance_id"),
    "channel": ("via", "medium"),
    "subject": ("title", "topic"),
    "status": ("state",),
    "rating": ("csat", "satisfaction", "score", "stars"),
    "rating_comment": ("csat_comment", "feedback"),
    "rating_at": ("csat_at",),
    "internal": ("private", "is_internal", "internal_note"),
    "visibility": (),
    "brand": ("company", "business_unit"),
    "language": ("lang", "locale"),
    "customer_name": ("customer", "name", "requester_name"),
    "status_history": (),
    "handovers": (),
    "email": ("customer_email", "e_mail", "email_address", "requester_email", "from_email"),
    "phone": ("customer_phone", "phone_number", "mobile", "caller", "caller_number"),
    "account": ("account_id", "account_number", "customer_id", "customer_number", "external_id",
                "user_id"),
    "user": (),
    "device": ("device_id",),
    "anonymous": ("anonymous_id", "visitor_id", "session_id"),
    "social": ("social_handle", "handle"),
}  # fmt: skip
ALIASES = {alias: name for name, others in _USUAL.items() for alias in (name, *others)}
REQUIRED = ("conversation_id", "text", "at")
_WORDS: Mapping[str, Role] = {
    **{role.value: role for role in Role},
    **dict.fromkeys(("in", "inbound", "incoming", "end-user", "visitor"), Role.CUSTOMER),
    **dict.fromkeys(("out", "outbound", "outgoing", "admin", "human", "staff"), Role.AGENT),
    "ai": Role.BOT,
}
_CHANNELS: Mapping[str, Channel] = {
    **{channel.value: channel for channel in Channel},
    "mail": Channel.EMAIL,
    "web": Channel.FORM,
    **dict.fromkeys(("phone", "voice"), Channel.CALL),
    **dict.fromkeys(("messaging", "whatsapp", "livechat"), Channel.CHAT),
    **dict.fromkeys(("twitter", "facebook", "instagram"), Channel.SOCIAL),
}
_TRUE = frozenset({"true", "1", "yes", "y", "internal", "private", "ja", "oui", "sí", "x"})
_DONE = {"resolved": Status.SOLVED, "done": Status.SOLVED, "waiting": Status.PENDING}


def _recognises(head: Head) -> bool:
    found = {ALIASES.get(snake(name)) for name in header_of(head.text)}
    named = head.name.endswith((".csv", ".tsv"))
    return len(found & {*REQUIRED, "role"}) >= (2 if named else 3) and "text" in found


def _read(files: Sequence[SourceFile], context: Context) -> Iterator[Outcome]:
    for file in files:
        try:
            with Spool() as spool:
                yield from _fill(spool, file, context)
                yield from _conversations(spool, file, context)
        except RecordError as error:
            yield Rejection(f"{file.name}:1", error.field, error.reason)


def _fill(spool: Spool, file: SourceFile, context: Context) -> Iterator[Rejection]:
    """Gather the rows of each conversation, wherever in the file they stand."""
    count = 0
    for row in rows(file, context, ALIASES, REQUIRED):
        if isinstance(row, Rejection):
            yield row
            continue
        key = row.fields.get("conversation_id", "").strip()
        if not key:
            yield Rejection(f"{file.name}:{row.line}", "conversation_id", "is empty")
            continue
        count += 1
        body = [row.line, dict(row.fields), dict(row.rest), dict(row.tally)]
        spool.put("row", key, f"{count:012d}", body)
        spool.put("first", key, "", count)


def _conversations(spool: Spool, file: SourceFile, context: Context) -> Iterator[Outcome]:
    for key, _, _, _ in spool.each("first"):
        read = [Row(b[0], b[1], b[2], Tally(b[3])) for b in spool.of("row", key)]
        where = f"{file.name}:{read[0].line}"
        good, bad = _sorted_out(read, file.name, context)
        yield from bad
        if good:
            yield attempt(where, "a row of conversations", _one, key, good, where, context)


def _sorted_out(
    read: Sequence[Row], name: str, context: Context
) -> tuple[list[tuple[Row, datetime]], list[Rejection]]:
    """Part rows whose time can be read from those whose time cannot."""
    good, bad = [], []
    for row in read:
        try:
            good.append((row, context.clock.read(row.fields.get("at"), row.tally)))
        except ValueError as error:
            bad.append(Rejection(f"{name}:{row.line}", "at", str(error)))
    return good, bad


def _one(key: str, read: Sequence[tuple[Row, datetime]], where: str, context: Context) -> Outcome:
    tally = Tally()
    for row, _ in read:
        tally.update(row.tally)
    fields = _latest([row.fields for row, _ in read])
    channel = _channel(fields.get("channel"), context)
    turns = [t for row, at in read for t in _turns(row, at, channel, tally)]
    started = context.clock.maybe(fields.get("started_at"), tally) or min(at for _, at in read)
    ended = context.clock.maybe(fields.get("ended_at"), tally)
    history = _history(fields, started, ended or max(at for _, at in read), context, tally)
    if ended is None and history and history[-1]["status"].done:
        ended = history[-1]["at"]
    kinds = [(kind, fields.get(kind.value)) for kind in IdentifierKind]
    extra = context.options.identifier_fields
    rest = _latest([row.rest for row, _ in read])
    kinds += [(extra[name], value) for name, value in rest.items() if name in extra]
    data = {
        "source": "csv",
        "source_id": key,
        "channel": channel,
        "started_at": started,
        "ended_at": ended,
        "turns": turns,
        "identifiers": identifiers(kinds, tally),
        **{name: short(fields.get(name), limit) for name, limit in _LIMITS.items()},
        "customer_name": short(fields.get("customer_name"), 256) or _customer(turns),
        "status_history": history,
        "handovers": _listed(fields.get("handovers"), "handovers", context, tally),
        "ratings": _ratings(fields, max(at for _, at in read), context, tally),
        "metadata": {snake(name): value[:1_000] for name, value in rest.items()},
    }
    return conversation(where, data, tally, context)


_LIMITS = {"subject": 1_000, "brand": 128, "language": 16}


def _customer(turns: Sequence[dict[str, Any]]) -> str | None:
    """Give the name under which the customer wrote."""
    return next((t["author"] for t in turns if t["role"] is Role.CUSTOMER and t["author"]), None)


def _latest(found: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Give each field's last value: what a conversation ended with."""
    return {name: value for fields in found for name, value in fields.items()}


def _channel(name: str | None, context: Context) -> Channel:
    return _CHANNELS.get(snake(name or "")) or context.options.channel or Channel.EMAIL


def _turns(row: Row, at: datetime, channel: Channel, tally: Tally) -> list[dict[str, Any]]:
    role = _role(row.fields, tally)
    mark = row.fields.get("internal") or row.fields.get("visibility") or ""
    made = []
    for name, speaker in (("text", role), ("reply", Role.AGENT)):
        if name == "reply" and name not in row.fields:
            continue
        message = clean_message(row.fields.get(name, ""), channel, speaker, tally)
        made.append(
            turn(
                speaker,
                message,
                tally,
                at=at,
                source_id=short(row.fields.get("turn_id"), 250) if name == "text" else None,
                author=short(row.fields.get("author"), 256) if name == "text" else None,
                internal=mark.strip().lower() in _TRUE,
            )
        )
    return made


def _role(fields: Mapping[str, str], tally: Tally) -> Role:
    word = fields.get("role", "").strip().lower()
    role = _WORDS.get(word) or role_by_name(word)
    if role is None:
        tally[Repair.SPEAKER] += bool(word)
        return Role.CUSTOMER
    return role


def _history(
    fields: Mapping[str, str], started: datetime, last: datetime, context: Context, tally: Tally
) -> list[dict[str, Any]]:
    """Give the history if a column holds it, else open and the status at the end."""
    listed = _listed(fields.get("status_history"), "status_history", context, tally)
    if listed:
        return listed
    word = snake(fields.get("status", ""))
    status = {s.value: s for s in Status}.get(word) or _DONE.get(word)
    if status is None:
        return []
    first = {"status": status if status is Status.NEW else Status.OPEN, "at": started}
    return (
        [first]
        if first["status"] is status
        else [first, {"status": status, "at": max(last, started)}]
    )


def _listed(value: str | None, field: str, context: Context, tally: Tally) -> list[dict[str, Any]]:
    """Read a column that holds a JSON list of objects with a time."""
    if not value:
        return []
    try:
        entries = scrub(orjson.loads(value))
        made = [{**entry, "at": context.clock.read(entry.get("at"), tally)} for entry in entries]
    except (ValueError, TypeError, AttributeError):
        raise RecordError(field, "is no JSON list of objects with a time in 'at'") from None
    for entry in made:
        if "status" in entry:
            entry["status"] = Status(entry["status"])
    return made


def _ratings(
    fields: Mapping[str, str], last: datetime, context: Context, tally: Tally
) -> list[dict[str, Any]]:
    word = fields.get("rating", "").strip().lower()
    try:
        score = {"good": 5.0, "bad": 1.0}.get(word) or float(word.replace(",", "."))
    except ValueError:
        return []
    if not 1 <= score <= 5:
        return []
    at = context.clock.maybe(fields.get("rating_at"), tally) or last
    return [{"at": at, "score": score, "comment": fields.get("rating_comment")}]


FORMAT = Format("csv", "CSV of conversations", _recognises, _read)
