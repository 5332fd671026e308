"""What an application opens it closes, the word to the broker included."""

import threading
import time

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api import lifecycle
from api.app import create_app
from settings import Settings


@pytest.mark.parametrize("url", ["amqp://guest:guest@127.0.0.1:1", "redis://127.0.0.1:1"])
def test_the_thread_that_tells_the_broker_ends_with_the_application(
    url: str, settings: Settings, tagger: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[float] = []
    stop = lifecycle.BrokerNotifier.stop
    monkeypatch.setattr(
        lifecycle.BrokerNotifier,
        "stop",
        lambda self, timeout_s: (stop(self, timeout_s), stopped.append(timeout_s)),
    )
    chosen = settings.model_copy(update={"broker_url": SecretStr(url)})
    before = threading.active_count()
    app = create_app(chosen, lambda _settings, _database: tagger)  # type: ignore[arg-type,return-value]
    with TestClient(app):
        app.state.throughline.wake()
    assert stopped == [lifecycle.HINT_SECONDS]
    end = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.05)
    assert threading.active_count() <= before
