"""Intercom: the first message stands apart from the parts, and not every part is a message."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from domain.conversation import Channel, Role, Status, Visibility

Reader = Callable[..., Any]

T0 = 1772442000  # 2026-03-02T09:00:00Z
MARTA = {"type": "user", "id": "c1", "name": "Marta", "email": "marta@post.example"}
DANA = {"type": "admin", "id": "5", "name": "Dana"}
FIN = {"type": "bot", "id": "6", "name": "Fin"}


def part(
    number: int,
    kind: str,
    author: dict[str, Any],
    body: str | None = None,
    minutes: int = 1,
    **more: object,
) -> dict[str, Any]:
    return {"id": str(number), "part_type": kind, "author": author, "body": body,
            "created_at": T0 + 60 * minutes, "redacted": False} | more  # fmt: skip


PARTS = [
    part(1, "comment", FIN, "<p>Is it about <b>lamps</b>?</p>", 1),
    part(2, "comment", MARTA, "<p>no!</p>", 2),
    part(3, "assignment", FIN, None, 3, assigned_to={"type": "team", "id": "40"}),
    part(4, "note", DANA, "<p>angry one</p>", 4),
    part(5, "close", DANA, "<p>Sorted, bye</p>", 5),
    part(6, "open", MARTA, "<p>it is not</p>", 60),
    part(7, "assignment", DANA, None, 61, assigned_to={"type": "team", "id": "41"}),
    part(8, "close", DANA, None, 90),
    part(9, "conversation_attribute_updated_by_admin", DANA, None, 91),
]


def conversation(**changes: object) -> dict[str, Any]:
    return {
        "type": "conversation",
        "id": "900",
        "created_at": T0,
        "updated_at": T0 + 9000,
        "state": "closed",
        "open": False,
        "title": None,
        "source": {"type": "conversation", "id": "s1", "subject": "", "author": MARTA,
                   "body": "<p>my lamp is broken</p>", "delivered_as": "customer_initiated"},
        "contacts": {"contacts": [{"type": "contact", "id": "c1", "role": "user",
                     "external_id": "HP-1", "email": "marta@post.example", "name": "Marta L",
                     "phone": "+4915112345678", "custom_attributes": {"device_id": "d-1"}}]},
        "conversation_parts": {"conversation_parts": PARTS, "total_count": len(PARTS)},
        "tags": {"tags": [{"name": "escalated", "applied_at": T0 + 61 * 60}]},
        "custom_attributes": {"Brand": "Pine", "Order": 77},
        "conversation_rating": {"rating": 2, "remark": "meh", "created_at": T0 + 6000},
        "statistics": {"type": "x", "time_to_admin_reply": 240, "count_reopens": 1},
    } | changes  # fmt: skip


TEAMS = {"type": "team.list", "teams": [{"type": "team", "id": "40", "name": "Billing"},
                                        {"type": "team", "id": "41", "name": "Lamps"}]}  # fmt: skip


def test_a_conversation_with_all_its_parts(read: Reader) -> None:
    result = read({"c.jsonl": json.dumps(conversation()), "teams.json": TEAMS})
    found = result.conversation
    assert (found.source, found.source_id, found.channel) == ("intercom", "900", Channel.CHAT)
    assert [(t.role, t.text) for t in found.turns] == [
        (Role.CUSTOMER, "my lamp is broken"),
        (Role.BOT, "Is it about lamps?"),
        (Role.CUSTOMER, "no!"),
        (Role.AGENT, "angry one"),
        (Role.AGENT, "Sorted, bye"),
        (Role.CUSTOMER, "it is not"),
    ]
    assert found.turns[3].visibility is Visibility.INTERNAL
    assert [s.status for s in found.status_history] == [
        Status.OPEN, Status.SOLVED, Status.OPEN, Status.SOLVED,
    ]  # fmt: skip
    assert [(h.to, h.escalation) for h in found.handovers] == [("Billing", False), ("Lamps", True)]
    assert [(r.score, r.comment) for r in found.ratings] == [(2, "meh")]
    assert [str(i) for i in found.identifiers] == [
        "email:marta@post.example", "phone:+4915112345678", "account:HP-1", "user:intercom/c1",
        "device:d-1",
    ]  # fmt: skip
    assert (found.brand, found.customer_name) == ("Pine", "Marta L")
    assert found.metadata["metric.count_reopens"] == "1"
    assert found.metadata["attribute.Order"] == "77"


@pytest.mark.parametrize("shape", ["page", "array", "lines", "single"])
def test_every_shape_of_an_export(read: Reader, shape: str) -> None:
    both = [conversation(), conversation(id="901")]
    files = {
        "page": {"c.json": {"type": "conversation.list", "conversations": both, "pages": {}}},
        "array": {"c.json": both},
        "lines": {"c.jsonl": "\n".join(map(json.dumps, both))},
        "single": {"a.json": both[0], "b.json": both[1]},
    }
    assert sorted(c.source_id for c in read(files[shape]).conversations) == ["900", "901"]


def test_a_list_without_parts_still_has_its_end(read: Reader) -> None:
    bare = conversation(statistics={"last_close_at": T0 + 900})
    del bare["conversation_parts"]
    found = read({"c.json": bare}).conversation
    assert len(found.turns) == 1
    assert found.status_history[-1].status is Status.SOLVED
    assert found.ended_at.timestamp() == T0 + 900


def test_the_first_assignment_moves_nothing(read: Reader) -> None:
    parts = [part(1, "assignment", FIN, None, 1, assigned_to={"type": "admin", "id": "5"}),
             part(2, "comment", DANA, "hi", 2)]  # fmt: skip
    held = {"conversation_parts": parts, "total_count": 2}
    assert (
        read({"c.json": conversation(conversation_parts=held, tags={})}).conversation.handovers
        == ()
    )


def test_missing_and_redacted_parts_are_counted(read: Reader) -> None:
    parts = [part(1, "comment", MARTA, None, 1, redacted=True)]
    result = read({"c.json": conversation(conversation_parts={
        "conversation_parts": parts, "total_count": 700})})  # fmt: skip
    assert result.repairs["incomplete_at_source"] == 2


def test_a_lead_has_no_account(read: Reader) -> None:
    lead = {"type": "contact", "id": "c2", "role": "lead", "external_id": "8f3-anon"}
    source = {"type": "conversation", "body": "hi", "author": {"type": "lead", "id": "c2"}}
    found = read(
        {"c.json": conversation(contacts={"contacts": [lead]}, source=source)}
    ).conversation
    assert [str(i) for i in found.identifiers] == ["anonymous:8f3-anon", "user:intercom/c2"]


def test_an_unanswered_rating_is_none(read: Reader) -> None:
    found = read({"c.json": conversation(conversation_rating={"rating": None})}).conversation
    assert found.ratings == ()


def test_notices_are_the_systems(read: Reader) -> None:
    source = {"type": "twitter", "body": "Open X to read this message", "author": MARTA}
    parts = [part(1, "fin_summary", FIN, "The user asked about a lamp", 1)]
    held = {"conversation_parts": parts, "total_count": 1}
    found = read({"c.json": conversation(source=source, conversation_parts=held)}).conversation
    assert {t.role for t in found.turns} == {Role.SYSTEM}
    assert found.channel is Channel.SOCIAL
