"""CSV of conversations: columns found or mapped, rows grouped, faults named by line."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.conversation import Channel, Role, Status, Visibility
from domain.identity import IdentifierKind

Reader = Callable[..., Any]

HEADER = (
    "conversation_id,channel,created_at,role,author,text,customer_email,account,status,"
    "subject,internal,brand,Store\n"
)
ROWS = """C1,email,2026-03-05T10:11:00Z,customer,Bettina,"Dear all,
how big may my bag be?",b@h.example,,solved,bag,false,wayfare,Bonn
C2,chat,2026-03-05T10:12:00Z,customer,,hello,,HP-1,open,,false,wayfare,
C1,email,2026-03-05T12:11:00Z,agent,Pauline,40 x 20,b@h.example,,solved,bag,false,wayfare,Bonn
C1,email,2026-03-05T12:12:00Z,agent,Pauline,she is nice,b@h.example,,solved,bag,true,wayfare,Bonn
"""


def test_rows_are_turns_grouped_by_conversation(read: Reader) -> None:
    first, second = read({"c.csv": HEADER + ROWS}).conversations
    assert (first.source, first.source_id, first.channel) == ("csv", "C1", Channel.EMAIL)
    assert [(t.role, t.text) for t in first.turns] == [
        (Role.CUSTOMER, "Dear all,\nhow big may my bag be?"),
        (Role.AGENT, "40 x 20"),
        (Role.AGENT, "she is nice"),
    ]
    assert first.turns[2].visibility is Visibility.INTERNAL
    assert [str(i) for i in first.identifiers] == ["email:b@h.example"]
    assert (first.brand, first.customer_name, first.subject) == ("wayfare", "Bettina", "bag")
    assert [s.status for s in first.status_history] == [Status.OPEN, Status.SOLVED]
    assert first.ended_at == datetime(2026, 3, 5, 12, 12, tzinfo=UTC)
    assert first.metadata == {"store": "Bonn"}
    assert second.channel is Channel.CHAT


def test_one_row_a_conversation(read: Reader) -> None:
    text = (
        "Ticket ID;Date;Customer Message;Agent Reply;Channel;CSAT;Closed At\n"
        "7;05.03.2026 10:00;where is it?;on its way;Phone;good;05.03.2026 11:00\n"
    )
    found = read({"c.csv": text}).conversation
    assert [(t.role, t.text) for t in found.turns] == [
        (Role.CUSTOMER, "where is it?"), (Role.AGENT, "on its way"),
    ]  # fmt: skip
    assert found.channel is Channel.CALL
    assert found.ratings[0].score == 5
    assert found.ended_at == datetime(2026, 3, 5, 11, tzinfo=UTC)


def test_columns_can_be_mapped(read: Reader) -> None:
    text = "Vorgang,Wann,Inhalt,Kdnr\n7,2026-03-05T10:00:00Z,Hallo,HP-1\n"
    found = read(
        {"c.csv": text},
        format="csv",
        mapping={"conversation_id": "Vorgang", "at": "Wann", "text": "Inhalt"},
        identifier_fields={"Kdnr": IdentifierKind.ACCOUNT},
    ).conversation
    assert found.turns[0].text == "Hallo"
    assert [str(i) for i in found.identifiers] == ["account:HP-1"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "conversation_id"),
        ({"mapping": {"conversation_id": "Ticket"}}, "conversation_id = Ticket"),
    ],
)
def test_a_missing_column_is_named_and_the_others_are_listed(
    read: Reader, options: dict[str, Any], field: str
) -> None:
    text = "role,text,created_at\ncustomer,hello,2026-03-05T10:00:00Z\n"
    (rejection,) = read({"c.csv": text}, **options).rejections
    assert rejection.field == field
    assert "role, text, created_at" in rejection.reason


def test_bad_rows_are_named_and_the_good_ones_kept(read: Reader) -> None:
    text = (
        "conversation_id,created_at,role,text\n"
        "C1,2026-03-05T10:00:00Z,customer,one\n"
        "C1,soon,customer,two\n"
        ",2026-03-05T10:00:00Z,customer,three\n"
        "C1,2026-03-05T10:00:00Z,customer,four,too,many\n"
        "C1,2026-03-05T10:05:00Z,customer\n"
        "C1,2026-03-05T10:06:00Z,martian,six\n"
    )
    result = read({"c.csv": text})
    assert [t.text for t in result.conversations[0].turns] == ["one", "", "six"]
    faults = {int(r.where.rpartition(":")[2]): r.field for r in result.rejections}
    assert faults == {3: "at", 4: "conversation_id", 5: None}
    assert "6 fields, the header 4" in next(r.reason for r in result.rejections if not r.field)
    assert result.repairs == {"short_row": 1, "empty_turn": 1, "speaker_guessed": 1}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("front", ["", "\ufeff"])
def test_delimiters_and_bom(read: Reader, delimiter: str, front: str) -> None:
    rows = [["conversation_id", "at", "role", "text"],
            ["C1", "2026-03-05T10:00:00Z", "agent", "hi"]]  # fmt: skip
    text = front + "\r\n".join(delimiter.join(row) for row in rows)
    assert read({"c.csv": text}).conversation.turns[0].role is Role.AGENT


def test_excel_says_its_delimiter(read: Reader) -> None:
    text = "sep=;\nconversation_id;at;role;text\nC1;2026-03-05T10:00:00Z;agent;a, b\n"
    assert read({"c.csv": text}).conversation.turns[0].text == "a, b"


def test_histories_in_a_column(read: Reader) -> None:
    text = (
        "conversation_id,at,text,status_history,handovers\n"
        'C1,2026-03-05T10:00:00Z,hi,"[{""status"":""new"",""at"":""2026-03-05T10:00:00Z""}]",'
        '"[{""to"":""second_line"",""at"":""2026-03-05T11:00:00Z"",""escalation"":true}]"\n'
        "C2,2026-03-05T10:00:00Z,hi,[1],\n"
    )
    result = read({"c.csv": text})
    assert result.conversations[0].handovers[0].escalation
    assert result.conversations[0].status is Status.NEW
    assert result.rejections[0].field == "status_history"


def test_an_unclosed_quotation_does_not_take_the_rest_down_silently(read: Reader) -> None:
    rows = "".join(f"C{n},2026-03-05T10:00:00Z,hi\n" for n in range(5))
    text = f'conversation_id,at,text\n{rows}C9,2026-03-05T10:00:00Z,"open\n{rows}'
    assert len(read({"c.csv": text}).conversations) >= 5


def test_long_messages_are_refused_by_name(read: Reader) -> None:
    text = f"conversation_id,at,text\nC1,2026-03-05T10:00:00Z,{'x' * 1_000_001}\n"
    (rejection,) = read({"c.csv": text}).rejections
    assert rejection.field == "turns.0.text"
