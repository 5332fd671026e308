"""An operator sees health and measurements; a lost database leaves nothing half-written."""

import json
import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from anyio import create_task_group, fail_after, run, sleep, to_thread
from fastapi.testclient import TestClient

from api.app import create_app
from domain.base import now
from settings import Settings
from storage import work
from storage.database import Database
from workers.logs import JsonFormatter

if TYPE_CHECKING:
    from tests.api.conftest import Caller

Written = Callable[..., dict[str, Any]]


def test_ready_means_model_and_database(caller: "Caller") -> None:
    caller.until(lambda: caller.get("/readyz").json(), lambda seen: seen["status"] == "ready")


def test_work_that_nobody_does_is_seen(settings: Settings) -> None:
    database = Database(settings.database_url.get_secret_value())
    database.upgrade()
    with database.session() as session:
        work.add(session, work.Kind.TAG, "cnv_stuck", now() - timedelta(hours=1))
    database.dispose()
    app = create_app(settings, lambda _settings, _database: pytest.fail("never started"))
    answer = TestClient(app).get("/readyz")  # not started, so nobody works
    assert answer.status_code == 503
    reasons = " ".join(error["detail"] for error in answer.json()["errors"])
    assert "model is not loaded" in reasons
    assert "Is a worker running?" in reasons


def test_a_process_lives_while_all_its_threads_wait(settings: Settings) -> None:
    app = create_app(settings, lambda _settings, _database: pytest.fail("never started"))
    free = threading.Event()

    async def ask() -> int:
        limiter = to_thread.current_default_thread_limiter()
        limiter.total_tokens = 1
        transport = httpx.ASGITransport(app)
        client = httpx.AsyncClient(transport=transport, base_url="http://a")
        async with client, create_task_group() as tasks:
            tasks.start_soon(to_thread.run_sync, free.wait, 30)
            try:
                with fail_after(10):
                    while not limiter.borrowed_tokens:
                        await sleep(0.01)
                    return (await client.get("/healthz")).status_code
            finally:
                free.set()

    assert run(ask) == 200


def test_measurements_name_routes_and_no_addresses(caller: "Caller", conversation: Written) -> None:
    caller.hand_in(conversation())
    caller.get("/v1/context", identifier="email:ada@example.org")
    caller.get("/v1/conversations/zendesk:secret-77")
    text = caller.http.get("/metrics").text
    assert 'route="/v1/conversations/{conversation_id}",status="404"' in text
    assert "throughline_database_up 1.0" in text
    assert "throughline_model_ready 1.0" in text
    assert 'throughline_work_items{kind="tag",state="due"} 0.0' in text
    assert "ada@example.org" not in text
    assert "secret-77" not in text


def test_log_lines_are_json_without_addresses(
    caller: "Caller", caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "throughline"):
        caller.get("/v1/context", identifier="email:ada@example.org", wait_seconds=0)
    lines = [JsonFormatter().format(record) for record in caplog.records]
    requests = [line for line in map(json.loads, lines) if line["message"] == "request"]
    assert requests[-1]["route"] == "/v1/context"
    assert requests[-1]["status"] == 404
    assert requests[-1]["key"] == "development"
    assert "ada@example.org" not in "".join(lines)
    assert logging.getLogger("uvicorn.access").disabled


def test_a_lost_database_is_a_503_and_tagging_goes_on(
    caller: "Caller", conversation: Written, settings: Settings
) -> None:
    caller.until(lambda: caller.get("/readyz").json(), lambda seen: seen["status"] == "ready")
    caller.get("/v1/journeys")
    path = Path(settings.database_url.get_secret_value().removeprefix("sqlite:///"))
    caller.http.app.state.throughline.database.dispose()  # type: ignore[attr-defined]
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.mkdir()
    for answer in (
        caller.post("/v1/conversations", conversation()),
        caller.get("/v1/journeys"),
        caller.get("/v1/context", conversation="zendesk:1"),
    ):
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
    assert caller.http.get("/readyz").status_code == 503
    assert "throughline_database_up 0.0" in caller.http.get("/metrics").text
    assert caller.post("/v1/tag", {"text": "my refund"}).status_code == 200


def test_security_headers_stand_on_every_answer(http: TestClient) -> None:
    for address in ("/healthz", "/v1/journeys", "/nothing"):
        headers = http.get(address, headers={"Origin": "https://evil.example"}).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers
