"""A conversation and its turns: one contact of a customer."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.base import Record, UtcDatetime, stable_id
from domain.identity import Identifier

MAX_TURNS = 10_000
MAX_TEXT = 1_000_000
"""Characters of one turn. Longer ones are refused by name, not cut in silence."""
MAX_OFFSET_MS = 10**12
"""Thirty-one years: what lies beyond is a moment that was taken for an offset."""

SourceName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
SourceId = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00]+$")]


class Role(StrEnum):
    """Who speaks."""

    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"
    SYSTEM = "system"


class Channel(StrEnum):
    """Where the talk took place."""

    EMAIL = "email"
    CHAT = "chat"
    CALL = "call"
    SOCIAL = "social"
    FORM = "form"


class Visibility(StrEnum):
    """Whether the customer could read the turn."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Status(StrEnum):
    """State of a ticket, in the order a ticket runs through."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    HOLD = "hold"
    SOLVED = "solved"
    CLOSED = "closed"

    @property
    def done(self) -> bool:
        """Whether the support team holds the matter to be settled."""
        return self in (Status.SOLVED, Status.CLOSED)


class PartKind(StrEnum):
    """Why a part of a turn is kept but not analysed."""

    QUOTED = "quoted"
    SIGNATURE = "signature"
    AUTO_REPLY = "auto_reply"


class Part(Record):
    """A part of a turn's text, ``[start, end)`` in characters, that is not analysed."""

    kind: PartKind
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Turn(Record):
    """One message or utterance."""

    role: Role
    text: str = Field(max_length=MAX_TEXT)
    """The stored original as plain text. All offsets refer to it."""
    source_id: SourceId | None = None
    at: UtcDatetime | None = None
    start_ms: int | None = Field(default=None, ge=0, le=MAX_OFFSET_MS)
    """Offset from the conversation's start, in milliseconds."""
    end_ms: int | None = Field(default=None, ge=0, le=MAX_OFFSET_MS)
    visibility: Visibility = Visibility.PUBLIC
    author: str | None = Field(default=None, max_length=256)
    """Display name of the speaker, as the source gives it."""
    parts: tuple[Part, ...] = ()

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        if any(part.end < part.start or part.end > len(self.text) for part in self.parts):
            raise ValueError("a part lies outside the turn's text")
        return self

    @property
    def body(self) -> str:
        """The text to analyse: as long as ``text``, with kept-apart parts blanked.

        Blanks stand for characters one to one, so offsets in the body are offsets in
        the original.
        """
        body = self.text
        for part in self.parts:
            body = body[: part.start] + " " * (part.end - part.start) + body[part.end :]
        return body

    @property
    def public(self) -> bool:
        """Whether the customer took part in this turn."""
        return self.visibility is Visibility.PUBLIC


class StatusChange(Record):
    """A ticket took a status."""

    status: Status
    at: UtcDatetime


class Handover(Record):
    """The conversation moved to another agent or group."""

    at: UtcDatetime
    to: str = Field(max_length=256)
    escalation: bool = False
    """Whether it was handed up, not sideways."""


class Rating(Record):
    """What the customer answered to a satisfaction survey, on a scale from 1 to 5."""

    at: UtcDatetime
    score: float = Field(ge=1, le=5)
    comment: str | None = Field(default=None, max_length=MAX_TEXT)


class Conversation(Record):
    """An ordered list of turns on one channel, from one source."""

    source: SourceName
    source_id: SourceId
    channel: Channel
    started_at: UtcDatetime
    turns: tuple[Turn, ...] = Field(default=(), max_length=MAX_TURNS)
    ended_at: UtcDatetime | None = None
    """When it closed or fell silent; None while it goes on or when nobody knows."""
    subject: str | None = Field(default=None, max_length=1_000)
    identifiers: tuple[Identifier, ...] = Field(default=(), max_length=50)
    """The customer's identifiers that this record shows."""
    customer_name: str | None = Field(default=None, max_length=256)
    brand: str | None = Field(default=None, max_length=128)
    language: str | None = Field(default=None, max_length=16)
    """As the source states it, BCP 47."""
    status_history: tuple[StatusChange, ...] = Field(default=(), max_length=1_000)
    handovers: tuple[Handover, ...] = Field(default=(), max_length=1_000)
    ratings: tuple[Rating, ...] = Field(default=(), max_length=100)
    metadata: Mapping[str, str] = Field(default_factory=dict)
    """What else the source says: tags, custom fields, metrics, vendor sentiment."""

    @property
    def id(self) -> str:
        """Our id, derived from source and source id."""
        return conversation_id(self.source, self.source_id)

    @property
    def status(self) -> Status | None:
        """The last status, or None where the source has none."""
        return self.status_history[-1].status if self.status_history else None

    def turn_id(self, position: int) -> str:
        """Give the id of the turn at a position, counted from 0.

        It hangs on the source's own id of the turn where there is one, so that a turn
        keeps its id when an earlier one comes in late.
        """
        key = self.turns[position].source_id
        return stable_id("trn", self.id, f"#{position}" if key is None else key)

    def moment(self, turn: Turn) -> datetime:
        """Give when a turn of this conversation was said; its start where none is known."""
        if turn.at is not None:
            return turn.at
        return self.started_at + timedelta(milliseconds=turn.start_ms or 0)

    def last_moment(self) -> datetime:
        """Give the latest moment that anything of this conversation carries."""
        moments = [self.started_at, *(t.at for t in self.turns if t.at is not None)]
        if self.ended_at is not None:
            moments.append(self.ended_at)
        moments += [change.at for change in self.status_history]
        return max(moments)


def conversation_id(source: str, source_id: str) -> str:
    """Derive our id of a conversation from what its source calls it."""
    return stable_id("cnv", source, source_id)
