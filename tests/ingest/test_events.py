"""Other events: Segment calls, CloudEvents and CSV, under one registry of names."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.names import REGISTRY, canonical_name

Reader = Callable[..., Any]

AT = datetime(2026, 3, 5, 19, 52, tzinfo=UTC)


def call(**changes: object) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Help Searched",
        "messageId": "m1",
        "userId": "HP-1",
        "anonymousId": "anon-1",
        "context": {"device": {"id": "d-1"}, "traits": {"email": "A@b.example", "phone": "12"}},
        "properties": {"query": "hinges", "brand": "pine"},
        "timestamp": "2026-03-05T19:52:00Z",
    } | changes


def test_a_track_call(read: Reader) -> None:
    found = read({"s.jsonl": call()}).event
    assert (found.source, found.source_id, found.name) == ("segment", "m1", "help_searched")
    assert (found.raw_name, found.brand, found.at) == ("Help Searched", "pine", AT)
    assert [str(i) for i in found.identifiers] == [
        "account:HP-1", "anonymous:anon-1", "device:d-1", "email:a@b.example", "phone:12",
    ]  # fmt: skip
    assert found.properties["query"] == "hinges"


@pytest.mark.parametrize(
    ("changes", "name", "identifier"),
    [
        ({"type": "identify", "traits": {"email": "x@y.de"}}, "user_identified", "email:x@y.de"),
        ({"type": "page", "name": "Returns"}, "page_viewed", "account:HP-1"),
        ({"type": "screen"}, "screen_viewed", "account:HP-1"),
        ({"type": "group", "groupId": "G7"}, "group_joined", "account:G7"),
        ({"type": "alias", "previousId": "old"}, "user_aliased", "anonymous:old"),
    ],
)  # fmt: skip
def test_other_calls(read: Reader, changes: dict[str, Any], name: str, identifier: str) -> None:
    found = read({"s.jsonl": call(**changes)}).event
    assert found.name == name
    assert identifier in map(str, found.identifiers)


def test_a_wrong_client_clock_is_set_right(read: Reader) -> None:
    times = {"timestamp": None, "originalTimestamp": "2026-03-05T18:00:00Z",
             "sentAt": "2026-03-05T18:00:05Z", "receivedAt": "2026-03-05T19:52:05Z"}  # fmt: skip
    result = read({"s.jsonl": call(**times)})
    assert result.event.at == AT
    assert result.repairs == {"clock_skew": 1}


def test_segment_batches_and_bad_calls(read: Reader) -> None:
    page = {"batch": [call(), call(messageId=None), call(messageId="m3", timestamp=None)]}
    result = read({"s.json": page})
    assert [e.source_id for e in result.events] == ["m1"]
    assert {r.field for r in result.rejections} == {"messageId", "timestamp"}


def cloud(**changes: object) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "/pine/backend",
        "type": "com.pine.shipment.status_changed.v2",
        "time": "2026-03-05T19:52:00Z",
        "subject": "email:a@b.example",
        "data": {"account": "HP-1", "device_id": "d-1", "brand": "pine", "status": "lost"},
    } | changes


@pytest.mark.parametrize("shape", ["single", "batch", "lines"])
def test_cloudevents_in_every_mode_of_a_file(read: Reader, shape: str) -> None:
    both = [cloud(), cloud(source="/other")]
    files = {"single": {"a.json": both[0], "b.json": both[1]}, "batch": {"a.json": both},
             "lines": {"a.jsonl": "\n".join(map(json.dumps, both))}}  # fmt: skip
    found = read(files[shape]).events
    assert len({e.id for e in found}) == 2  # source and id together are the key
    assert {e.name for e in found} == {"shipment_status_changed"}
    assert [str(i) for i in found[0].identifiers] == [
        "account:HP-1",
        "device:d-1",
        "email:a@b.example",
    ]


def test_cloudevents_data_in_base64(read: Reader) -> None:
    data = base64.b64encode(json.dumps({"email": "a@b.example"}).encode()).decode()
    found = read({"a.json": cloud(data=None, data_base64=data, subject=None)}).event
    assert [str(i) for i in found.identifiers] == ["email:a@b.example"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"id": None}, "id"), ({"time": None}, "time"), ({"specversion": "0.3"}, "specversion"),
     ({"data": None, "data_base64": "!!"}, "data_base64")],
)  # fmt: skip
def test_bad_cloudevents_are_named(read: Reader, changes: dict[str, Any], field: str) -> None:
    assert read({"a.json": cloud(**changes)}).rejections[0].field == field


CSV = """event_id,event,timestamp,email,account,brand,properties,extra
E1,Survey Answered,2026-03-05T19:52:00Z,a@b.example,HP-1,pine,"{""score"": 4}",x
E2,Order Placed,never,a@b.example,,,,
E3,,2026-03-05T19:52:00Z,,,,,
E4,Order Placed,2026-03-05T19:52:00Z,,,,not json,
"""


def test_csv_of_events(read: Reader) -> None:
    result = read({"e.csv": CSV})
    (found,) = result.events
    assert (found.source, found.source_id, found.name) == ("csv", "E1", "survey_answered")
    assert found.properties == {"score": 4, "extra": "x"}
    assert [(r.where.rpartition(":")[2], r.field) for r in result.rejections] == [
        ("3", "at"), ("4", "name"), ("5", "properties"),
    ]  # fmt: skip


def test_rows_without_id_get_one_that_stays(read: Reader) -> None:
    rows = "event,time,email\nLogin,2026-03-05T19:52:00Z,a@b.example\n"
    ids = {e.source_id for e in read({"a.csv": rows, "b.csv": rows}).events}
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Help Searched", "help_searched"),
        ("helpSearched", "help_searched"),
        ("help_search", "help_searched"),
        ("Bot Conversation Ended", "bot_ended"),
        ("Order Completed", "order_placed"),
        ("com.acme.shipment.status_changed", "shipment_status_changed"),
        ("com.acme.orders.order.placed.v1", "order_placed"),
        ("Sign In Failed", "login_failed"),
        ("CSAT Response", "survey_answered"),
        ("com.acme.warranty.approved", "warranty_approved"),
        ("Seat Map Viewed", "seat_map_viewed"),
    ],
)
def test_canonical_names(raw: str, name: str) -> None:
    assert canonical_name(raw) == name


def test_no_alias_belongs_to_two_names() -> None:
    registry = yaml.safe_load(REGISTRY.read_text("utf-8"))
    listed = [alias for name, others in registry.items() for alias in (name, *others)]
    assert len(listed) == len(set(listed))


@given(st.text(max_size=300))
def test_any_name_is_canonical_or_refused(raw: str) -> None:
    try:
        name = canonical_name(raw)
    except ValueError:
        return
    assert 0 < len(name) <= 128
    assert canonical_name(name) == name
