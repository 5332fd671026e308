"""Journeys are found, opened and counted, and every number lists what is behind it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.api.conftest import Caller

Written = Callable[..., dict[str, Any]]


@pytest.fixture
def customer(caller: "Caller", conversation: Written) -> "Caller":
    """Ada writes twice about a refund, two days apart, then never again."""
    closed = [{"status": "solved", "at": "2026-10-01T10:00:00Z"}]
    later = [{"status": "solved", "at": "2026-10-03T10:00:00Z"}]
    event = {
        "source": "shop",
        "source_id": "e1",
        "name": "help_searched",
        "at": "2026-10-02T09:00:00Z",
        "identifiers": ["email:ada@example.org"],
        "properties": {"query": "where is ada@example.org", "state": "not_found", "results": 0},
    }
    order = "My refund of order 4711-88 is missing"
    caller.hand_in(conversation("1", order, status_history=closed))
    turns = [{"role": "customer", "text": order, "at": "2026-10-03T09:00:00Z"}]
    started = "2026-10-03T09:00:00Z"
    caller.hand_in(conversation("2", started_at=started, turns=turns, status_history=later))
    caller.settled(caller.post("/v1/events", event).json()["id"])
    return caller


def test_a_journey_opens_with_its_timeline(customer: "Caller") -> None:
    (row, *rest) = customer.get("/v1/journeys").json()["items"]
    seen = customer.get(f"/v1/journeys/{row['id']}").json()
    assert seen["effort"] == row["effort"]
    assert len(seen["joins"]) == len(seen["contacts"])
    moments = [entry["at"] for entry in seen["timeline"]]
    assert moments == sorted(moments)
    assert len(rest) <= 1


def test_event_properties_show_codes_and_numbers_alone(customer: "Caller") -> None:
    shown = []
    for row in customer.get("/v1/journeys").json()["items"]:
        answer = customer.get(f"/v1/journeys/{row['id']}")
        assert "ada@example.org" not in answer.text
        shown += [e["details"] for e in answer.json()["timeline"] if e["kind"] == "event"]
    assert shown
    assert all(details == {"state": "not_found", "results": 0} for details in shown)


def test_journeys_are_found_by_customer_and_effort(customer: "Caller") -> None:
    rows = customer.get("/v1/journeys", intent="refund_request").json()["items"]
    assert rows
    (customer_id,) = {row["customer_id"] for row in rows}
    listed = customer.get(f"/v1/customers/{customer_id}/journeys").json()["items"]
    assert {row["id"] for row in listed} == {row["id"] for row in rows}
    assert customer.get("/v1/journeys", min_effort=100).json()["items"] == []
    assert customer.get("/v1/journeys", customer_id="idn_0").json()["items"] == []


def test_outcomes_count_contacts_and_list_them(customer: "Caller") -> None:
    params = {"kind": "intent", "label": "refund_request", "page_size": 1}
    seen = customer.get("/v1/outcomes/by-signal", **params).json()
    assert seen["contacts"] == 2
    ids, token = list(seen["items"]), seen["next_page_token"]
    while token:
        page = customer.get("/v1/outcomes/by-signal", **params, page_token=token).json()
        ids, token = ids + page["items"], page["next_page_token"]
    assert len(set(ids)) == 2
    repeat = seen["repeat_contact"]
    assert repeat["yes"] + repeat["open"] <= 2
    assert repeat["known"] + repeat["open"] == 2
    if repeat["rate"] is not None:
        assert repeat["low"] <= repeat["rate"] <= repeat["high"]
    again = customer.get("/v1/outcomes/by-signal", **params, outcome="repeat_contact").json()
    assert len(again["items"]) == repeat["yes"]


def test_a_window_that_is_not_kept_is_refused_by_name(customer: "Caller") -> None:
    params = {"kind": "intent", "label": "refund_request", "window_hours": 5}
    answer = customer.get("/v1/outcomes/by-signal", **params)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-window")
    assert "168" in answer.json()["detail"]
