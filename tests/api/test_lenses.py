"""Lenses and types over HTTP: each row opens to its journeys, and what is missing is told."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from domain.base import now
from journey.types import choose
from settings import Settings
from storage.database import Database
from storage.journey_models import ModelKind, put
from workers.journey_models import fit_next_step
from workers.policy import policy_of

if TYPE_CHECKING:
    from tests.api.conftest import Caller


@pytest.fixture(scope="module")
def three(still: "Caller", conversation: Callable[..., dict[str, Any]]) -> "Caller":
    """Three customers with one settled chat each."""
    closed = [{"status": "solved", "at": "2026-10-01T10:00:00Z"}]
    talks = [
        conversation(
            str(n), "My refund is missing", status_history=closed, identifiers=[f"account:{n}"]
        )
        for n in range(3)
    ]
    for talk in talks:
        still.hand_in(talk)
    return still


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


def test_the_page_opens_each_row_with_its_own_filters(three: "Caller") -> None:
    page = three.get("/v1/lenses.html", channel="chat", since="2026-09-01T00:00:00Z")
    assert "3 journeys that touched chat, opened from 2026-09-01 on" in page.text
    found = re.findall(r"over HTTP: <code>(.*?)</code>", page.text)
    assert found
    for address in map(unescape, found):
        parts = urlsplit(address)
        answer = three.get(parts.path, **dict(parse_qsl(parts.query)))
        assert answer.status_code == 200, address
        assert "since=2026-09-01" in address
        assert answer.json()["items"]


def test_what_is_not_there_is_told_with_what_is(three: "Caller") -> None:
    unknown = three.get("/v1/lenses/nothing")
    assert unknown.status_code == 404
    assert unknown.json()["detail"].startswith("There is no lens 'nothing'; there are: drop_offs")
    key = three.get("/v1/lenses/paths/journeys", key="no such path")
    assert (key.status_code, key.json()["type"]) == (404, "/problems/no-such-row")
    assert "filters" in key.json()["detail"]
    assert three.get("/v1/lenses/paths", colour="red").status_code == 422
    assert three.get("/v1/journey-types").status_code == 404
    few = three.post("/v1/journey-types/fit", None)
    assert few.status_code == 422
    assert "3 journeys are too few" in few.json()["detail"]


# Journeys so alike give fewer different points than types that are tried.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_types_are_found_by_a_worker_that_tells_how_far_it_is(
    caller: "Caller",
    conversation: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # How many types there are is chosen elsewhere; each number that is tried costs many fits.
    monkeypatch.setattr(choose, "KINDS", (2, 3))
    closed = [{"status": "solved", "at": "2026-10-01T10:00:00Z"}]
    caller.hand_in(
        [
            conversation(
                str(n), "My refund is missing", status_history=closed,
                channel="chat" if n % 2 else "email", identifiers=[f"account:{n}"],
            )
            for n in range(24)
        ]
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
    missing = three.get("/v1/next-steps")
    assert missing.status_code == three.get("/v1/next-steps.html").status_code == 404
    assert "/v1/journey-types/fit" in missing.json()["detail"]


@pytest.fixture
def asked(conversation: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Write a conversation that began at a time, of a customer of its own."""

    def write(source_id: str, at: datetime, **fields: object) -> dict[str, Any]:
        who = {"identifiers": [f"account:{source_id}"], "started_at": at.isoformat()}
        talk = conversation(source_id, "Where is my refund?", **who, **fields)
        talk["turns"][0]["at"] = at.isoformat()
        return talk

    return write


@pytest.fixture
def learned(
    caller: "Caller", asked: Callable[..., dict[str, Any]], settings: Settings
) -> Iterator[Database]:
    """Give the database of 60 journeys that were solved, and of what was learned from them."""
    talks = []
    for n in range(60):
        day = datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(days=n)
        solved = {"status": "solved", "at": (day + timedelta(hours=2)).isoformat()}
        talks.append(asked(str(n), day, status_history=[solved]))
    caller.hand_in(talks)
    database = Database(settings.database_url.get_secret_value())
    assert fit_next_step(database, now(), policy_of(settings).silence) == 60
    yield database
    database.dispose()


