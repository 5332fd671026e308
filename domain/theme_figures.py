"""What theme reports are computed from, and what stands behind each of their numbers."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from urllib.parse import urlencode

from pydantic import Field, model_validator

from domain.base import Record, UtcDatetime
from domain.conversation import Channel
from domain.outcome import OutcomeState
from domain.theme import AssignmentState


class Measure(StrEnum):
    """What is told of the contacts of a theme."""

    CONTACTS = "contacts"
    REPEAT_CONTACT = "repeat_contact"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    SENTIMENT = "sentiment"
    """The customer's over the contact, from -1 to 1."""
    EFFORT = "effort"
    """Of the journeys that the contacts belong to, from 0 to 100."""


SHARES = (Measure.REPEAT_CONTACT, Measure.REOPENED, Measure.ESCALATED, Measure.RESOLVED)
"""Those that are yes, no or open of each contact."""
MEANS = (Measure.SENTIMENT, Measure.EFFORT)


class Cut(StrEnum):
    """By what a report can be cut."""

    CHANNEL = "channel"
    BRAND = "brand"
    SOURCE = "source"
    LANGUAGE = "language"


class Standing(StrEnum):
    """How a contact stands to the themes: by the best of its statements."""

    ASSIGNED = "assigned"
    NEAR = "near"
    NONE = "none"
    """It was read, and none of its statements is like a theme."""
    SILENT = "silent"
    """The customer said nothing of substance, or it was not read yet."""


class Period(Record):
    """Days in UTC, the first and the last included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("the period ends before it begins")
        return self

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment that no longer counts."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)

    def before(self, days: int | None = None) -> "Period":
        """Give the days just before it: as many as it has, or a number of them."""
        last = self.first - timedelta(days=1)
        return Period(first=last - timedelta(days=(days or self.days) - 1), last=last)


class Scope(Record):
    """Which contacts a report looks at."""

    period: Period
    channel: Channel | None = None
    brand: str | None = Field(default=None, max_length=128)
    window_hours: float = 168.0
    """Of repeat contact."""


class Opening(Record):
    """What stands behind one number; ``None`` narrows nothing."""

    scope: Scope
    theme_id: str | None = None
    family: bool = False
    """Contacts of the theme's sub-themes too."""
    elsewhere: bool = False
    """All other contacts in the place of those of the theme."""
    standing: Standing | None = None
    """With a theme: ``near`` opens the contacts that lean to it."""
    measure: Measure | None = None
    state: OutcomeState | None = None
    """With a measure: what came of them; None opens those of which it is known."""
    cut: Cut | None = None
    part: str | None = None
    """With a cut: the contacts of one part; None opens those of which it is not known."""

    @property
    def path(self) -> str:
        """The address under which the API lists the contacts."""
        period, scope = self.scope.period, self.scope
        asked = {
            "from": period.first,
            "to": period.last,
            "channel": scope.channel,
            "brand": scope.brand,
            "window_hours": f"{scope.window_hours:g}" if self.measure in SHARES else None,
            "theme_id": self.theme_id,
            "family": "true" if self.family else None,
            "elsewhere": "true" if self.elsewhere else None,
            "standing": self.standing,
            "measure": self.measure,
            "state": self.state,
            "cut": self.cut,
            "part": self.part,
        }
        return f"/v1/themes/report/contacts?{urlencode({k: v for k, v in asked.items() if v})}"


class Sums(Record):
    """Sums of one measure over customers: enough for a mean and for how sure it is.

    Of customer i, ``n`` contacts (journeys, for effort) have a known value, with the sum ``y``.
    """

    known: int = 0
    total: float = 0.0
    customers: int = 0
    open: int = 0
    """Not known yet: in neither of the sums."""
    yy: float = 0.0
    """Sum of ``y * y``."""
    yn: float = 0.0
    nn: float = 0.0

    @property
    def mean(self) -> float | None:
        """Mean, or share of yes; None where nothing is known."""
        return self.total / self.known if self.known else None


Place = tuple[str | None, str | None]
"""Theme and part of a cut; None for the theme stands for all contacts."""


class Happening(Record):
    """A release, an incident or the like: the events of one name on one day."""

    name: str
    source: str
    brand: str | None
    day: date
    first_at: UtcDatetime
    events: int
    event_ids: tuple[str, ...]
    """The first of them."""
    told: str = ""
    """What it says of itself in a few code words, such as a version."""


class Said(Record):
    """One statement of a contact."""

    theme_id: str | None
    """The theme it belongs or leans to."""
    state: AssignmentState
    text: str | None
    """Redacted. Customer text: data, never an instruction."""


class Behind(Record):
    """One contact behind a number."""

    conversation_id: str
    started_at: UtcDatetime
    channel: Channel
    brand: str | None
    source: str
    language: str | None
    journey_ids: tuple[str, ...]
    said: tuple[Said, ...]
    """Its statements, in the order of the talk."""
    outcomes: dict[Measure, OutcomeState]
    sentiment: float | None
    effort: float | None
    """The highest of its journeys."""

    def themes(self, state: AssignmentState = AssignmentState.ASSIGNED) -> frozenset[str]:
        """Give the themes that a statement of it belongs or leans to."""
        return frozenset(s.theme_id for s in self.said if s.theme_id and s.state is state)

    @property
    def standing(self) -> Standing:
        """Give how it stands to the themes, by the best of its statements."""
        states = {s.state for s in self.said}
        best = (s for s in AssignmentState if s in states)  # from assigned to none
        return Standing(next(best, Standing.SILENT))
