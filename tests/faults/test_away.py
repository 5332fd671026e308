"""A service that is away: what was accepted is done later, what cannot be kept is refused."""

import httpx

from storage.tables import (
    ConversationRow,
    IdempotencyRow,
    JobItemRow,
    JobRow,
    TurnRow,
    WorkRow,
)
from tests.faults.checks import violations
from tests.faults.conftest import MakeFleet
from tests.faults.fleet import Fleet
from tests.faults.made import conversation, ids
from tests.faults.servers import Broker, PostgreSQL, Redis
from tests.faults.service import until

RECORDS = range(120)


def test_what_came_in_without_a_broker_is_tagged_when_it_is_back(
    make_fleet: MakeFleet, broker: Broker
) -> None:
    fleet = make_fleet(broker)
    fleet.start()
    broker.stop()
    try:
        with fleet.client() as client:
            for first in RECORDS[::10]:
                body = [conversation(number) for number in range(first, first + 10)]
                assert client.post("/v1/conversations", json=body).status_code == 202
    finally:
        broker.start()
    assert fleet.left() == len(RECORDS), "nobody could be told of the work"
    until(fleet.tended(lambda: fleet.left() == 0), "the end of the work", 600)
    assert not violations(fleet.database, ids(RECORDS))


def test_without_a_database_the_answer_is_a_clear_503_and_nothing_is_half_written(
    make_fleet: MakeFleet, postgresql: PostgreSQL, redis: Redis
) -> None:
    fleet = make_fleet(redis)
    fleet.start()
    body = [conversation(number) for number in range(10)]
    headers = {"Idempotency-Key": "sent-again"}
    with fleet.client() as client:
        postgresql.stop()
        try:
            for _ in range(3):  # also with connections that were lost before
                refused(client.post("/v1/conversations", json=body, headers=headers))
            assert client.get("/healthz").is_success
            assert client.get("/readyz").status_code == 503
        finally:
            postgresql.start()
        untouched(fleet)
        assert client.post("/v1/conversations", json=body, headers=headers).status_code == 202
    until(fleet.tended(lambda: fleet.left() == 0), "the end of the work", 600)
    assert not violations(fleet.database, ids(range(10)))


def refused(answer: httpx.Response) -> None:
    """Make sure that an answer says clearly that nothing was stored and what to do."""
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    problem = answer.json()
    assert problem["status"] == 503
    assert "Nothing was stored; send the request again." in problem["detail"]


def untouched(fleet: Fleet) -> None:
    """Make sure that nothing was kept: no record, no turn, no work, no job, no key."""
    kept = (ConversationRow, TurnRow, WorkRow, JobRow, JobItemRow, IdempotencyRow)
    assert fleet.count(*kept) == 0
