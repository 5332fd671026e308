"""A running application on a real database, with a small tagger that follows the contract."""

import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from domain.base import now, stable_id
from domain.conversation import Conversation, Role, Turn
from domain.redaction import Redaction
from domain.signal import Evidence, Signal, SignalKind, SubjectKind
from settings import Settings
from storage import api_keys
from storage.database import Database
from tests.tiny_vectors import TinyOwnTagger

EMAIL = re.compile(r"[\w.]{1,64}@[\w.]+")
INTENTS = {"refund": "refund_request", "parcel": "delivery_problem"}
SECONDS = 60.0
"""Longer than any of this takes, also on a busy machine."""


@dataclass(frozen=True)
class SmallTagged:
    conversation_id: str
    signals: tuple[Signal, ...]
    redactions: tuple[tuple[Redaction, ...], ...]
    need: tuple[float, ...] | None = None
    space: str = "small"
    said: tuple[()] = ()


class SmallTagger(TinyOwnTagger):
    """Reads a few words by rules."""

    version = "small@1"

    def tag(
        self, conversations: Sequence[Conversation], *, needs: bool = True
    ) -> list[SmallTagged]:
        return [_tagged(conversation) for conversation in conversations]


def _tagged(conversation: Conversation) -> SmallTagged:
    text = " ".join(turn.text for turn in conversation.turns)
    signals = list(_signals(SubjectKind.CONVERSATION, conversation.id, text, ()))
    for position, turn in enumerate(conversation.turns):
        evidence = (Evidence(turn=position, start=0, end=len(turn.text)),)
        id_ = conversation.turn_id(position)
        signals += _signals(SubjectKind.TURN, id_, turn.text, evidence)
        signals += _entities(conversation, position)
    hidden = tuple(_redactions(turn) for turn in conversation.turns)
    return SmallTagged(conversation.id, tuple(signals), hidden)


def _signals(
    subject: SubjectKind, id_: str, text: str, evidence: tuple[Evidence, ...]
) -> Iterator[Signal]:
    labels = [(SignalKind.INTENT, label) for word, label in INTENTS.items() if word in text.lower()]
    mood = "negative" if "bad" in text.lower() else "neutral"
    for kind, label in [*labels, (SignalKind.SENTIMENT, mood), (SignalKind.LANGUAGE, "en")]:
        yield Signal(
            subject_kind=subject,
            subject_id=id_,
            kind=kind,
            label=label,
            probability=0.9,
            value={"negative": -1.0, "neutral": 0.0}.get(label),
            evidence=evidence,
            model="small@1",
            content_hash=stable_id("txt", text),
        )


def _entities(conversation: Conversation, position: int) -> Iterator[Signal]:
    turn = conversation.turns[position]
    for match in EMAIL.finditer(turn.text):
        yield Signal(
            subject_kind=SubjectKind.TURN,
            subject_id=conversation.turn_id(position),
            kind=SignalKind.ENTITY,
            label="email",
            evidence=(Evidence(turn=position, start=match.start(), end=match.end()),),
            model="small@1",
            content_hash=stable_id("txt", turn.text),
            details={"normal": match.group()},
        )


def _redactions(turn: Turn) -> tuple[Redaction, ...]:
    return tuple(
        Redaction(start=m.start(), end=m.end(), pseudonym="[EMAIL_1]")
        for m in EMAIL.finditer(turn.text)
    )


def conversation(source_id: str = "1", *texts: str, **fields: object) -> dict[str, Any]:
    """Write a conversation as a caller sends it; every other turn is the agent's."""
    roles = (Role.CUSTOMER, Role.AGENT)
    return {
        "source": "zendesk",
        "source_id": source_id,
        "channel": "chat",
        "started_at": "2026-10-01T09:00:00Z",
        "identifiers": ["email:ada@example.org"],
        "turns": [
            {"role": roles[n % 2], "text": text, "at": f"2026-10-01T09:{n:02}:00Z"}
            for n, text in enumerate(texts or ("Where is my refund? ada@example.org waits.",))
        ],
        **fields,
    }


@dataclass(frozen=True)
class Caller:
    """A client with a key."""

    http: TestClient
    key: str = "dev"

    def get(self, path: str, **params: object) -> Any:  # noqa: ANN401
        return self.http.get(path, params=params, headers=self._headers())

    def post(self, path: str, body: object, **headers: str) -> Any:  # noqa: ANN401
        return self.http.post(path, json=body, headers=self._headers() | headers)

    def put(self, path: str, body: object) -> Any:  # noqa: ANN401
        return self.http.put(path, json=body, headers=self._headers())

    def patch(self, path: str, body: object) -> Any:  # noqa: ANN401
        return self.http.patch(path, json=body, headers=self._headers())

    def delete(self, path: str) -> Any:  # noqa: ANN401
        return self.http.delete(path, headers=self._headers())

    def hand_in(self, body: object) -> dict[str, Any]:
        """Post conversations and wait until they are worked on."""
        answer = self.post("/v1/conversations", body)
        assert answer.status_code == 202, answer.text
        self.settled(answer.json()["id"])
        return dict(answer.json())

    def settled(self, job: str, seconds: float = SECONDS) -> dict[str, Any]:
        return self.until(
            lambda: self.get(f"/v1/jobs/{job}").json(),
            lambda view: view["state"] == "done",
            seconds,
        )

    @staticmethod
    def until(
        look: Callable[[], dict[str, Any]],
        good: Callable[[dict[str, Any]], bool],
        seconds: float = SECONDS,
    ) -> dict[str, Any]:
        """Look again and again until what is seen is good."""
        end = time.monotonic() + seconds
        while not good(seen := look()):
            assert time.monotonic() < end, seen
            time.sleep(0.02)
        return seen

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@pytest.fixture(scope="session")
def tagger() -> SmallTagger:
    return SmallTagger()


@pytest.fixture(name="conversation", scope="session")
def written() -> Callable[..., dict[str, Any]]:
    """Give what writes a conversation as a caller sends it."""
    return conversation


def _settings(url: str) -> Settings:
    return Settings(_env_file=None, database_url=SecretStr(url), max_body_bytes=30_000_000)


@contextmanager
def _served(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings, lambda _settings, _database: SmallTagger())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return _settings(sqlite_url)


@pytest.fixture
def http(settings: Settings) -> Iterator[TestClient]:
    with _served(settings) as client:
        yield client


@pytest.fixture
def caller(http: TestClient) -> Caller:
    """A client that may do everything."""
    return Caller(http)


@pytest.fixture(scope="module")
def still_settings(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("still")
    return _settings(f"sqlite:///{shutil.copyfile(template, folder / 'throughline.db')}")


@pytest.fixture(scope="module")
def still(still_settings: Settings) -> Iterator[Caller]:
    """One client for all tests of a file that only read, or whose calls are refused."""
    with _served(still_settings) as client:
        yield Caller(client)


@pytest.fixture
def keyed(http: TestClient, settings: Settings) -> Callable[..., Caller]:
    """Make a client with some scopes only."""

    def make(*scopes: str) -> Caller:
        database = Database(settings.database_url.get_secret_value())
        with database.session() as session:
            key = api_keys.create(session, "-".join(scopes), scopes, now())
        database.dispose()
        return Caller(http, key)

    return make
