"""Work that failed too often is listed with its reason, and a person has it tried again."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.app import create_app
from domain.base import now
from domain.conversation import Conversation
from settings import Settings
from storage.database import Database
from storage.tables import WorkRow
from storage.work import MAX_ATTEMPTS, State
from tests.api.conftest import Caller, SmallTagged, SmallTagger

Written = Callable[..., dict[str, Any]]
SECRET = "poison with words of a customer"


class Squeamish(SmallTagger):
    """Fails on some words until it is cured."""

    cured = False

    def tag(
        self, conversations: Sequence[Conversation], *, needs: bool = True
    ) -> list[SmallTagged]:
        words = " ".join(turn.text for talk in conversations for turn in talk.turns)
        if "poison" in words and not self.cured:
            raise ValueError(words)
        return super().tag(conversations, needs=needs)


@pytest.fixture
def tagger() -> Squeamish:
    return Squeamish()


@pytest.fixture
def http(settings: Settings, tagger: Squeamish) -> Iterator[TestClient]:
    app = create_app(settings, lambda _settings, _database: tagger)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_url.get_secret_value())
    yield database
    database.dispose()


def give_up(caller: Caller, database: Database, *records: dict[str, Any]) -> str:
    """Hand records in and have the waits between their attempts pass; give the job."""
    answer = caller.post("/v1/conversations", list(records))
    assert answer.status_code == 202, answer.text

    def hurry() -> dict[str, Any]:
        with database.session() as session:
            waits = (WorkRow.state == State.PENDING, WorkRow.attempts.between(1, MAX_ATTEMPTS))
            past = now() - timedelta(seconds=1)
            session.execute(update(WorkRow).where(*waits).values(not_before=past))
        seen: dict[str, Any] = caller.get(f"/v1/jobs/{answer.json()['id']}").json()
        return seen

    caller.until(hurry, lambda seen: seen["state"] == "done")
    return str(answer.json()["id"])


def test_poison_among_good_ones_is_listed_with_its_reason_and_no_words(
    caller: Caller, conversation: Written, database: Database
) -> None:
    records = [conversation(str(n)) for n in range(3)]
    poison = [conversation(f"bad{n}", SECRET, identifiers=[f"user:{n}"]) for n in range(2)]
    job = give_up(caller, database, *records, *poison)
    assert caller.get(f"/v1/jobs/{job}").json()["failed"] == 2
    answer = caller.get("/v1/dead-letters")
    assert "customer" not in answer.text
    found = answer.json()
    assert [item["reason"] for item in found["items"]] == ["failed:ValueError"] * 2
    assert all(item["attempts"] == MAX_ATTEMPTS for item in found["items"])
    assert all(item["parked_at"] >= item["added_at"] for item in found["items"])
    [reason] = found["reasons"]
    assert (reason["kind"], reason["reason"], reason["count"]) == (
        "tag",
        "failed:ValueError",
        2,
    )


def test_one_or_many_go_again_and_their_job_waits_for_them(
    caller: Caller, conversation: Written, database: Database, tagger: Squeamish
) -> None:
    poison = [conversation(f"bad{n}", SECRET, identifiers=[f"user:{n}"]) for n in range(3)]
    job = give_up(caller, database, *poison)
    tagger.cured = True
    first = caller.get("/v1/dead-letters").json()["items"][0]
    assert caller.post(f"/v1/dead-letters/{first['id']}/replay", None).json() == {"replayed": 1}
    caller.settled(job)
    assert caller.post(f"/v1/dead-letters/{first['id']}/replay", None).status_code == 404
    again = "/v1/dead-letters/replay"
    assert caller.post(again, {"reason": "lease_expired"}).json() == {"replayed": 0}
    assert caller.post(again, {"reason": "failed:ValueError"}).json() == {"replayed": 2}
    assert caller.settled(job)["failed"] == 0
    assert caller.get("/v1/dead-letters").json() == {
        "items": [],
        "next_page_token": "",
        "reasons": [],
    }


def test_a_listing_goes_on_where_it_ended_and_keeps_its_filter(
    caller: Caller, conversation: Written, database: Database
) -> None:
    give_up(caller, database, *(conversation(f"bad{n}", SECRET) for n in range(3)))
    first = caller.get("/v1/dead-letters", page_size=2, kind="tag").json()
    token = first["next_page_token"]
    rest = caller.get("/v1/dead-letters", page_size=2, kind="tag", page_token=token).json()
    assert len({item["id"] for item in first["items"] + rest["items"]}) == 3
    assert rest["next_page_token"] == ""
    assert caller.get("/v1/dead-letters", kind="rebuild").json()["items"] == []
    assert caller.get("/v1/dead-letters", kind="retag", page_token=token).status_code == 422


def test_only_an_administrator_replays(keyed: Callable[..., Caller]) -> None:
    reader = keyed("read")
    assert reader.get("/v1/dead-letters").status_code == 200
    assert reader.post("/v1/dead-letters/replay", {}).status_code == 403
    assert keyed("write").get("/v1/dead-letters").status_code == 403
