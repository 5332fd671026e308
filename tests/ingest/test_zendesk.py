"""Zendesk: what lies scattered over an export becomes one conversation a ticket."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.conversation import Channel, PartKind, Role, Status, Visibility

Reader = Callable[..., Any]


def ticket(**changes: object) -> dict[str, Any]:
    return {
        "id": 35,
        "subject": "lamp arrived broken",
        "raw_subject": "{{dc.subject}}",
        "description": "my lamp is broken",
        "status": "solved",
        "via": {"channel": "email", "source": {"from": {"address": "MARTA@post.example",
                "name": "Marta L"}, "rel": None}},
        "requester_id": 7,
        "submitter_id": 7,
        "assignee_id": 2,
        "group_id": 20,
        "brand_id": 9,
        "tags": ["lamp"],
        "custom_fields": [{"id": 360, "value": "HP-1"}, {"id": 361, "value": None}],
        "satisfaction_rating": {"score": "offered"},
        "created_at": "2026-03-02T09:00:00Z",
        "updated_at": "2026-03-04T10:00:00Z",
        "generated_timestamp": 1772620000,
    } | changes  # fmt: skip


def comment(
    number: int, author: dict[str, Any], body: str | None, at: datetime, **changes: object
) -> dict[str, Any]:
    base = {"id": number, "ticket_id": 35, "author_id": author, "body": body, "created_at": at}
    return base | {"public": True, "via": {"channel": "email", "source": {}}} | changes


COMMENTS = [
    comment(100, 7, "my lamp is broken", "2026-03-02T09:00:00Z"),
    comment(101, 2, "sorry!", "2026-03-02T10:00:00Z",
            html_body="<div class='zd-comment'><p>sorry!</p><p>new one is on its way</p></div>"),
    comment(102, 2, "supplier knows, do not tell", "2026-03-02T10:05:00Z", public=False),
    comment(103, -1, "This ticket was merged", "2026-03-02T11:00:00Z"),
    comment(104, 3, "Is it solved?", "2026-03-02T12:00:00Z", via={"channel": "answer_bot_api"}),
]  # fmt: skip
USERS = [
    {"id": 7, "name": "Marta Lindqvist", "email": "marta@post.example", "phone": "+4915112345678",
     "role": "end-user", "external_id": "HP-204411"},
    {"id": 2, "name": "Dana", "email": "dana@pine.example", "role": "agent"},
    {"id": 3, "name": "Answer Bot", "role": "agent"},
]  # fmt: skip


def audit(number: int, at: str, *events: dict[str, Any]) -> dict[str, Any]:
    return {"id": number, "ticket_id": 35, "author_id": 2, "created_at": at, "events": list(events)}


def change(field: str, value: object, before: object) -> dict[str, Any]:
    return {"type": "Change", "field_name": field, "value": value, "previous_value": before}


AUDITS = [
    audit(1, "2026-03-02T09:00:00Z",
          {"type": "Create", "field_name": "status", "value": "new"},
          {"type": "Create", "field_name": "group_id", "value": "20"},
          {"type": "Comment", "id": 100, "body": "my lamp is broken", "public": True}),
    audit(2, "2026-03-02T10:00:00Z", change("status", "open", "new"),
          change("assignee_id", "2", None)),
    audit(3, "2026-03-02T11:00:00Z", change("group_id", "21", "20"),
          change("assignee_id", "4", "2")),
    audit(4, "2026-03-03T09:00:00Z", change("status", "solved", "open")),
    audit(5, "2026-03-03T12:00:00Z", change("status", "open", "solved")),
    audit(6, "2026-03-04T09:00:00Z", change("status", "solved", "open"),
          change("satisfaction_score", "offered", "unoffered")),
    audit(7, "2026-03-04T10:00:00Z", change("satisfaction_score", "bad", "offered")),
]  # fmt: skip
GROUPS = [{"id": 20, "name": "Frontline"}, {"id": 21, "name": "Second line"}]


def lines(rows: list[dict[str, Any]]) -> str:
    return "\n".join(map(json.dumps, rows))


def export(**changes: object) -> dict[str, Any]:
    files = {
        "tickets_1.json": {"tickets": [ticket()], "after_cursor": "x", "end_of_stream": True},
        "comments.jsonl": lines(COMMENTS),
        "audits.jsonl": lines(AUDITS),
        "users.json": {"users": USERS, "count": 3},
        "groups.json": {"groups": GROUPS},
        "brands.json": {"brands": [{"id": 9, "name": "Harbor & Pine"}]},
        "fields.json": {"ticket_fields": [{"id": 360, "title": "Customer number"}]},
        "metrics.json": {"ticket_metrics": [{"id": 1, "ticket_id": 35, "reopens": 1,
            "reply_time_in_minutes": {"calendar": 60, "business": 30}}]},
    }  # fmt: skip
    return files | changes


def test_a_scattered_export_becomes_one_conversation(read: Reader) -> None:
    result = read(export())
    found = result.conversation
    assert (found.source, found.source_id, found.channel) == ("zendesk", "35", Channel.EMAIL)
    assert [t.role for t in found.turns] == [
        Role.CUSTOMER, Role.AGENT, Role.AGENT, Role.SYSTEM, Role.BOT,
    ]  # fmt: skip
    assert found.turns[1].text == "sorry!\nnew one is on its way"
    assert found.turns[2].visibility is Visibility.INTERNAL
    assert found.turns[1].author == "Dana"
    assert [str(i) for i in found.identifiers] == [
        "email:marta@post.example", "phone:+4915112345678", "account:HP-204411", "user:zendesk/7",
        "account:HP-1",
    ]  # fmt: skip
    assert (found.customer_name, found.brand) == ("Marta Lindqvist", "Harbor & Pine")
    assert found.metadata["tags"] == "lamp"
    assert found.metadata["metric.reopens"] == "1"
    assert found.metadata["metric.reply_time_in_minutes.business"] == "30"
    assert found.metadata["field.Customer number"] == "HP-1"
    assert result.repairs == {"html": 1, "internal_note": 1}


def test_audits_tell_statuses_handovers_and_the_rating(read: Reader) -> None:
    found = read(export()).conversation
    assert [s.status for s in found.status_history] == [
        Status.NEW, Status.OPEN, Status.SOLVED, Status.OPEN, Status.SOLVED,
    ]  # fmt: skip
    assert found.ended_at == datetime(2026, 3, 4, 9, tzinfo=UTC)
    assert [(h.to, h.escalation) for h in found.handovers] == [("Second line", True)]
    assert [(r.score, r.at.hour) for r in found.ratings] == [(1, 10)]


def test_an_offered_survey_is_no_answer(read: Reader) -> None:
    offered = lines(AUDITS[:6])
    assert read(export(**{"audits.jsonl": offered})).conversation.ratings == ()


def test_good_and_bad_are_the_ends_of_the_scale(read: Reader) -> None:
    rated = ticket(satisfaction_rating={"score": "bad", "comment": "too slow"})
    (rating,) = read(export(**{"tickets_1.json": {"tickets": [rated]}})).conversation.ratings
    assert (rating.score, rating.comment) == (1, "too slow")
    assert rating.at == datetime(2026, 3, 4, 10, tzinfo=UTC)


def test_surveys_of_the_new_kind(read: Reader) -> None:
    survey = {"id": "s1", "subjects": [{"type": "zen:ticket", "id": "zen:ticket:35"}],
              "answers": [{"type": "rating_scale", "rating": 4,
               "updated_at": "2026-03-05T09:00:00Z"},
                          {"type": "open_ended", "value": "fine now"}]}  # fmt: skip
    (rating,) = read(export(s={"survey_responses": [survey]})).conversation.ratings
    assert (rating.score, rating.comment) == (4, "fine now")


def test_the_description_is_not_counted_twice_and_serves_alone(read: Reader) -> None:
    assert len(read(export()).conversation.turns) == 5
    alone = read({"comments.jsonl": "", "audits.jsonl": lines([AUDITS[3]])} | {
        "tickets_1.json": {"tickets": [ticket()]}})  # fmt: skip
    (turn,) = alone.conversations[0].turns
    assert (turn.text, turn.role) == ("my lamp is broken", Role.CUSTOMER)
    assert alone.repairs["incomplete_at_source"] == 1


def test_comments_come_out_of_audits_when_there_are_no_others(read: Reader) -> None:
    found = read(export(**{"comments.jsonl": lines(COMMENTS[1:])})).conversation
    assert found.turns[0].text == "my lamp is broken"
    assert found.turns[0].at == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_page_sent_twice_keeps_the_newer_state(read: Reader) -> None:
    old = ticket(subject="old", generated_timestamp=1772600000, updated_at="2026-03-09T09:00:00Z")
    files = {"tickets_0.json": {"tickets": [ticket(), old], "end_time": 1, "next_page": None}}
    result = read(export(**files))
    assert result.conversation.subject == "lamp arrived broken"
    assert result.repairs["repeated_in_export"] == 2


def test_merged_and_deleted_tickets_are_left_out_and_counted(read: Reader) -> None:
    page = {"tickets": [ticket(id=1, tags=["closed_by_merge"]), ticket(id=2, status="deleted")]}
    result = read(export(**{"tickets_2.json": page}))
    assert [r.skipped for r in result.rejections] == [True, True]
    assert len(result.conversations) == 1


def test_an_agent_who_opens_a_ticket_is_not_the_customer(read: Reader) -> None:
    opened = ticket(submitter_id=2, description="Customer rang about the lamp")
    files = {"t.json": {"tickets": [opened], "users": USERS}}
    found = read(files).conversation
    assert found.turns[0].role is Role.AGENT
    assert "email:marta@post.example" in map(str, found.identifiers)


def test_follow_ups_name_their_first_ticket(read: Reader) -> None:
    via = {"channel": "web", "source": {"from": {"ticket_id": 12}, "rel": "follow_up"}}
    found = read(export(**{"tickets_1.json": {"tickets": [ticket(via=via)]}})).conversation
    assert found.metadata["follow_up_of"] == "zendesk:12"
    assert found.channel is Channel.FORM


def test_subjects_with_placeholders_fall_back(read: Reader) -> None:
    named = ticket(subject="{{dc.x}}", raw_subject="{{dc.x}}")
    found = read(export(**{"tickets_1.json": {"tickets": [named]}})).conversation
    assert found.subject is None


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("ticket_35_comments.json", {"comments": [{**c, "ticket_id": None} for c in COMMENTS]}),
        ("c.json", {"comments": [{**c, "ticket_id": None} for c in COMMENTS],
                    "next_page": "https://x.example/api/v2/tickets/35/comments.json?page=2"}),
    ],
)  # fmt: skip
def test_comments_without_ticket_id_find_their_ticket(
    read: Reader, name: str, page: dict[str, Any]
) -> None:
    files = export() | {"comments.jsonl": ""} | {name: page}
    assert len(read(files).conversations[0].turns) == 5


def test_comments_of_nobody_are_refused_with_advice(read: Reader) -> None:
    files = {"c.json": {"comments": [{**c, "ticket_id": None} for c in COMMENTS]}}
    (rejection,) = read(files).rejections
    assert "ticket_<id>_comments.json" in rejection.reason
    (orphan,) = read({"c.json": lines(COMMENTS)}).rejections
    assert "together" in orphan.reason


def test_nested_comments_and_sideloads_in_one_file(read: Reader) -> None:
    files = {"t.json": {"tickets": [ticket(comments=COMMENTS, metric_set={"id": 1, "reopens": 0})],
                        "users": USERS, "groups": GROUPS}}  # fmt: skip
    assert len(read(files).conversation.turns) == 5
    single = read({"t.json": {"ticket": ticket(), "comments": COMMENTS, "users": USERS}})
    assert len(single.conversation.turns) == 5


def test_without_audits_the_present_status_is_dated_by_the_metrics(read: Reader) -> None:
    files = {"t.json": {"tickets": [ticket()], "ticket_metrics": [
        {"id": 1, "ticket_id": 35, "solved_at": "2026-03-04T09:00:00Z"}]}}  # fmt: skip
    found = read(files).conversation
    assert [(s.status, s.at.day) for s in found.status_history] == [
        (Status.NEW, 2), (Status.SOLVED, 4),
    ]  # fmt: skip


def test_ticket_events_of_the_incremental_export(read: Reader) -> None:
    event = {"id": 9, "ticket_id": 35, "created_at": "2026-03-02T10:00:00Z", "updater_id": 2,
             "child_events": [{"event_type": "Comment", "id": 101, "body": "hello", "public": True},
                              {"event_type": "Change", "status": "open",
                               "previous_value": "new"}]}  # fmt: skip
    files = {"t.json": {"tickets": [ticket(status="open")]}, "e.json": {"ticket_events": [event]}}
    found = read(files | {"u.json": {"users": USERS}}).conversation
    assert [t.text for t in found.turns] == ["hello"]
    assert [s.status for s in found.status_history] == [Status.NEW, Status.OPEN]


def test_a_chat_lies_in_an_audit(read: Reader) -> None:
    history = [
        {"type": "ChatJoin", "actor_type": "end-user", "timestamp": 1772442000000},
        {"type": "ChatMessage", "actor_type": "end-user", "actor_name": "Marta",
         "message": "hello?", "timestamp": 1772442001000},
        {"type": "ChatMessage", "actor_type": "agent", "actor_name": "Dana", "message": "hi",
         "timestamp": 1772442061000},
    ]  # fmt: skip
    started = audit(1, "2026-03-02T09:00:00Z",
                    {"type": "ChatStartedEvent", "value": {"history": history}})  # fmt: skip
    files = {"t.json": {"tickets": [ticket(via={"channel": "chat"})]}, "a.jsonl": lines([started])}
    found = read(files).conversation
    assert [(t.role, t.text) for t in found.turns] == [
        (Role.CUSTOMER, "hello?"), (Role.AGENT, "hi"),
    ]  # fmt: skip
    assert found.channel is Channel.CHAT


def test_quoted_mail_in_html_is_marked(read: Reader) -> None:
    html = "<p>No.</p><blockquote><p>Do you still want it?</p></blockquote>"
    files = export(**{"comments.jsonl": lines([{**COMMENTS[0], "html_body": html}])})
    (turn, *_) = read(files).conversation.turns
    assert [p.kind for p in turn.parts] == [PartKind.QUOTED]
    assert turn.body.strip() == "No."


def test_a_broken_ticket_never_stops_the_next(read: Reader) -> None:
    page = {"tickets": [{"id": 1, "via": 3, "tags": 4}, ticket(id=2, created_at="soon"), ticket()]}
    result = read(export(**{"tickets_1.json": page}))
    assert [c.source_id for c in result.conversations] == ["35"]
    assert len(result.rejections) == 2


def test_a_raised_tag_is_an_escalation(read: Reader) -> None:
    tagged = audit(8, "2026-03-03T09:00:00Z", change("tags", ["lamp", "escalated"], ["lamp"]))
    found = read(export(**{"audits.jsonl": lines([AUDITS[0], tagged])})).conversation
    assert [(h.to, h.escalation) for h in found.handovers] == [("escalated", True)]
