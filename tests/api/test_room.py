"""Records are refused, not lost, while too many wait to be worked on."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from api import room
from api.app import create_app
from api.problems import Problem
from api.room import Room
from settings import Settings

KEY = {"X-API-Key": "dev"}
Written = Callable[..., dict[str, Any]]


@pytest.fixture
def http(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:  # noqa: ANN401
    """Serve an application in which two pieces of work may wait and nobody works."""
    monkeypatch.setattr(room, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr("workers.embedded.EmbeddedRunner.start", lambda _self: None)
    monkeypatch.setattr("workers.embedded.EmbeddedRunner.stop", lambda _self: None)
    settings = Settings(
        _env_file=None,
        database_url=SecretStr(f"sqlite:///{tmp_path / 'throughline.db'}"),
        waiting_limit=2,
    )

    def unread(_settings: object, _database: object) -> Any:  # noqa: ANN401
        raise RuntimeError("nobody tags here")

    with TestClient(create_app(settings, unread)) as client:
        yield client


def test_new_records_are_refused_while_too_many_wait(
    http: TestClient, conversation: Written
) -> None:
    for number in range(3):
        talk = conversation(source_id=str(number))
        assert http.post("/v1/conversations", json=talk, headers=KEY).status_code == 202
    refused = http.post("/v1/conversations", json=conversation(source_id="9"), headers=KEY)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert http.get("/v1/conversations/zendesk:9", headers=KEY).status_code == 404
    turn = {"role": "customer", "text": "Are you there?"}
    live = http.post("/v1/conversations/zendesk:1/turns", json={"turns": [turn]}, headers=KEY)
    assert live.status_code == 202


class Silent:
    """A database whose host answers nothing until it is cut off for good."""

    def __init__(self) -> None:
        self.asked = 0
        self.begun, self.over = threading.Event(), threading.Event()

    @contextmanager
    def reading(self) -> Iterator[object]:
        self.asked += 1
        self.begun.set()
        assert self.over.wait(30)
        raise OperationalError("connect", None, TimeoutError())
        yield


def test_a_silent_database_holds_one_caller_and_the_others_get_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database = Silent()
    checked = Room(database, 2)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(checked.check)
        assert database.begun.wait(30)
        for _ in range(3):
            checked.check()  # the last answer counts: there is room
        database.over.set()
        away = first.exception()
    assert isinstance(away, Problem)
    for _ in range(3):
        with pytest.raises(Problem) as refused:
            checked.check()
        assert (refused.value.status, refused.value.detail) == (503, away.detail)
    assert database.asked == 1, "an answer that failed counts as long as any other"
    monkeypatch.setattr(room, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(database, "reading", lambda: pytest.fail("asked again"))
    with pytest.raises(pytest.fail.Exception, match="asked again"):
        checked.check()
