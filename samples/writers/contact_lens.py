"""Amazon Contact Lens: one analysis file a call, and the contact records beside them.

The analysis file knows nobody's number; that stands in the contact record.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from domain.conversation import Role
from domain.identity import IdentifierKind
from samples.contact import Contact
from samples.ids import Json, as_json, as_lines, draw, iso, source_id, uuid_of
from samples.speech import Span, spans

SCORES = {"NEGATIVE": -3.6, "NEUTRAL": 0.0, "POSITIVE": 3.4}
ROLES = {Role.CUSTOMER: "CUSTOMER", Role.AGENT: "AGENT", Role.BOT: "SYSTEM", Role.SYSTEM: "SYSTEM"}
ACCOUNT_ID = "000000000000"
INSTANCE_ID = uuid_of("contact lens instance")
INSTANCE = f"arn:aws:connect:eu-west-2:{ACCOUNT_ID}:instance/{INSTANCE_ID}"


def files(contacts: Sequence[Contact]) -> Iterator[tuple[str, str]]:
    """Render calls as analysis files and one file of contact records."""
    for contact in contacts:
        # Colons, as Amazon writes them, cannot stand in a file name on every system.
        name = f"{_id(contact)}_analysis_{iso(contact.source.at).replace(':', '_')}.json"
        yield f"contact_lens/{name}", as_json(_analysis(contact))
    yield "contact_lens/contact_records.jsonl", as_lines(_record(c) for c in contacts)


def _id(contact: Contact) -> str:
    return source_id("contact_lens", contact.key)


def _participants(contact: Contact) -> dict[str, str]:
    """Map each voice to its participant id: a literal, or a UUID where a call has one."""
    voices = list(dict.fromkeys(turn.who for turn in contact.source.turns))
    agents = [who for who in voices if who.startswith("agent")]
    literal = len(agents) < 2 and draw(f"{contact.key} participants", 2) == 0
    if not literal:
        return {who: uuid_of(f"{contact.key} {who}") for who in voices}
    return {who: ROLES[Role(who.partition(":")[0])] for who in voices}


def _analysis(contact: Contact) -> Json:
    found = spans(contact)
    participants = _participants(contact)
    transcript = [_segment(contact, span, n, participants) for n, span in enumerate(found)]
    roles = {ROLES[Role(w.partition(":")[0])]: i for w, i in participants.items()}
    return {
        "Version": "VOICE-2022-11-30",
        "AccountId": ACCOUNT_ID,
        "Channel": "VOICE",
        "ContentMetadata": {"Output": "Raw"},
        "CustomerMetadata": {"ContactId": _id(contact), "InstanceId": INSTANCE_ID},
        "JobStatus": "COMPLETED",
        "LanguageCode": "en-GB",
        "Participants": [
            {"ParticipantId": known, "ParticipantRole": ROLES[Role(who.partition(":")[0])]}
            for who, known in participants.items()
        ],
        "Categories": {"MatchedCategories": [], "MatchedDetails": {}},
        "ConversationCharacteristics": {
            "TotalConversationDurationMillis": max(span.end_ms for span in found),
            "Sentiment": {
                "OverallSentiment": {
                    role: _mean([s for s in transcript if s["ParticipantId"] == known])
                    for role, known in roles.items()
                    if role != "SYSTEM"
                }
            },
            "Interruptions": {
                "InterruptionsByInterrupter": {},
                "TotalCount": 0,
                "TotalTimeMillis": 0,
            },
            "TalkTime": {"TotalTimeMillis": sum(s.end_ms - s.start_ms for s in found)},
        },
        "Transcript": transcript,
    }


def _segment(contact: Contact, span: Span, position: int, participants: dict[str, str]) -> Json:
    key = f"{contact.key} segment {position}"
    seconds = max(1, (span.end_ms - span.start_ms) // 1000)
    return {
        "Id": uuid_of(key),
        "ParticipantId": participants[span.turn.who],
        "BeginOffsetMillis": span.start_ms,
        "EndOffsetMillis": span.end_ms,
        "Content": span.turn.text,
        "Sentiment": _sentiment(contact, span, position),
        "LoudnessScore": [round(62 + draw(f"{key} {s}", 180) / 10, 2) for s in range(seconds)],
    }


def _sentiment(contact: Contact, span: Span, position: int) -> str:
    """Judge as a vendor might: short words neutral, two customer turns in three as the call."""
    mood = contact.source.sentiment.upper()
    short = len(span.turn.text.split()) < 6
    if span.turn.role is not Role.CUSTOMER or short:
        return "NEUTRAL"
    return mood if draw(f"{contact.key} mood {position}", 3) else "NEUTRAL"


def _mean(segments: Sequence[Json]) -> float:
    scores = [SCORES[segment["Sentiment"]] for segment in segments]
    return round(sum(scores) / len(scores), 1) if scores else 0.0


def _record(contact: Contact) -> Json:
    """Render the contact record, in which handovers are transfers."""
    source = contact.source
    end = source.at + timedelta(milliseconds=max(s.end_ms for s in spans(contact)))
    transfer = source.handovers[-1] if source.handovers else None
    phone = source.shown(IdentifierKind.PHONE)
    return {
        "AWSAccountId": ACCOUNT_ID,
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "Agent": {"Username": next((t.name for t in source.turns if t.name), None)},
        "Attributes": _attributes(contact),
        "Channel": "VOICE",
        "ContactId": _id(contact),
        "CustomerEndpoint": {"Address": phone, "Type": "TELEPHONE_NUMBER"} if phone else None,
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "DisconnectTimestamp": iso(end),
        "InitialContactId": None,
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": iso(source.at),
        "InstanceARN": INSTANCE,
        "LastUpdateTimestamp": iso(contact.last_moment),
        "NextContactId": None,
        "PreviousContactId": None,
        "Queue": {"ARN": f"{INSTANCE}/queue/{contact.brand}", "Name": f"{contact.brand}_voice"},
        "TransferCompletedTimestamp": iso(contact.moment(transfer.at)) if transfer else None,
        "TransferredToEndpoint": (
            {"Address": transfer.to, "Type": "CONTACT_FLOW"} if transfer else None
        ),
    }


def _attributes(contact: Contact) -> dict[str, str]:
    """Render what the call's flow and the agent's wrap-up form wrote down."""
    source = contact.source
    found = {
        "accountNumber": source.shown(IdentifierKind.ACCOUNT),
        "email": source.shown(IdentifierKind.EMAIL),
        "deviceId": source.shown(IdentifierKind.DEVICE),
        "brand": contact.brand,
        "customerName": contact.customer.name,
        "caseStatus": source.last_status.value,
        "caseStatusAt": iso(contact.moment(source.status[-1].at)),
        "escalated": "true" if any(h.escalation for h in source.handovers) else "false",
        "surveyScore": str(source.rating.score) if source.rating else None,
        "surveyComment": source.rating.comment if source.rating else None,
        "surveyAt": iso(contact.moment(source.rating.at)) if source.rating else None,
    }
    return {name: value for name, value in found.items() if value is not None}
