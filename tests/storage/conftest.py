"""Small records to store."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from domain.conversation import Channel, Conversation, Role, Turn
from domain.identity import Identifier

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

Make = Callable[..., Conversation]


@pytest.fixture
def start() -> datetime:
    """Give the moment at which every conversation here starts."""
    return START


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def make() -> Make:
    """Give a maker of conversations with one turn for each text."""

    def make(
        source_id: str = "1", texts: tuple[str, ...] = ("hello",), **fields: object
    ) -> Conversation:
        turns = tuple(
            Turn(
                role=Role.CUSTOMER if i % 2 == 0 else Role.AGENT,
                text=text,
                source_id=f"{source_id}-{i}",
                at=START + timedelta(minutes=i),
            )
            for i, text in enumerate(texts)
        )
        given = {
            "source": "zendesk",
            "source_id": source_id,
            "channel": Channel.EMAIL,
            "started_at": START,
            "turns": turns,
            "identifiers": (Identifier.model_validate("email:ann@example.org"),),
            **fields,
        }
        return Conversation.model_validate(given)

    return make
