"""Records are refused, not lost, while too many wait to be worked on."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api import room
from api.app import create_app
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
