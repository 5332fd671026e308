"""A run that reads again beside direct calls, for ``eval.latency``."""

import json
import time
import urllib.request
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import delete, update

from domain.base import now
from eval.throughput import made
from storage import conversations
from storage.database import Database
from storage.tables import ConversationRow, WorkRow

OLDER = "older"


def stored(url: str, number: int, seed: int) -> None:
    """Store conversations as if another version had read them, so that a run reads them again."""
    database = Database(url)
    database.upgrade()
    talks = made(number, seed)
    for first in range(0, number, 200):
        part = talks[first : first + 200]
        database.run(partial(conversations.save_many, conversations=part, now=now()))
    with database.session() as session:
        session.execute(delete(WorkRow))
        session.execute(update(ConversationRow).values(tagger=OLDER, tagged_at=now()))
    database.dispose()


@dataclass(frozen=True)
class Bulk:
    """A run that reads stored conversations again, as its caller sees it.

    Attributes
    ----------
    port : int
        Of the API.
    key : str
        That it takes.
    id : str
        Of the run.
    """

    port: int
    key: str
    id: str

    @classmethod
    def begun(cls, port: int, key: str = "dev") -> "Bulk":
        """Begin a run over all that is stored."""
        return cls(port, key, _call(port, key, "/v1/retags", {})["id"])

    def read(self) -> int:
        """Count the conversations that it has read so far."""
        return int(_call(self.port, self.key, f"/v1/retags/{self.id}")["read"])

    def pace(self, seconds: float) -> float:
        """Watch it for a while; give conversations a second."""
        first, begun = self.read(), time.perf_counter()
        time.sleep(seconds)
        return (self.read() - first) / (time.perf_counter() - begun)

    def wait_for_first(self, patience_s: float = 120.0) -> None:
        """Come back when it has begun to read.

        Raises
        ------
        RuntimeError
            If it does not.
        """
        end = time.monotonic() + patience_s
        while not self.read():
            if time.monotonic() > end:
                raise RuntimeError("the run does not begin; is the model loaded?")
            time.sleep(0.2)

    def cancel(self) -> None:
        """Give it up."""
        _call(self.port, self.key, f"/v1/retags/{self.id}/cancel", {})


def _call(port: int, key: str, path: str, body: object = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers)
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
        return found
