from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.conversation import Channel, Conversation, Role, Turn
from nlp.encoder import Encoder
from nlp.models import build
from nlp.tagger import Tagger, TaggerConfig
from nlp.vectors import NoCache, Vectors
from settings import Settings


@pytest.fixture(scope="session")
def config() -> TaggerConfig:
    settings = Settings()
    build(settings.model_dir)
    return TaggerConfig(settings.model_dir, settings.encoder, settings.languages, threads=1)


@pytest.fixture(scope="session")
def encoder(config: TaggerConfig) -> Encoder:
    return Encoder.load(config.model_dir, config.encoder, config.threads)


@pytest.fixture(scope="session")
def vectors(encoder: Encoder) -> Vectors:
    return Vectors(encoder, NoCache())


@pytest.fixture(scope="session")
def tagger(config: TaggerConfig) -> Tagger:
    return Tagger.load(config)


Talk = Callable[..., Conversation]


@pytest.fixture
def talk() -> Talk:
    """Make a conversation of (role, text) pairs or turns."""

    def make(*turns: tuple[str, str] | Turn, **more: object) -> Conversation:
        fields: dict[str, object] = {
            "source": "test",
            "source_id": "1",
            "channel": Channel.CHAT,
            "started_at": datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
            "turns": tuple(
                turn if isinstance(turn, Turn) else Turn(role=Role(turn[0]), text=turn[1])
                for turn in turns
            ),
        }
        return Conversation.model_validate({**fields, **more})

    return make


@pytest.fixture
def root() -> Path:
    return Path(__file__).parents[2]