def test_what_comes_next_is_told_page_by_page(
    caller: "Caller", learned: Database, asked: Callable[..., dict[str, Any]]
) -> None:
    moment = now()
    caller.hand_in([asked(f"new-{n}", moment - timedelta(minutes=n)) for n in range(5)])
    whole = caller.get("/v1/next-steps").json()
    assert (len(whole["items"]), whole["next_page_token"]) == (5, "")
    found, token = [], ""
    while True:
        page = caller.get("/v1/next-steps", page_size=2, page_token=token).json()
        assert len(page["items"]) <= 2
        # What stands above the pages is of all of them.
        assert (page["open"], page["left_out"]) == (5, 0)
        found += page["items"]
        if not (token := page["next_page_token"]):
            break
    assert found == whole["items"]
    first = caller.get("/v1/next-steps", page_size=2).json()["next_page_token"]
    other = caller.get("/v1/next-steps", page_size=2, page_token=first, channel="chat")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/invalid-page-token")
    assert "3 further rows: <code>/v1/next-steps?" in caller.get(
        "/v1/next-steps.html", limit=2
    ).text.replace("\n", " ")
    # What is learned anew may put them in another order.
    solved = {"status": "solved", "at": moment.isoformat()}
    caller.hand_in(asked("later", moment - timedelta(days=9), status_history=[solved]))
    assert fit_next_step(learned, moment, timedelta(hours=72)) == 61
    again = caller.get("/v1/next-steps", page_size=2, page_token=first)
    assert (again.status_code, again.json()["type"]) == (422, "/problems/invalid-page-token")
    assert "learned anew" in again.json()["detail"]


def test_what_comes_next_is_told_of_open_journeys_with_what_it_is_worth(
    caller: "Caller", learned: Database, asked: Callable[..., dict[str, Any]]
) -> None:
    moment, database = now(), learned
    caller.hand_in(asked("new", moment))
    told = caller.get("/v1/next-steps").json()
    assert (told["learned_from"], told["open"], len(told["items"])) == (60, 1, 1)
    [row] = told["items"]
    assert row["activity"] == "contact:chat"
    first = row["next"]["steps"][0]
    assert (first["activity"], row["next"]["markov"]["activity"]) == ("status:solved",) * 2
    assert first["probability"] > 0.7
    assert row["next"]["left_s"] == pytest.approx(2 * 3600)
    assert [one["form"] for one in told["measured"] if one["chosen"]] == [told["form"]]
    assert "chain" in {one["form"] for one in told["measured"]}
    assert caller.get("/v1/next-steps", brand="nobody").json()["open"] == 0
    page = caller.get("/v1/next-steps.html", since="2026-01-02T09:30:00Z", limit=1)
    assert "1 open journeys opened from 2026-01-02 09:30:00 on" in page.text
    assert f"Learned on {moment.day} {moment:%B %Y, }" in page.text
    assert row["id"] in page.text
    assert "How far to trust it" in page.text
    one = caller.get(f"/v1/journeys/{row['id']}").json()["next_step"]
    assert one["steps"] == row["next"]["steps"]
    assert one["fitted_at"] == told["fitted_at"]
    assert {told["form"], "chain"} == {each["form"] for each in one["measured"]}
    # A model of an older version is learned anew, and breaks nothing until then.
    with database.session() as session:
        put(session, ModelKind.NEXT_STEP, {"names": ["contact:chat"], "order": 1}, 60, moment)
    assert caller.get("/v1/next-steps").status_code == 404
    assert caller.get(f"/v1/journeys/{row['id']}").json()["next_step"] is None
