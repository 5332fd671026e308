"""The same record from many clients at once is one conversation."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.checks import violations
from tests.faults.conftest import MakeFleet
from tests.faults.fleet import Fleet
from tests.faults.made import conversation, ids
from tests.faults.servers import Redis
from tests.faults.service import until

CLIENTS = 16
ROUNDS = 5
BATCH = range(100, 120)


@pytest.fixture(scope="module")
def fleet(make_shared_fleet: MakeFleet, redis: Redis) -> Fleet:
    fleet = make_shared_fleet(redis, workers=1)
    fleet.start()
    return fleet


@pytest.fixture(scope="module")
def sent() -> set[str]:
    """Ids of all that the fleet was sent so far."""
    return set()


def test_the_same_record_from_sixteen_clients_at_once_is_one_conversation(
    fleet: Fleet, sent: set[str]
) -> None:
    together = threading.Barrier(CLIENTS)

    def send(number: int) -> tuple[int, list[str]]:
        with fleet.client() as client:
            together.wait()
            answer = client.post("/v1/conversations", json=conversation(number))
            return answer.status_code, answer.json().get("ids")

    with ThreadPoolExecutor(CLIENTS) as pool:
        for number in range(ROUNDS):
            answers = list(pool.map(send, [number] * CLIENTS))
            # Every one of them may rely on it: 202 to all, with the one id.
            assert answers == [(202, list(ids(range(number, number + 1))))] * CLIENTS
    until(lambda: fleet.left() == 0, "the end of the work")
    sent |= ids(range(ROUNDS))
    assert not violations(fleet.database, sent)


def test_the_same_batch_with_one_key_is_done_once(fleet: Fleet, sent: set[str]) -> None:
    body = [conversation(number) for number in BATCH]
    with ThreadPoolExecutor(CLIENTS) as pool:
        told = list(pool.map(lambda _: _insist(fleet, body), range(CLIENTS)))
    assert len(set(told)) == 1, "one request is one job, whoever sends it again"
    until(lambda: fleet.left() == 0, "the end of the work")
    sent |= ids(BATCH)
    assert not violations(fleet.database, sent)


def _insist(fleet: Fleet, body: list[dict[str, object]]) -> str:
    with fleet.client() as client:
        while True:
            headers = {"Idempotency-Key": "one-and-the-same"}
            answer = client.post("/v1/conversations", json=body, headers=headers)
            if answer.status_code == 202:
                job: str = answer.json()["id"]
                return job
            assert answer.status_code == 409, answer.text
