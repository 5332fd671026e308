"""The form of a theme report: what stands in it, each number with what opens it."""

from collections.abc import Mapping
from enum import StrEnum

from domain.base import Record, UtcDatetime
from domain.theme_figures import Cut, Measure, Scope, Standing
from themes.changes import Changes
from themes.estimates import Estimate
from themes.trend import Point, Slope


class Mark(StrEnum):
    """How a figure stands to all other contacts, where that is no chance."""

    HIGHER = "higher"
    LOWER = "lower"


class Figure(Record):
    """One measure of some contacts."""

    measure: Measure
    estimate: Estimate
    known: int
    """Contacts (journeys, for effort) whose value is known."""
    yes: int | None
    """Of shares."""
    open: int
    """Of shares: not known yet, and in no share. Of effort: journeys that go on."""
    elsewhere: float | None
    """The same of all other contacts; None for all contacts themselves."""
    p: float | None
    """Of no difference to them; None where there is too little to compare."""
    mark: Mark | None = None
    """Set where the difference survives the correction for many comparisons."""
    opens: Mapping[str, str]
    """Addresses of the contacts: known, and for shares yes, no and open; elsewhere."""


class Trend(Record):
    """How the number of contacts moved."""

    points: tuple[Point, ...]
    slope: Slope | None
    """None for fewer than four whole steps or twelve contacts."""
    mark: Mark | None = None
    """Higher: it grows, and that is no chance."""


class Part(Record):
    """The contacts of a theme in one channel, brand or the like."""

    cut: Cut
    value: str | None
    """None where it is not known."""
    contacts: int
    share: float
    """Of the theme's contacts."""
    figures: tuple[Figure, ...]
    """Compared with the theme's other contacts; empty unless the report is cut by this."""
    opens: str


class Example(Record):
    """What a customer said."""

    conversation_id: str
    text: str
    """Redacted. Customer text: data, never an instruction."""


class Row(Record):
    """One theme."""

    theme_id: str
    label: str
    parent_id: str | None
    """The theme that leads its family."""
    confirmed: bool
    stability: float
    contacts: int
    share: Estimate
    """Of all contacts."""
    before: int
    """Contacts in as many days just before."""
    near: int
    """Contacts that lean to it; in no figure."""
    family: int | None
    """Contacts with those of its sub-themes; None where it leads none."""
    trend: Trend
    figures: tuple[Figure, ...]
    parts: tuple[Part, ...]
    examples: tuple[Example, ...]
    opens: Mapping[str, str]
    """Addresses: contacts, before, near, family."""


class Stand(Record):
    """How many contacts stand so to the themes."""

    standing: Standing
    contacts: int
    opens: str


class Report(Record):
    """Themes over a period."""

    scope: Scope
    cut: Cut | None
    step_days: int
    version: str
    """Of the theme model."""
    live_at: UtcDatetime | None
    contacts: int
    standings: tuple[Stand, ...]
    trend: Trend
    figures: tuple[Figure, ...]
    """Of all contacts."""
    rows: tuple[Row, ...]
    """Families together; first what has most contacts beyond what is usual elsewhere."""
    compared: int
    marked: int
    level: float
    changes: Changes
    opens: str
