"""Lenses and types over HTTP: each row opens to its journeys, and what is missing is told."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.api.conftest import Caller


@pytest.fixture
def three(caller: "Caller", conversation: Callable[..., dict[str, Any]]) -> "Caller":
    """Three customers with one settled chat each."""
    closed = [{"status": "solved", "at": "2026-10-01T10:00:00Z"}]
    talks = [
        conversation(
            str(n), "My refund is missing", status_history=closed, identifiers=[f"account:{n}"]
        )
        for n in range(3)
    ]
    for talk in talks:
        caller.hand_in(talk)
    return caller


def test_each_row_opens_to_as_many_journeys_as_it_counts(three: "Caller") -> None:
    told = three.get("/v1/lenses/variants").json()
    assert told["journeys"] == 3
    for row in told["rows"]:
        path = f"/v1/lenses/{told['name']}/journeys"
        first = three.get(path, key=row["key"], page_size=2).json()
        held = [item["id"] for item in first["items"]]
        while first["next_page_token"]:
            token = first["next_page_token"]
            first = three.get(path, key=row["key"], page_size=2, page_token=token).json()
            held += [item["id"] for item in first["items"]]
        assert len(held) == len(set(held)) == row["journeys"]


def test_all_lenses_and_the_chain_answer(three: "Caller") -> None:
    every = three.get("/v1/lenses", limit=3).json()["items"]
    assert len(every) >= 10
    assert all(one["decision"] and len(one["rows"]) <= 3 for one in every)
    chain = three.get("/v1/lenses/chain")
    assert chain.status_code in (200, 404)


def test_what_is_not_there_is_told_with_what_is(three: "Caller") -> None:
    unknown = three.get("/v1/lenses/nothing")
    assert unknown.status_code == 404
    assert "drop_offs" in unknown.json()["detail"]
    assert three.get("/v1/lenses/paths", colour="red").status_code == 422
    assert three.get("/v1/journey-types").status_code == 404
    few = three.post("/v1/journey-types/fit", None)
    assert few.status_code == 422
    assert "3 journeys are too few" in few.json()["detail"]


# Journeys so alike give fewer different points than types that are tried.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_types_are_found_by_a_worker_that_tells_how_far_it_is(
    caller: "Caller", conversation: Callable[..., dict[str, Any]]
) -> None:
    closed = [{"status": "solved", "at": "2026-10-01T10:00:00Z"}]
    for n in range(24):
        channel = "chat" if n % 2 else "email"
        caller.hand_in(
            conversation(
                str(n), "My refund is missing", status_history=closed, channel=channel,
                identifiers=[f"account:{n}"],
            )
        )  # fmt: skip
    asked = caller.post("/v1/journey-types/fit", None)
    assert asked.status_code == 202
    path = f"/v1/jobs/{asked.json()['id']}"
    job = caller.get(path).json()
    assert job["kind"] == "journeys"
    assert 0.0 <= job["progress"] <= 1.0
    job = caller.settled(asked.json()["id"], seconds=240.0)  # a fit takes as long as it takes
    assert (job["state"], job["done"], job["progress"]) == ("done", 1, 1.0)
    told = caller.get("/v1/journey-types").json()
    assert told["journeys"] == told["fitted_on"] == 24
    caller.hand_in(conversation("new", "My refund is missing", identifiers=["account:new"]))
    later = caller.get("/v1/journey-types").json()
    assert (later["journeys"], later["fitted_on"]) == (25, 24)
    assert later["version"] == told["version"]
    held = [caller.get(f"/v1/journey-types/{k['number']}/journeys").json() for k in later["kinds"]]
    assert sum(len(one["journeys"]) for one in held) == 25


def test_an_open_journey_shows_no_next_step_before_it_was_learned(three: "Caller") -> None:
    (row, *_) = three.get("/v1/journeys").json()["items"]
    assert three.get(f"/v1/journeys/{row['id']}").json()["next_step"] is None
