"""Nothing under /v1 without a key, and a key does what its scopes say."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from domain.base import now
from settings import Settings
from storage import api_keys
from storage.database import Database

if TYPE_CHECKING:
    from tests.api.conftest import Caller

Keyed = Callable[..., "Caller"]


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer tl_no"}, {"X-API-Key": "né"}, {"X-API-Key": ""}]
)
def test_no_key_no_answer(still: "Caller", headers: dict[str, str]) -> None:
    encoded = {name: value.encode() for name, value in headers.items()}
    for address in ("/v1/conversations", "/v1/nothing"):
        answer = still.http.get(address, headers=encoded)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_key_is_asked_for_before_the_body_is_read(still: "Caller") -> None:
    answer = still.http.post("/v1/tag", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 401


def test_both_headers_are_good(still: "Caller") -> None:
    for headers in ({"Authorization": "Bearer dev"}, {"X-API-Key": "dev"}):
        assert still.http.get("/v1/conversations", headers=headers).status_code == 200


def test_scopes_hold(keyed: Keyed, conversation: Callable[..., dict[str, Any]]) -> None:
    reader, writer, tagger = keyed("read"), keyed("write"), keyed("tag")
    assert reader.get("/v1/journeys").status_code == 200
    taken = writer.post("/v1/conversations", conversation())
    assert taken.status_code == 202
    for caller in (reader, writer):
        assert caller.get(f"/v1/jobs/{taken.json()['id']}").status_code == 200
    assert tagger.post("/v1/tag", {"text": "hello"}).status_code == 200
    for answer in (
        reader.post("/v1/conversations", conversation()),
        writer.get("/v1/journeys"),
        writer.post("/v1/tag", {"text": "hello"}),
        tagger.post("/v1/events", {}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/missing-scope")


def test_a_withdrawn_key_is_refused(http: TestClient, settings: Settings) -> None:
    database = Database(settings.database_url.get_secret_value())
    with database.session() as session:
        secret = api_keys.create(session, "gone", ["read"], now())
        api_keys.revoke(session, "gone", now())
    database.dispose()
    headers = {"X-API-Key": secret}
    assert http.get("/v1/journeys", headers=headers).status_code == 401


def test_the_development_key_can_be_switched_off(settings: Settings) -> None:
    closed = settings.model_copy(update={"development_key": False})
    served = settings.model_copy(update={"broker_url": SecretStr("redis://127.0.0.1:1/0")})
    for mode in (closed, served):
        app = create_app(mode, lambda _settings, _database: pytest.fail("not needed"))
        Database(settings.database_url.get_secret_value()).upgrade()
        client = TestClient(app)  # not started: keys are looked up, nothing else
        assert client.get("/v1/journeys", headers={"X-API-Key": "dev"}).status_code == 401
