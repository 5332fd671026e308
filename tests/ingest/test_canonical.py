"""Canonical records come back as they went out; what is wrong is named."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.conversation import (
    MAX_TEXT,
    MAX_TURNS,
    Channel,
    Conversation,
    Part,
    PartKind,
    Role,
    Turn,
    Visibility,
)
from domain.event import Event
from domain.identity import Identifier
from ingest.adapters.canonical import record as read_record
from ingest.context import Context
from ingest.options import ReadOptions
from ingest.outcome import Item

Reader = Callable[..., Any]
Maker = Callable[..., Any]

CONTEXT = Context.of(ReadOptions())
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
moments = st.datetimes(
    datetime(2020, 1, 1),
    datetime(2026, 1, 1),
    timezones=st.just(UTC),
)


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    text = draw(texts)
    edges = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    parts = [
        Part(kind=draw(st.sampled_from(list(PartKind))), start=s, end=e)
        for s, e in zip(edges[::2], edges[1::2], strict=False)
    ]
    return Turn(
        role=draw(st.sampled_from(list(Role))),
        text=text,
        source_id=draw(st.none() | texts.filter(bool)),
        visibility=draw(st.sampled_from(list(Visibility))),
        parts=tuple(parts),
    )


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    start = draw(moments)
    said = draw(st.lists(turns(), max_size=5))
    return Conversation(
        source="desk",
        source_id=draw(texts.filter(bool)),
        channel=draw(st.sampled_from(list(Channel))),
        started_at=start,
        turns=tuple(
            t.model_copy(update={"at": start + timedelta(seconds=n)}) for n, t in enumerate(said)
        ),
        subject=draw(st.none() | texts),
        identifiers=(Identifier(kind="email", value="a@b.example"),),
        metadata=draw(st.dictionaries(texts, texts, max_size=3)),
    )


@given(conversations())
def test_a_conversation_comes_back_as_it_went_out(conversation: Conversation) -> None:
    value = json.loads(conversation.model_dump_json())
    outcome = read_record(value, "here", CONTEXT)
    assert isinstance(outcome, Item)
    assert outcome.record == conversation


@given(moments, st.dictionaries(texts, st.none() | st.booleans() | texts, max_size=3))
def test_an_event_comes_back_as_it_went_out(at: datetime, properties: dict[str, Any]) -> None:
    event = Event(source="app", source_id="1", name="help_searched", at=at, properties=properties)
    outcome = read_record({"type": "event", **json.loads(event.model_dump_json())}, "x", CONTEXT)
    assert isinstance(outcome, Item)
    assert outcome.record == event


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | texts,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "source", "source_id", "turns", "text", "parts", "at", "name"]
                )
                | texts,
                inner,
                max_size=4,
            )
        ),
    )
)
def test_any_json_is_a_record_or_a_rejection(value: object) -> None:
    read_record(value, "here", CONTEXT)


def test_lines_of_both_kinds_in_one_file(read: Reader, record: Maker) -> None:
    event = {"type": "event", "source": "app", "source_id": "1", "name": "Help Searched",
             "at": "2026-03-01T10:00:00Z"}  # fmt: skip
    result = read({"a.jsonl": "\n".join(map(json.dumps, [record(type="conversation"), event]))})
    assert len(result.conversations) == len(result.events) == 1
    assert (result.events[0].name, result.events[0].raw_name) == ("help_searched", "Help Searched")


def test_a_bad_line_never_stops_the_good_ones(read: Reader, record: Maker) -> None:
    lines = [json.dumps(record()), '{"source": "desk", "tex', json.dumps(record(source_id="D2"))]
    result = read({"a.jsonl": "\n".join(lines)})
    assert [c.source_id for c in result.conversations] == ["D1", "D2"]
    (rejection,) = result.rejections
    assert rejection.where.endswith("a.jsonl:2")
    assert "JSON" in rejection.reason


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"channel": "pigeon"}, "channel", "Input should be"),
        ({"extra": 1}, "extra", "not a field"),
        ({"started_at": "soon"}, "started_at", "not a time"),
        ({"turns": "no"}, "turns", "list of objects"),
        ({"turns": [{"role": "customer"}]}, "turns.0.text", "is missing"),
        ({"turns": [{"role": "customer", "text": "x", "at": "?"}]}, "turns.at", "not a time"),
        ({"identifiers": ["nobody"]}, "identifiers.0", "kind:value"),
        ({"type": "poem"}, "type", "conversation or event"),
    ],
)
def test_a_rejection_names_field_and_reason(
    read: Reader, record: Maker, changes: dict[str, Any], field: str, reason: str
) -> None:
    (rejection,) = read({"a.jsonl": record(**changes)}).rejections
    assert rejection.field == field
    assert reason in rejection.reason


def test_a_rejection_never_holds_customer_text(read: Reader, record: Maker) -> None:
    secret = "my card is 4111 1111"
    bad = [
        record(turns=[{"role": secret, "text": secret}]),
        record(**{secret: secret}),
        record(started_at=secret),
        record(channel=secret, identifiers=[secret]),
        record(turns=[{"role": "customer", "text": secret, "parts": [{"kind": secret}]}]),
    ]
    broken = json.dumps(record(turns=[{"role": "customer", "text": secret}]))[:-3]
    result = read({"a.jsonl": "\n".join([*map(json.dumps, bad), broken]), "b.json": broken})
    assert len(result.rejections) == 7
    assert secret not in repr(result.rejections)


def test_a_message_of_20_mb_is_refused_by_name_and_the_next_is_read(
    read: Reader, record: Maker
) -> None:
    huge = record(turns=[{"role": "customer", "text": "x" * 20_000_000}])
    result = read({"a.jsonl": "\n".join(map(json.dumps, [huge, record(source_id="D2")]))})
    (rejection,) = result.rejections
    assert rejection.field == "turns.0.text"
    assert f"{MAX_TEXT:,} characters" in rejection.reason
    assert [c.source_id for c in result.conversations] == ["D2"]


def test_ten_thousand_turns_are_read_and_one_more_is_refused(read: Reader, record: Maker) -> None:
    turn = {"role": "customer", "text": "again"}
    good = record(turns=[turn] * MAX_TURNS)
    bad = record(turns=[turn] * (MAX_TURNS + 1), source_id="D2")
    result = read({"a.jsonl": "\n".join(map(json.dumps, [good, bad]))})
    assert len(result.conversations[0].turns) == MAX_TURNS
    assert result.rejections[0].field == "turns"
    assert "10,000" in result.rejections[0].reason


@pytest.mark.parametrize("text", ["", "  \n ", "😀", "👩‍👩‍👧‍👦❤️", "\u202eabc"])
def test_empty_and_emoji_messages_are_kept(read: Reader, record: Maker, text: str) -> None:
    result = read({"a.jsonl": record(turns=[{"role": "customer", "text": text}])})
    assert result.conversation.turns[0].text == text
    assert result.repairs.get("empty_turn", 0) == (not text.strip())


def test_times_without_zone_out_of_order_and_in_the_future(read: Reader, record: Maker) -> None:
    said = [("b", "2026-03-02T11:00"), ("a", "2026-03-02T10:00"), ("c", "2031-01-01T00:00:00Z")]
    result = read(
        {"a.jsonl": record(turns=[{"role": "customer", "text": t, "at": at} for t, at in said])},
        timezone=ZoneInfo("Europe/Berlin"),
        read_at=datetime(2026, 6, 30, tzinfo=UTC),
    )
    read_turns = result.conversation.turns
    assert [t.text for t in read_turns] == ["a", "b", "c"]
    assert read_turns[0].at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert result.repairs == {"clock_no_zone": 2, "order": 1, "clock_future": 1}
    assert result.conversation.metadata == {"clock_future": "true"}


def test_ids_clash_only_within_a_source(read: Reader, record: Maker) -> None:
    lines = [record(), record(source="other")]
    ids = {c.id for c in read({"a.jsonl": "\n".join(map(json.dumps, lines))}).conversations}
    assert len(ids) == 2


def test_the_source_can_be_named_by_the_caller(read: Reader, record: Maker) -> None:
    assert read({"a.jsonl": record()}, source="brand_b").conversation.source == "brand_b"


def test_mail_without_parts_is_marked_and_given_parts_are_kept(read: Reader, record: Maker) -> None:
    text = "Where is it?\n\nOn 2 Mar 2026 Jo wrote:\n> soon"
    turn = {"role": "customer", "text": text}
    lines = [
        record(channel="email", turns=[turn]),
        record(channel="email", turns=[turn | {"parts": []}], source_id="D2"),
        record(channel="chat", turns=[turn], source_id="D3"),
    ]
    result = read({"a.jsonl": "\n".join(map(json.dumps, lines))})
    assert [len(c.turns[0].parts) for c in result.conversations] == [1, 0, 0]


def test_an_array_and_a_page_are_read_too(read: Reader, record: Maker) -> None:
    files = {"a.json": [record(), record(source_id="D2")],
             "b.json": {"conversations": [record(source_id="D3")]}}  # fmt: skip
    assert [c.source_id for c in read(files).conversations] == ["D1", "D2", "D3"]


def test_a_truncated_array_keeps_what_came_before(read: Reader, record: Maker) -> None:
    text = json.dumps([record(source_id=f"D{n}") for n in range(5)])
    result = read({"a.json": text[:-40]})
    assert len(result.conversations) == 4
    assert "4 records before it were read" in result.rejections[0].reason
