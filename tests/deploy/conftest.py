"""A deployment on this machine: a private broker, a database and ``throughline up``."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.base import now
from storage import api_keys
from storage.database import Database
from tests.faults.servers import RabbitMQ
from tests.faults.service import Absent

ROOT = Path(__file__).parents[2]
SECONDS = 240.0
"""Longer than any of this takes, also on a busy machine."""
TALK = {
    "source": "desk",
    "channel": "chat",
    "started_at": "2026-10-01T09:00:00Z",
    "identifiers": ["user:u1"],
}


def until(look: Callable[[], Any], good: Callable[[Any], bool] = bool) -> Any:  # noqa: ANN401
    """Look again and again until what is seen is good."""
    end = time.monotonic() + SECONDS
    while True:
        try:
            if good(seen := look()):
                return seen
        except httpx.TransportError as error:
            seen = error
        assert time.monotonic() < end, seen
        time.sleep(0.2)


def free_base() -> int:
    """Find a port that is free, and so are those of the other lines."""
    for base in range(21_000, 60_000, 1_000):
        try:
            for port in range(base, base + 400, 100):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise AssertionError("no free ports")


class Deployment:
    """What ``throughline up`` started, and its log."""

    def __init__(self, folder: Path, broker: str, database: str) -> None:
        self.log = folder / "up.log"
        self.port = free_base()
        self.environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'workers'}",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "THROUGHLINE_BROKER_URL": broker,
            "THROUGHLINE_DATABASE_URL": database,
            "THROUGHLINE_TAGGER": "tiny_tagger:load",
            "THROUGHLINE_LEASE_SECONDS": "3",
        }
        self.database = Database(database)
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli", "up", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        """Give the log so far."""
        return self.log.read_text(errors="replace")

    def ready(self) -> None:
        """Wait until the API is ready; then callers have a key."""
        until(lambda: self.http.get("/readyz").status_code, lambda status: status == 200)
        with self.database.session() as session:
            key = api_keys.create(session, "test", ("admin",), now())
        self.http.headers["Authorization"] = f"Bearer {key}"

    def hand_in(self, source_id: str, text: str) -> str:
        """Post a conversation; give the job."""
        turn = {"role": "customer", "text": text, "at": "2026-10-01T09:00:00Z"}
        body = TALK | {"source_id": source_id, "turns": [turn]}
        answer = until(
            lambda: self.http.post("/v1/conversations", json=body), lambda a: a.status_code == 202
        )
        return str(answer.json()["id"])

    def tagged(self, source_id: str, text: str) -> None:
        """Post a conversation and wait until it is read."""
        job = self.hand_in(source_id, text)
        until(lambda: self.http.get(f"/v1/jobs/{job}").json().get("state"), lambda s: s == "done")

    def measured(self, line: int) -> str:
        """Give what the process of a line of the Procfile tells Prometheus."""
        return httpx.get(f"http://127.0.0.1:{self.port + 100 * line}/metrics", trust_env=False).text

    def stop(self) -> int:
        """Ask it to stop; give its exit status."""
        self.http.close()
        self.database.dispose()
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """Give the URL of a RabbitMQ of our own."""
    with tempfile.TemporaryDirectory(prefix="throughline-deploy-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        try:
            service = RabbitMQ(folder)
        except Absent as error:
            pytest.skip(str(error))
        try:
            service.start()
            yield service.url()
        finally:
            service.kill()


@pytest.fixture
def deployment(tmp_path: Path, broker: str, postgresql_url: str) -> Iterator[Deployment]:
    """Start the set of the Procfile."""
    there = Deployment(tmp_path, broker, postgresql_url)
    try:
        yield there
    finally:
        if there.process.poll() is None:
            there.stop()
