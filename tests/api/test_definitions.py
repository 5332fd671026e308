"""Definitions over HTTP: kept in versions, refused by field, mapped with numbers that open."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest

from api.schemas.definition import EXAMPLE
from tests.api.conftest import Caller

DEFINITIONS = "/v1/journey-definitions"


def opens(value: object) -> Iterator[tuple[str, int]]:
    """Give each address of a map with the number that stands there."""
    if isinstance(value, dict):
        if "opens" in value:
            yield value["opens"], value["journeys"]
        for one in value.values():
            yield from opens(one)
    elif isinstance(value, list):
        for one in value:
            yield from opens(one)


@pytest.fixture
def filled(caller: Caller, conversation: Callable[..., dict[str, Any]]) -> Caller:
    """Give a caller after three refunds of three people were asked for."""
    talks = [
        conversation(
            str(n), "I want a refund, this is bad", identifiers=[f"email:u{n}@mail.example"]
        )
        for n in range(3)
    ]
    caller.hand_in(talks)
    return caller


def test_a_definition_is_kept_mapped_and_opened(filled: Caller) -> None:
    saved = filled.post(DEFINITIONS, EXAMPLE)
    assert saved.status_code == 201
    assert saved.json()["origin"] == "own"
    assert "refund" in {one["id"] for one in filled.get(DEFINITIONS).json()}
    told = filled.get(f"{DEFINITIONS}/refund/map").json()
    assert told["journeys"]["journeys"] == 3
    addresses = dict(opens(told))
    for address, number in addresses.items():
        path, _, query = address.partition("?")
        page = filled.get(path, **dict(parse_qsl(query))).json()
        assert len(page["items"]) == number
    first = filled.get(f"{DEFINITIONS}/refund/journeys", page_size=2).json()
    token = first["next_page_token"]
    rest = filled.get(f"{DEFINITIONS}/refund/journeys", page_size=2, page_token=token).json()
    ids = [item["id"] for item in (*first["items"], *rest["items"])]
    assert len(set(ids)) == 3
    assert not rest["next_page_token"]
    assert filled.get(f"/v1/journeys/{rest['items'][0]['journey_ids'][0]}").status_code == 200


def test_the_page_needs_nothing_from_outside(filled: Caller) -> None:
    page = filled.get(f"{DEFINITIONS}/contact_us/map.html")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "I want a refund" not in page.text


def test_a_mistake_is_named_by_its_place(caller: Caller) -> None:
    wrong = EXAMPLE | {"timeout_days": -1, "start": {"ned": "refund_request"}}
    answer = caller.post(DEFINITIONS, wrong)
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert {"#/timeout_days", "#/start/0/ned"} <= pointers


def test_what_is_not_there_is_said_not_to_be(caller: Caller) -> None:
    assert caller.get(f"{DEFINITIONS}/nothing/map").status_code == 404
    assert caller.get(f"{DEFINITIONS}/contact_us/journeys", stage="nothing").status_code == 422
    assert caller.delete(f"{DEFINITIONS}/contact_us").status_code == 404, "it is shipped"


def test_an_own_definition_stands_above_the_shipped_one_until_it_is_taken_away(
    caller: Caller,
) -> None:
    mine = EXAMPLE | {"id": "refund_return"}
    assert caller.post(DEFINITIONS, mine).status_code == 201
    one = caller.get(f"{DEFINITIONS}/refund_return").json()
    assert (one["origin"], one["number"], one["title"]) == ("own", 1, "Refund")
    assert caller.delete(f"{DEFINITIONS}/refund_return").status_code == 204
    assert caller.get(f"{DEFINITIONS}/refund_return").json()["origin"] == "shipped"


def test_a_word_on_two_names_is_kept_and_taken_back(caller: Caller) -> None:
    word = {"alias": "reset_pwd", "name": "password_reset"}
    assert caller.post("/v1/event-names/aliases", word).status_code == 201
    assert [w["alias"] for w in caller.get("/v1/event-names").json()["words"]] == ["reset_pwd"]
    circle = {"alias": "password_reset", "name": "reset_pwd"}
    assert caller.post("/v1/event-names/aliases", circle).status_code == 409
    address = "/v1/event-names/aliases?alias=reset_pwd&name=password_reset"
    assert caller.delete(address).status_code == 204
    assert caller.delete(address).status_code == 404
