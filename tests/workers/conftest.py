"""Small records, and a tagger without a model."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from domain.base import now
from domain.conversation import Channel, Conversation, Role, Turn
from storage import conversations
from storage.database import Database
from workers.kept_mart import Keeper
from workers.mart_filler import MartFiller
from workers.pipeline import Pipeline

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the module of the tiny tagger, as a worker process finds it."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return import_module("tiny_tagger")


@pytest.fixture
def pipeline(database: Database, tiny: ModuleType) -> Pipeline:
    """Give a pipeline on each kind of database."""
    return Pipeline(database=database, tagger=tiny.TinyTagger())


@pytest.fixture
def make() -> Callable[..., Conversation]:
    """Give a maker of contacts of one customer each."""

    def make(
        source_id: str, text: str = "where is my parcel?", user: str = "u1", hours: float = 0
    ) -> Conversation:
        at = START + timedelta(hours=hours)
        return Conversation(
            source="test",
            source_id=source_id,
            channel=Channel.CHAT,
            started_at=at,
            turns=(Turn(role=Role.CUSTOMER, text=text, source_id="t0", at=at),),
            identifiers=(f"user:{user}",),  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
def recent() -> Callable[[Conversation], Conversation]:
    """Give a contact as if it had been made an hour ago."""

    def recent(conversation: Conversation) -> Conversation:
        at = now() - timedelta(hours=1)
        turns = tuple(turn.model_copy(update={"at": at}) for turn in conversation.turns)
        return conversation.model_copy(update={"started_at": at, "turns": turns})

    return recent


@pytest.fixture
def keeper(database: Database, tmp_path: Path, make: Callable[..., Conversation]) -> Keeper:
    """Give the keeper of the tables of five contacts; nothing is filled yet."""
    database.mart_dir = tmp_path / "mart"
    talks = [make(str(n), user=f"u{n}", hours=n) for n in range(5)]
    database.run(lambda session: conversations.save_many(session, talks, now()))
    keeper = Keeper.of(database)
    assert keeper is not None
    assert keeper.usable()
    return keeper


@pytest.fixture
def filler(keeper: Keeper) -> MartFiller:
    """Give what fills them, not yet begun."""
    return MartFiller(keeper)
