"""Bad input is refused clearly, or taken as it is; nothing breaks and nothing is lost."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from settings import Settings

if TYPE_CHECKING:
    from tests.api.conftest import Caller

Written = Callable[..., dict[str, Any]]
HEADERS = {"X-API-Key": "dev", "content-type": "application/json"}


def post(caller: "Caller", body: bytes | Iterator[bytes]) -> Any:  # noqa: ANN401
    return caller.http.post("/v1/conversations", content=body, headers=HEADERS)


@pytest.mark.parametrize(
    "body",
    [
        b'{"source": "a", "turns": [',
        '{"source": "caf\u00e9"}'.encode("latin-1"),
        '{"source": "a"}'.encode("utf-16"),
        b'{"source": "a\x00"}',
        b'{"source": "\\ud800"}',
        b'{"source": NaN}',
        b"\x00\x01\x02",
        b"",
    ],
)
def test_what_is_not_json_in_utf_8_is_refused(still: "Caller", body: bytes) -> None:
    answer = post(still, body)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_text_of_20_mb_is_refused_by_size_or_by_name(
    caller: "Caller", conversation: Written, settings: Settings, tagger: object
) -> None:
    body = json.dumps(conversation("1", "x" * 20_000_000)).encode()
    answer = post(caller, body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/turns/0/text"
    assert len(answer.text) < 1_000
    usual = settings.model_copy(update={"max_body_bytes": 8_000_000})
    with TestClient(create_app(usual, lambda _settings, _database: tagger)) as http:
        pieces = (body[n : n + 1_000_000] for n in range(0, len(body), 1_000_000))
        for content in (body, pieces):
            refused = http.post("/v1/conversations", content=content, headers=HEADERS)
            assert refused.status_code == 413


@pytest.fixture
def taking(settings: Settings, caller: "Caller") -> Iterator["Caller"]:
    """A client of an application that takes records but has no model to work on them."""

    def fail(_settings: object, _database: object) -> Any:  # noqa: ANN401
        raise FileNotFoundError

    path = settings.database_url.get_secret_value().replace("throughline.db", "taking.db")
    chosen = settings.model_copy(update={"database_url": SecretStr(path)})
    with TestClient(create_app(chosen, fail)) as http:
        yield type(caller)(http)


def test_ten_thousand_turns_are_taken_and_one_more_is_not(
    taking: "Caller", conversation: Written
) -> None:
    turns = [{"role": "customer", "text": f"line {n}"} for n in range(10_000)]
    answer = taking.post("/v1/conversations", conversation(turns=turns))
    assert answer.status_code == 202
    more = taking.post("/v1/conversations", conversation("2", turns=[*turns, turns[0]]))
    assert (more.status_code, more.json()["errors"][0]["pointer"]) == (422, "#/turns")
    grown = taking.post("/v1/conversations/zendesk:1/turns", {"turns": turns[:1]})
    assert (grown.status_code, grown.json()["type"]) == (422, "/problems/conversation-too-large")


def test_a_copy_that_outgrows_its_limit_stops_no_other(
    taking: "Caller", conversation: Written
) -> None:
    def turns(first: int) -> list[dict[str, Any]]:
        numbers = range(first, first + 6_000)
        return [{"role": "agent", "text": "x", "source_id": str(n)} for n in numbers]

    assert taking.post("/v1/conversations", conversation(turns=turns(0))).status_code == 202
    batch = [conversation("2"), conversation(turns=turns(6_000)), conversation("3")]
    answer = taking.post("/v1/conversations", batch)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2
    assert [record["index"] for record in answer.json()["rejected"]] == [1]


@pytest.mark.parametrize("text", ["", "   ", "😀😀😀", "\u200b", "'; DROP TABLE turns; --"])
def test_odd_texts_are_kept_as_they_are(caller: "Caller", conversation: Written, text: str) -> None:
    caller.hand_in(conversation("1", text))
    seen = caller.get("/v1/conversations/zendesk:1").json()
    assert seen["turns"][0]["text"] == text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("started_at", "2026-10-01T09:00:00"),
        ("started_at", "yesterday"),
        ("started_at", 1e300),
        ("source", "Zen Desk"),
        ("source_id", ""),
        ("channel", "pigeon"),
        ("turns", {"role": "customer"}),
        ("turns", [{"role": "customer", "text": "x", "start_ms": 2**40}]),
        ("turns", [{"role": "customer", "text": "x", "start_ms": -1}]),
        ("metadata", {"a": {"b": 1}}),
        ("identifiers", ["no-colon"]),
        ("identifiers", ["email:ada"]),
        ("colour", "mauve"),
    ],
)
def test_a_wrong_field_is_named(
    still: "Caller", conversation: Written, field: str, value: object
) -> None:
    answer = still.post("/v1/conversations", conversation(**{field: value}))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(f"#/{field}")
    if isinstance(value, str) and value:
        assert value not in answer.text


def test_times_far_away_do_no_harm_and_the_ends_of_the_calendar_are_refused(
    caller: "Caller", conversation: Written
) -> None:
    for number, moment in enumerate(["0002-01-02T00:00:00Z", "9998-12-30T23:59:59Z"]):
        body = conversation(str(number), started_at=moment, turns=[])
        job = caller.post("/v1/conversations", body).json()["id"]
        assert caller.settled(job)["failed"] == 0
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"):
        assert caller.post("/v1/conversations", conversation(started_at=moment)).status_code == 422
    assert caller.get("/v1/conversations", page_size=1).status_code == 200


def test_ids_that_clash_between_sources_are_two(caller: "Caller", conversation: Written) -> None:
    caller.hand_in([conversation(), conversation(source="intercom")])
    assert len(caller.get("/v1/conversations").json()["items"]) == 2


def test_an_odd_source_id_is_reached(caller: "Caller", conversation: Written) -> None:
    for source_id in ("a:b", "ä 1?", "x/y", "."):
        taken = caller.hand_in(conversation(source_id))
        assert caller.get(f"/v1/conversations/{taken['ids'][0]}").status_code == 200
    assert caller.get("/v1/conversations/zendesk:a:b").status_code == 200
    assert caller.get("/v1/conversations/zendesk:%C3%A4%201%3F").status_code == 200
