"""What the key figures say, as records."""

from datetime import date

from domain.base import Record
from journey.measures.ask import Ask, Factor, Measure
from journey.measures.sums import Figure


class Size(Record):
    """How much stands behind a row: both sides of every count."""

    contacts: int
    people: int
    journeys: int
    events: int
    """Other events on these journeys: searches, orders, status changes of systems."""
    opens: str


class Point(Record):
    """One week of one measure."""

    week: date
    """Its Monday."""
    figure: Figure


class Within(Record):
    """Share of journeys resolved by a time after they began, the unresolved taken in."""

    days: float
    share: float
    low: float
    high: float


class Duration(Record):
    """Time until something happened, those taken in for whom it has not."""

    known: int
    happened: int
    median_s: float | None
    """None where fewer than half had it while they were watched."""
    low_s: float | None
    high_s: float | None
    within: tuple[Within, ...]
    steps: tuple[tuple[float, float], ...]
    """Of the curve: seconds, and share to whom it has happened; for a drawing."""


class Part(Record):
    """The figures of all contacts, or of a part of a cut."""

    factor: Factor | None
    """None: of all contacts."""
    value: str | None
    label: str
    size: Size
    figures: dict[Measure, Figure]
    """Of time: the median in seconds."""
    time: Duration


class Milestone(Record):
    """Time from one event of a person to another: time to value, or how long they stay."""

    name: str
    """``time_to_value`` or ``retention``."""
    start: tuple[str, ...]
    """Names of events that start the clock, as they were seen."""
    end: tuple[str, ...]
    people: int
    duration: Duration | None
    """None where no such events were seen."""
    why: str
    """In plain words: what was measured, or why nothing was."""


class Kpis(Record):
    """Key figures of a period."""

    ask: Ask
    whole: Part
    cut: Factor | None
    parts: tuple[Part, ...]
    """Of the cut, most contacts first."""
    weeks: dict[Measure, tuple[Point, ...]]
    milestones: tuple[Milestone, ...]
    currency: str
    costs: dict[str, float]
    cost_per_person: Figure
    """Of all contacts in the period, ended or not."""
