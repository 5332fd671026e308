"""What a before-and-after comparison says, as records."""

from datetime import date
from enum import StrEnum

from domain.base import Record
from journey.kpis.form import Point
from journey.measures.ask import Ask
from journey.measures.sums import Figure


class Verdict(StrEnum):
    """What can be said."""

    FEWER = "fewer"
    MORE = "more"
    UNCLEAR = "unclear"
    """The interval holds 0, or dates without a change show as much."""
    NOTHING = "nothing"
    """There is nothing to compare."""


class Side(Record):
    """The contacts on one side of the date."""

    first: date
    last: date
    contacts: int
    """Matched ones whose outcome is known."""
    people: int
    rate: Figure
    """Of the matched contacts, as they are."""
    unmatched: int
    """Of needs x channels that the other side does not have: left out."""


class Difference(Record):
    """Repeat rate after less repeat rate before, in shares (0.01 is one point)."""

    value: float
    low: float
    high: float


class Stratum(Record):
    """One need on one channel on both sides."""

    need: str
    channel: str
    before: Figure
    after: Figure
    weight: float
    """Its share in the difference; sums to 1."""


class Placebo(Record):
    """The same comparison at a date before the change, when nothing is known to have changed."""

    day: date
    difference: Difference
    contacts: int


class BeforeAfter(Record):
    """The comparison."""

    ask: Ask
    day: date
    """Of the change: the first day after."""
    days: int
    """Of each side."""
    gap_days: int
    """Between the sides: contacts there could come back after the change."""
    before: Side
    after: Side
    difference: Difference | None
    strata: tuple[Stratum, ...]
    """Heaviest first."""
    control: Difference | None
    """The same days, all contacts that were not asked for; None where all were."""
    beyond_control: Difference | None
    """The difference less that of the control."""
    placebos: tuple[Placebo, ...]
    as_large: int
    """How many of them differ as much, either way."""
    too_early: int
    """Contacts of the days after whose window has not passed: in no rate."""
    weeks: tuple[Point, ...]
    verdict: Verdict
