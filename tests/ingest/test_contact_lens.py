"""Contact Lens: roles through the participants, the start from elsewhere, no twins."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.conversation import Channel, Role, Status

Reader = Callable[..., Any]

ID = "864842b7-89f7-4338-b657-ccf3a07d4a01"
NAME = f"{ID}_analysis_2026-03-03T19:41:00Z.json"


def analysis(**changes: object) -> dict[str, Any]:
    return {
        "Version": "1.1.0",
        "Channel": "VOICE",
        "LanguageCode": "en-GB",
        "JobStatus": "COMPLETED",
        "Participants": [
            {"ParticipantId": "aaaa-1", "ParticipantRole": "CUSTOMER"},
            {"ParticipantId": "bbbb-2", "ParticipantRole": "AGENT"},
            {"ParticipantId": "cccc-3", "ParticipantRole": "SYSTEM"},
        ],
        "Categories": {"MatchedCategories": ["refund"], "MatchedDetails": {}},
        "ConversationCharacteristics": {
            "TotalConversationDurationMillis": 60_000,
            "Sentiment": {"OverallSentiment": {"CUSTOMER": -2.5, "AGENT": 0},
                          "SentimentByPeriod": {"QUARTER": {"CUSTOMER": [{"Score": -1}]}}},
            "Interruptions": {"TotalCount": 2},
        },
        "Transcript": [
            segment(1, "cccc-3", "recorded line", 0, 1000),
            segment(2, "bbbb-2", "how can I help", 1000, 3000),
            segment(3, "aaaa-1", "my internet is down", 2500, 6000),
        ],
    } | changes  # fmt: skip


def segment(
    number: int, who: str, text: str, begin: int, end: int, **more: object
) -> dict[str, Any]:
    return {"Id": f"s{number}", "ParticipantId": who, "Content": text,
            "BeginOffsetMillis": begin, "EndOffsetMillis": end,
            "Sentiment": "NEUTRAL"} | more  # fmt: skip


RECORD = {
    "ContactId": ID,
    "Channel": "VOICE",
    "CustomerEndpoint": {"Address": "+441134960112", "Type": "TELEPHONE_NUMBER"},
    "InitiationTimestamp": "2026-03-03T19:40:30Z",
    "DisconnectTimestamp": "2026-03-03T19:42:00Z",
    "Attributes": {"accountNumber": "NL-1", "brand": "northline", "caseStatus": "solved",
                   "caseStatusAt": "2026-03-04T09:00:00Z", "escalated": "true",
                   "surveyScore": "4", "surveyAt": "2026-03-05T09:00:00Z",
                   "customerName": "Gareth"},
    "TransferCompletedTimestamp": "2026-03-03T19:41:30Z",
    "TransferredToEndpoint": {"Address": "broadband_desk"},
}  # fmt: skip


def test_a_call_takes_its_start_from_the_name_and_its_roles_from_the_participants(
    read: Reader,
) -> None:
    result = read({NAME: analysis()})
    found = result.conversation
    assert (found.source, found.source_id, found.channel) == ("contact_lens", ID, Channel.CALL)
    assert found.started_at == datetime(2026, 3, 3, 19, 41, tzinfo=UTC)
    assert [t.role for t in found.turns] == [Role.SYSTEM, Role.AGENT, Role.CUSTOMER]
    assert (found.turns[2].start_ms, found.turns[2].at.second) == (2500, 2)
    assert found.language == "en-GB"
    assert found.metadata["vendor.sentiment.CUSTOMER"] == "-2.5"
    assert found.metadata["vendor.categories"] == "refund"
    assert result.repairs == {"overlap": 1}


def test_literal_participants(read: Reader) -> None:
    document = analysis(Participants=[], Transcript=[segment(1, "CUSTOMER", "hello", 0, 900)])
    assert read({NAME: document}).conversation.turns[0].role is Role.CUSTOMER


def test_the_contact_record_says_who_and_what_came_of_it(read: Reader) -> None:
    found = read({NAME: analysis(), "records.jsonl": RECORD}).conversation
    assert [str(i) for i in found.identifiers] == ["phone:+441134960112", "account:NL-1"]
    assert (found.brand, found.customer_name) == ("northline", "Gareth")
    assert found.started_at.second == 30
    assert [s.status for s in found.status_history] == [Status.OPEN, Status.SOLVED]
    assert [(h.to, h.escalation) for h in found.handovers] == [("broadband_desk", True)]
    assert found.ratings[0].score == 4


def test_a_newer_file_carries_its_id(read: Reader) -> None:
    document = analysis(CustomerMetadata={"ContactId": "c-77"})
    assert read({"2026-03-03T194100Z.json": document}).conversation.source_id == "c-77"


def test_the_redacted_twin_is_left_out(read: Reader) -> None:
    twin = NAME.replace("_analysis_", "_analysis_redacted_")
    result = read({NAME: analysis(), f"Redacted/{twin}": analysis()})
    assert len(result.conversations) == 1
    assert [r.skipped for r in result.rejections] == [True]


def test_a_redacted_file_alone_is_read(read: Reader) -> None:
    twin = NAME.replace("_analysis_", "_analysis_redacted_")
    assert read({f"Redacted/{twin}": analysis()}).conversation.source_id == ID


def test_an_unknown_start_is_refused_with_advice(read: Reader) -> None:
    (rejection,) = read({"a.json": analysis(CustomerMetadata={"ContactId": "c"})}).rejections
    assert rejection.field == "started_at"
    assert "a.meta.json" in rejection.reason


def test_an_email_contact_finds_its_body_beside_it(read: Reader) -> None:
    mail = {
        "Version": "EMAIL-2026-01-01",
        "Configuration": {},
        "CustomerMetadata": {"ContactId": "m-1", "InputFiles": [{"S3Uri": "s3://b/x/m-1.txt"}]},
        "Categories": {"MatchedCategories": []},
    }
    text = "my lamp is broken\n\n-- \nMarta"
    result = read({"m-1_analysis_2026-03-03T19:41:00Z.json": mail, "m-1.txt": text})
    (found,) = result.conversations
    assert found.channel is Channel.EMAIL
    assert found.turns[0].body.strip() == "my lamp is broken"


def test_an_email_contact_without_its_body_is_still_a_contact(read: Reader) -> None:
    mail = {"Version": "EMAIL-2026-01-01", "CustomerMetadata": {"ContactId": "m-1"}}
    result = read({"m-1_analysis_2026-03-03T19:41:00Z.json": mail})
    assert result.conversation.turns == ()
    assert result.repairs == {"incomplete_at_source": 1}


@pytest.mark.parametrize("value", [None, [], "x", {"a": 1}, [None], [{"Content": 3}]])
def test_odd_transcripts_break_nothing(read: Reader, value: object) -> None:
    result = read({NAME: analysis(Transcript=value)})
    assert len(result.items) + len(result.rejections) == 1
