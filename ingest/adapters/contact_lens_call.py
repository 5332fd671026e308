"""One contact of Amazon Connect: analysis, contact record and sidecar as a conversation."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from domain.conversation import Channel, Role, Status
from domain.identity import Identifier, IdentifierKind
from ingest.adapters.escalation import target_escalates
from ingest.build import RecordError, conversation, turn
from ingest.calls import stamp_in
from ingest.clean.message import Message, clean_message
from ingest.context import Context
from ingest.fields import flat, identifier_pairs, identifiers, mapping, objects, short, snake, text
from ingest.files import SourceFile
from ingest.outcome import Outcome, Repair, Tally
from ingest.sidecar import Sidecar, sidecar_of

ROLES: Mapping[str, Role] = {
    "CUSTOMER": Role.CUSTOMER,
    "AGENT": Role.AGENT,
    "SUPERVISOR": Role.AGENT,
    "SYSTEM": Role.SYSTEM,
    "CUSTOM_BOT": Role.BOT,
    "BOT": Role.BOT,
}
CHANNELS: Mapping[str, Channel] = {
    "VOICE": Channel.CALL,
    "CHAT": Channel.CHAT,
    "EMAIL": Channel.EMAIL,
    "TASK": Channel.FORM,
}
_ENDPOINTS: Mapping[str, IdentifierKind] = {
    "TELEPHONE_NUMBER": IdentifierKind.PHONE,
    "VOIP": IdentifierKind.PHONE,
    "EMAIL_ADDRESS": IdentifierKind.EMAIL,
}


def one(
    file: SourceFile,
    contact: str,
    document: dict[str, Any],
    record: dict[str, Any],
    body: str | None,
    context: Context,
) -> Outcome:
    """Build the conversation of one contact.

    Parameters
    ----------
    file : SourceFile
        The analysis file.
    contact : str
        Id of the contact.
    document : dict
        The analysis.
    record : dict
        The contact record; empty where there is none.
    body : str or None
        Text of an e-mail contact.
    context : Context
        The import.

    Raises
    ------
    RecordError
        If neither record, file name, sidecar nor options tell when it began.
    """
    tally = Tally()
    beside = sidecar_of(file)
    channel = _channel(document, record, context)
    given = beside.fields(context, tally)
    started = given.get("started_at") or _start(file, record, context, tally)
    attributes = {snake(str(k)): v for k, v in mapping(record.get("Attributes")).items()}
    spoken = _turns(document, started, channel, context, tally)
    if body is not None:
        message = clean_message(body, channel, Role.CUSTOMER, tally)
        spoken = [turn(Role.CUSTOMER, message, tally, at=started, source_id=f"{contact}-body")]
    elif not spoken:
        tally[Repair.INCOMPLETE] += 1
    data: dict[str, Any] = {
        "source": "contact_lens",
        "source_id": contact,
        "channel": channel,
        "started_at": started,
        "ended_at": _end(document, record, started, context, tally),
        "turns": spoken,
        "identifiers": _who(record, attributes, beside, context, tally),
        "customer_name": short(attributes.get("customer_name"), 256),
        "brand": short(attributes.get("brand"), 128),
        "language": short(document.get("LanguageCode"), 16),
        "status_history": _statuses(attributes, started, context, tally),
        "handovers": _handovers(record, attributes, context, tally),
        "ratings": _ratings(attributes, context, tally),
        "metadata": _metadata(document, record, attributes),
    }
    for name, value in given.items():
        if value not in ((), [], {}) and name != "identifiers":
            data[name] = {**data["metadata"], **value} if name == "metadata" else value
    return conversation(file.name, data, tally, context)


def _channel(document: dict[str, Any], record: dict[str, Any], context: Context) -> Channel:
    if str(document.get("Version")).startswith("EMAIL"):
        return Channel.EMAIL
    name = str(document.get("Channel") or record.get("Channel") or "").upper()
    return CHANNELS.get(name) or context.options.channel or Channel.CALL


def _start(file: SourceFile, record: dict[str, Any], context: Context, tally: Tally) -> datetime:
    """Tell when it began: offsets in the analysis are relative, so it stands elsewhere."""
    if text(record.get("InitiationTimestamp")):
        return context.clock.read(record["InitiationTimestamp"], tally)
    named = stamp_in(file.stem.rpartition("_analysis_")[2], context, tally)
    found = named or context.options.started_at
    if found is None:
        raise RecordError(
            "started_at",
            "the contact's start is not known; keep the name <contactId>_analysis_<time>.json, "
            f"add its contact record, or give it in {file.stem}.meta.json",
        )
    return context.clock.read(found, tally)


def _end(
    document: dict[str, Any],
    record: dict[str, Any],
    started: datetime,
    context: Context,
    tally: Tally,
) -> datetime | None:
    ended = context.clock.maybe(record.get("DisconnectTimestamp"), tally)
    length = mapping(document.get("ConversationCharacteristics")).get(
        "TotalConversationDurationMillis"
    )
    if ended is None and isinstance(length, int | float) and 0 <= length < 1e10:
        ended = started + timedelta(milliseconds=length)
    return ended


def _turns(
    document: dict[str, Any], started: datetime, channel: Channel, context: Context, tally: Tally
) -> list[dict[str, Any]]:
    roles = {
        text(p.get("ParticipantId")): ROLES.get(str(p.get("ParticipantRole")), Role.SYSTEM)
        for p in objects(document.get("Participants"))
    }
    made = []
    for segment in objects(document.get("Transcript")):
        participant = text(segment.get("ParticipantId")) or ""
        # The id is a UUID, or the role itself where the file lists no participants.
        role = roles.get(participant) or ROLES.get(participant, Role.SYSTEM)
        made.append(_segment(segment, role, started, channel, context, tally))
    spans = [(m["start_ms"], m["end_ms"]) for m in made if m.get("start_ms") is not None]
    tally[Repair.OVERLAP] += sum(1 for left, right in pairwise(spans) if right[0] < (left[1] or 0))
    return made


def _segment(
    segment: dict[str, Any],
    role: Role,
    started: datetime,
    channel: Channel,
    context: Context,
    tally: Tally,
) -> dict[str, Any]:
    content = text(segment.get("Content")) or ""
    markup = "html" in str(segment.get("ContentType"))
    message = clean_message(content, channel, role, tally) if markup else Message(content, ())
    begin, end = _ms(segment.get("BeginOffsetMillis")), _ms(segment.get("EndOffsetMillis"))
    at = context.clock.maybe(segment.get("AbsoluteTime"), tally)
    if at is None and begin is not None:
        at = started + timedelta(milliseconds=begin)
    made = turn(role, message, tally, at=at, source_id=short(segment.get("Id"), 256))
    return made | {"start_ms": begin, "end_ms": end}


def _ms(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and 0 <= value < 1e10 else None


def _who(
    record: dict[str, Any],
    attributes: dict[str, Any],
    beside: Sidecar,
    context: Context,
    tally: Tally,
) -> tuple[Identifier, ...]:
    endpoint = mapping(record.get("CustomerEndpoint"))
    kind = _ENDPOINTS.get(str(endpoint.get("Type")))
    pairs: list[tuple[IdentifierKind, object]] = [(i.kind, i.value) for i in beside.identifiers]
    if kind is not None:
        pairs.append((kind, endpoint.get("Address")))
    pairs += identifier_pairs(attributes, context.options.identifier_fields)
    return identifiers(pairs, tally)


def _statuses(
    attributes: dict[str, Any], started: datetime, context: Context, tally: Tally
) -> list[dict[str, Any]]:
    """Give the status of the case behind a call, where a contact attribute holds it."""
    known = {status.value: status for status in Status}
    status = known.get(str(attributes.get("case_status")))
    if status is None:
        return []
    at = context.clock.maybe(attributes.get("case_status_at"), tally)
    history = [{"status": Status.OPEN, "at": started}]
    if status is not Status.OPEN and at is not None:
        history.append({"status": status, "at": max(at, started)})
    return history


def _handovers(
    record: dict[str, Any], attributes: dict[str, Any], context: Context, tally: Tally
) -> list[dict[str, Any]]:
    at = context.clock.maybe(record.get("TransferCompletedTimestamp"), tally)
    target = short(mapping(record.get("TransferredToEndpoint")).get("Address"), 256)
    if at is None:
        return []
    raised = attributes.get("escalated") in (True, "true", "True", "1", "yes")
    target = target or "transfer"
    return [{"at": at, "to": target, "escalation": raised or target_escalates(target)}]


def _ratings(attributes: dict[str, Any], context: Context, tally: Tally) -> list[dict[str, Any]]:
    try:
        score = float(str(attributes.get("survey_score")))
    except ValueError:
        return []
    at = context.clock.maybe(attributes.get("survey_at"), tally)
    if at is None or not 1 <= score <= 5:
        return []
    return [{"at": at, "score": score, "comment": text(attributes.get("survey_comment"))}]


def _metadata(
    document: dict[str, Any], record: dict[str, Any], attributes: dict[str, Any]
) -> dict[str, str]:
    """Keep what the vendor found as the vendor's: it is never mixed with our signals."""
    character = mapping(document.get("ConversationCharacteristics"))
    sentiment = mapping(character.get("Sentiment"))
    found = {
        "vendor": {
            "sentiment": mapping(sentiment.get("OverallSentiment")),
            "sentiment_by_quarter": _quarters(sentiment),
            "categories": mapping(document.get("Categories")).get("MatchedCategories"),
            "interruptions": mapping(character.get("Interruptions")).get("TotalCount"),
            "non_talk_ms": mapping(character.get("NonTalkTime")).get("TotalTimeMillis"),
            "talk_ms": mapping(character.get("TalkTime")).get("TotalTimeMillis"),
            "issues": _count(document, "IssuesDetected"),
            "outcomes": _count(document, "OutcomesDetected"),
            "action_items": _count(document, "ActionItemsDetected"),
            "job_status": document.get("JobStatus"),
        },
        "output": mapping(document.get("ContentMetadata")).get("Output"),
        "queue": mapping(record.get("Queue")).get("Name"),
        "disconnect_reason": record.get("DisconnectReason"),
        "initiation_method": record.get("InitiationMethod"),
        "previous_contact": record.get("PreviousContactId"),
        "initial_contact": record.get("InitialContactId"),
        "attribute": {k: v for k, v in attributes.items() if k not in _TAKEN},
    }
    return flat("", found)


_TAKEN = frozenset({
    "account_number", "email", "device_id", "brand", "customer_name", "case_status",
    "case_status_at", "survey_score", "survey_comment", "survey_at",
})  # fmt: skip


def _quarters(sentiment: dict[str, Any]) -> dict[str, str]:
    quarters = mapping(mapping(sentiment.get("SentimentByPeriod")).get("QUARTER"))
    return {
        role: ",".join(str(row.get("Score")) for row in objects(rows))
        for role, rows in quarters.items()
    }


def _count(document: dict[str, Any], name: str) -> int | None:
    found: Sequence[dict[str, Any]] = objects(document.get("Transcript"))
    return sum(len(objects(segment.get(name))) for segment in found) or None
