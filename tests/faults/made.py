"""Invented conversations, no two alike."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from domain.conversation import conversation_id

SOURCE = "faults"
CONTACTS = 5
"""Of one customer."""
START = datetime(2025, 3, 3, 8, 0, tzinfo=UTC)
"""Long ago: every window has closed, so no work is left for later."""
THINGS = ("parcel", "refund", "invoice", "password", "subscription", "delivery", "return", "order")
TROUBLES = (
    "has not come",
    "is wrong again",
    "cannot be opened",
    "was taken twice",
    "is too late",
    "does not work",
    "was lost",
    "shows an error",
)
ASKED = ("Please help.", "What now?", "I asked before.", "Thank you.", "This is urgent!", "")


def conversation(number: int, *, text: str | None = None) -> dict[str, Any]:
    """Invent one conversation as the API takes it."""
    chance = Random(number)
    at = START + timedelta(minutes=7 * number)
    said = text or (
        f"My {chance.choice(THINGS)} {number} {chance.choice(TROUBLES)}. {chance.choice(ASKED)}"
    )
    return {
        "source": SOURCE,
        "source_id": str(number),
        "channel": "chat",
        "started_at": at.isoformat(),
        "turns": [{"role": "customer", "text": said, "source_id": "t0", "at": at.isoformat()}],
        "identifiers": [f"user:u{number // CONTACTS}"],
    }


def ids(numbers: range) -> set[str]:
    """Give our ids of invented conversations."""
    return {conversation_id(SOURCE, str(number)) for number in numbers}
