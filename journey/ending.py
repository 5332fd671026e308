"""When a contact began to rest: closed, fallen silent, or not yet."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.conversation import Channel, Conversation, Role
from journey.policy import JourneyPolicy


class How(StrEnum):
    """How a contact came to its end."""

    CLOSED = "closed"
    SILENT = "silent"
    OPEN = "open"


@dataclass(frozen=True)
class Ending:
    """The end of a contact as far as it is known."""

    at: datetime
    """When it closed or when the last word fell."""
    how: How

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.how is not How.OPEN


def last_word(conversation: Conversation) -> datetime:
    """Give the moment of the last public turn that a person or bot spoke."""
    spoken = (t for t in conversation.turns if t.public and t.role is not Role.SYSTEM)
    return max((conversation.moment(t) for t in spoken), default=conversation.started_at)


def settled_at(conversation: Conversation) -> datetime | None:
    """Give when the last run of done states began; None while it is not done."""
    at = None
    for change in conversation.status_history:
        at = (at or change.at) if change.status.done else None
    return at


def ending(conversation: Conversation, policy: JourneyPolicy, now: datetime) -> Ending:
    """Tell when and how a contact ended.

    A settled ticket ends when it was settled, a call when it is hung up, everything else
    with the last word, once ``silence_hours`` have passed since.
    """
    settled = settled_at(conversation)
    if settled is not None:
        return Ending(settled, How.CLOSED)
    word = last_word(conversation)
    if conversation.channel is Channel.CALL:
        return Ending(conversation.ended_at or word, How.CLOSED)
    if conversation.status is None and conversation.ended_at is not None:
        return Ending(conversation.ended_at, How.CLOSED)
    return Ending(word, How.SILENT if now - word >= policy.silence else How.OPEN)
