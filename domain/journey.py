"""Issues and journeys: contacts about one need, told in the order of time."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field, JsonValue

from domain.base import Probability, Record, UtcDatetime
from domain.conversation import Channel, Conversation
from domain.identity import Identity, IdentityLevel, IdentityLink
from domain.outcome import Outcome
from domain.signal import Signal


class Contact(Record):
    """A conversation with what was read out of it: what journeys are made of."""

    conversation: Conversation
    signals: tuple[Signal, ...] = ()
    """Those of the conversation and of its turns, corrections already applied."""
    need: tuple[float, ...] | None = None
    """Unit vector of the customer's statement of need; None where nothing was said."""
    space: str | None = None
    """Version of the embedding space of ``need``: only vectors of one space compare."""


class JoinPart(Record):
    """One reason for or against joining two contacts, with its weight."""

    name: str
    """same_reference, intent_overlap, text_similarity, time_gap, identity …"""
    value: float
    weight: float


class Join(Record):
    """Why a contact stands in an issue with an earlier one."""

    conversation_id: str
    previous_id: str | None
    """None for the contact that opened the issue."""
    probability: Probability
    parts: tuple[JoinPart, ...] = ()


class Issue(Record):
    """One need of one customer, and the contacts about it in order of time."""

    id: str
    identity_id: str
    joins: tuple[Join, ...]

    @property
    def conversation_ids(self) -> tuple[str, ...]:
        """The contacts, first to last."""
        return tuple(join.conversation_id for join in self.joins)


class EntryKind(StrEnum):
    """What stands on a timeline."""

    CONTACT = "contact"
    TURN = "turn"
    EVENT = "event"
    STATUS = "status"
    HANDOVER = "handover"
    RATING = "rating"
    OUTCOME = "outcome"


class TimelineEntry(Record):
    """One line of a journey's timeline."""

    at: UtcDatetime
    kind: EntryKind
    name: str
    """A short code: the event's name, the status, the channel."""
    subject_id: str
    """The conversation, turn or event that it opens."""
    channel: Channel | None = None
    details: Mapping[str, JsonValue] = Field(default_factory=dict)


class Effort(Record):
    """What the customer had to do, in counts and seconds."""

    contacts: int = Field(ge=0)
    channel_switches: int = Field(ge=0)
    transfers: int = Field(ge=0)
    reopenings: int = Field(ge=0)
    restated: int = Field(ge=0)
    """Times the customer had to tell the problem again."""
    customer_turns: int = Field(ge=0)
    seconds_to_resolution: float | None = Field(default=None, ge=0)
    score: float = Field(ge=0, le=100)
    """0 is none; the formula stands in ``journey/effort.py``."""
    parts: Mapping[str, float] = Field(default_factory=dict)
    """What each count adds to the score."""


class Journey(Record):
    """The timeline of one issue, with what it cost and how it ended."""

    id: str
    issue: Issue
    identity_id: str
    identity_level: IdentityLevel
    opened_at: UtcDatetime
    closed_at: UtcDatetime | None = None
    """None while the issue is open."""
    brand: str | None = None
    channels: tuple[Channel, ...]
    signals: tuple[Signal, ...] = ()
    """Rolled up from the contacts: main need, mood, trend."""
    effort: Effort
    outcomes: tuple[Outcome, ...]
    timeline: tuple[TimelineEntry, ...]


class Built(Record):
    """All that is derived from one neighbourhood of contacts and events."""

    links: tuple[IdentityLink, ...] = ()
    """Every link the records show, withdrawn ones too."""
    identities: tuple[Identity, ...] = ()
    issues: tuple[Issue, ...] = ()
    journeys: tuple[Journey, ...] = ()
    contact_outcomes: Mapping[str, tuple[Outcome, ...]] = Field(default_factory=dict)
    """Conversation id to what came of that contact."""
