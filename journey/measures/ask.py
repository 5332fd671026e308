"""Which contacts an analysis looks at, and which of them stand behind one number."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import ibis
from ibis.expr.types import BooleanValue, Table
from pydantic import Field

from domain.base import Record, UtcDatetime
from domain.outcome import OutcomeState

CONTACTS_PATH = "/v1/analytics/contacts"
UNTOLD = "(none)"
"""Stands for a need, theme or brand that is not known."""


class Factor(StrEnum):
    """By what contacts are told apart."""

    NEED = "need"
    CHANNEL = "channel"
    HOURS = "hours"
    """Time of the week, in UTC: office, evening, night or weekend."""
    THEME = "theme"
    BRAND = "brand"
    STAGE = "stage"
    """Of a journey definition; known only where one is asked for."""


DRIVERS = (Factor.NEED, Factor.CHANNEL, Factor.HOURS, Factor.THEME, Factor.BRAND)
"""What repeat contact is compared by."""


class Measure(StrEnum):
    """What is told of contacts, or of the journeys that they open."""

    REPEAT = "repeat"
    FIRST = "first"
    """Settled at the first contact: of first contacts, nobody had to come back."""
    REOPENED = "reopened"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    CSAT = "csat"
    """Rated 4 or 5 of 5 by the customer."""
    SATISFACTION = "satisfaction"
    """Read from the text, 1 to 5."""
    EFFORT = "effort"
    """Of a journey that has ended, 0 to 100."""
    TIME = "time"
    """From the start of a journey until it was resolved, in seconds."""
    COST = "cost"
    """Of all contacts of a journey that has ended."""


SHARES = (
    Measure.FIRST,
    Measure.REPEAT,
    Measure.REOPENED,
    Measure.ESCALATED,
    Measure.RESOLVED,
    Measure.CSAT,
)
"""Those that are yes or no of each contact."""


class Ask(Record):
    """Which contacts are looked at, as of which moment."""

    as_of: UtcDatetime
    """Windows that end later have not passed: such a contact is in no rate."""
    first: date | None = None
    last: date | None = None
    """The last day, included. Days are UTC."""
    channel: str | None = Field(default=None, max_length=64)
    brand: str | None = Field(default=None, max_length=128)
    need: str | None = Field(default=None, max_length=128)
    definition: str | None = Field(default=None, max_length=64)
    """A journey definition that says in which stage each contact was."""
    window_hours: float = Field(default=168.0, gt=0, le=10_000)
    """Of repeat contact."""
    silence_hours: float = Field(default=72.0, ge=0)
    """After which a contact that nobody closed has ended."""

    @property
    def settled_by(self) -> datetime:
        """The latest end of a contact whose window has passed, without zone."""
        wait = timedelta(hours=max(self.window_hours, self.silence_hours))
        return (self.as_of - wait).replace(tzinfo=None)


class Opening(Record):
    """The contacts behind one number; None narrows nothing, ``UNTOLD`` opens what is not known."""

    ask: Ask
    need: str | None = None
    channel: str | None = None
    hours: str | None = None
    theme: str | None = None
    brand: str | None = None
    stage: str | None = None
    week: date | None = None
    """Its Monday."""
    measure: Measure | None = None
    state: OutcomeState | None = None
    """With a measure; None opens those of which it is known."""

    @property
    def path(self) -> str:
        """The address under which the API lists the contacts."""
        ask = self.ask
        asked: dict[str, object] = {
            "from": ask.first,
            "to": ask.last,
            "as_of": ask.as_of.isoformat().replace("+00:00", "Z"),
            "window_hours": f"{ask.window_hours:g}",
            "need": self.need or ask.need,
            "channel": self.channel or ask.channel,
            "brand": self.brand or ask.brand,
            "hours": self.hours,
            "theme": self.theme,
            "definition": ask.definition,
            "stage": self.stage,
            "week": self.week,
            "measure": self.measure,
            "state": self.state,
        }
        return f"{CONTACTS_PATH}?{urlencode({k: v for k, v in asked.items() if v is not None})}"

    @classmethod
    def at(cls, path: str) -> Self:
        """Read an address back."""
        told = dict(parse_qsl(urlsplit(path).query))
        of_ask = {"from": "first", "to": "last"}
        of_ask |= {name: name for name in ("as_of", "window_hours", "definition")}
        asked = {of_ask[name]: told.pop(name) for name in tuple(told) if name in of_ask}
        return cls.model_validate({"ask": asked, **told})

    def of(self, contacts: Table) -> Table:
        """Narrow prepared contacts to those behind the number."""
        kept: list[BooleanValue] = [
            contacts[factor] == value
            for factor in Factor
            if (value := getattr(self, factor)) is not None
        ]
        if self.week is not None:
            kept.append(contacts.week == ibis.literal(self.week))
        if self.measure is not None:
            value = contacts[f"{self.measure}_value"]
            waits = contacts[f"{self.measure}_open"] == 1
            states = {
                None: value.notnull(),
                OutcomeState.YES: value == 1.0,
                OutcomeState.NO: value == 0.0,
                OutcomeState.OPEN: waits,
            }
            kept.append(states[self.state])
        return contacts.filter(kept) if kept else contacts
