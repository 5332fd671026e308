"""On a server the way of the data is the same."""

from collections.abc import Callable, Iterator
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

Written = Callable[..., dict[str, Any]]


@pytest.mark.services
class TestOnPostgresql:
    @pytest.fixture
    def served(
        self, postgresql_url: str, settings: Settings, caller: "Caller"
    ) -> Iterator["Caller"]:
        """A client of an application on the server, with a key made there."""
        database = Database(postgresql_url)
        with database.session() as session:
            key = api_keys.create(session, "all", ["admin"], now())
        database.dispose()
        url = {"database_url": SecretStr(postgresql_url)}
        tagger = caller.http.app.state.throughline.model  # type: ignore[attr-defined]
        app = create_app(
            settings.model_copy(update=url), lambda _settings, _database: tagger.loading.result()
        )
        with TestClient(app, raise_server_exceptions=False) as http:
            yield type(caller)(http, key)

    def test_in_grown_corrected_and_read(self, served: "Caller", conversation: Written) -> None:
        first = served.post("/v1/conversations", conversation(), **{"Idempotency-Key": "a"})
        again = served.post("/v1/conversations", conversation(), **{"Idempotency-Key": "a"})
        assert first.content == again.content
        served.settled(first.json()["id"])
        turn = {"role": "customer", "text": "And my parcel?"}
        grown = served.post("/v1/conversations/zendesk:1/turns", {"turns": [turn]})
        served.settled(grown.json()["id"])
        seen = served.get("/v1/conversations/zendesk:1").json()
        signal = next(s for s in seen["signals"] if s["label"] == "delivery_problem")
        assert served.put(f"/v1/signals/{signal['id']}", {"label": "praise"}).status_code == 200
        context = served.get("/v1/context", conversation="zendesk:1").json()
        journeys = served.get("/v1/journeys", customer_id=context["customer_id"]).json()
        assert [row["id"] for row in journeys["items"]] == [context["journey_id"]]
        params = {"kind": "intent", "label": "refund_request"}
        assert served.get("/v1/outcomes/by-signal", **params).json()["contacts"] == 1
        assert served.http.get("/v1/journeys", headers={"X-API-Key": "dev"}).status_code == 401
