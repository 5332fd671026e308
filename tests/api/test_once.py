"""A POST that is sent again with its key changes nothing more."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi.testclient import TestClient

from api.state import Running

if TYPE_CHECKING:
    from tests.api.conftest import Caller

Written = Callable[..., dict[str, Any]]
KEY = {"Idempotency-Key": "try-1"}


def test_the_same_request_gets_the_same_answer(caller: "Caller", conversation: Written) -> None:
    first = caller.post("/v1/conversations", conversation(), **KEY)
    again = caller.post("/v1/conversations", conversation(), **KEY)
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


def test_another_body_under_the_same_key_is_refused(
    caller: "Caller", conversation: Written
) -> None:
    caller.post("/v1/conversations", conversation(), **KEY)
    for address, body in (
        ("/v1/conversations", conversation("2")),
        ("/v1/events", {"source": "a", "source_id": "1", "name": "n", "at": "2026-01-01T00:00Z"}),
    ):
        answer = caller.post(address, body, **KEY)
        assert answer.status_code == 422
        assert answer.json()["type"] == "/problems/idempotency-key-reused"
    assert len(caller.get("/v1/conversations").json()["items"]) == 1


def test_a_refusal_is_not_remembered(caller: "Caller", conversation: Written) -> None:
    address = "/v1/conversations/zendesk:1/turns"
    body = {"turns": [{"role": "customer", "text": "hello"}]}
    assert caller.post(address, body, **KEY).status_code == 404
    caller.hand_in(conversation())
    assert caller.post(address, body, **KEY).status_code == 202
    assert caller.post(address, body, **KEY).status_code == 202
    assert len(caller.get("/v1/conversations/zendesk:1").json()["turns"]) == 2


def test_keys_of_one_caller_are_nothing_to_another(
    keyed: Callable[..., "Caller"], conversation: Written
) -> None:
    one, other = keyed("write"), keyed("write", "read")
    one.post("/v1/conversations", conversation(), **KEY)
    answer = other.post("/v1/conversations", conversation("2"), **KEY)
    assert answer.status_code == 202


def test_while_the_first_is_in_work_the_second_is_told_to_wait(
    caller: "Caller", conversation: Written
) -> None:
    running: Running = caller.http.app.state.throughline.running  # type: ignore[attr-defined]
    with running.only("development\ntry-1"):
        answer = caller.post("/v1/conversations", conversation(), **KEY)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/still-running")
    assert caller.post("/v1/conversations", conversation(), **KEY).status_code == 202


def test_many_at_once_leave_one(caller: "Caller", conversation: Written) -> None:
    statuses: list[int] = []

    def send() -> None:
        statuses.append(caller.post("/v1/conversations", conversation(), **KEY).status_code)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {202, 409}
    assert 202 in statuses
    assert len(caller.get("/v1/conversations").json()["items"]) == 1


def test_a_key_is_plain_text(http: TestClient) -> None:
    headers = {"X-API-Key": "dev", "Idempotency-Key": "a b"}
    assert http.post("/v1/events", json={}, headers=headers).status_code == 422
