"""The journeys of a definition one by one: what every figure counts and every opening lists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from ibis.expr.types import Table

from journey.definitions.course import Course
from journey.definitions.windows import How
from journey.events.registry import Meaning
from journey.mart import Mart

Row = dict[str, Any]
NEGATIVE = -0.2
"""Sentiment of a contact below which it counts as a bad mood."""
SIGNS: Mapping[str, str] = {
    "bad_mood": "in a bad mood",
    "effort": "tell of effort",
    "unresolved": "end without an answer",
    "handed_on": "handed to others",
    "failed": "something failed",
    "asked_again": "had to ask again",
    "reopened": "reopened",
    "escalated": "escalated",
}
"""What hurts in a stage, and how it is said."""
_ALWAYS_KNOWN = frozenset({"handed_on", "failed"})
_FACTS = (
    "journey", "place", "at", "kind", "contact_id", "journey_id", "identity_id", "need",
    "sentiment", "satisfaction", "rating", "resolution", "effort_cues", "repeat", "reopened",
    "escalated", "resolved",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in a stage."""

    stage: int
    place: int
    entered_at: datetime
    left_at: datetime
    """When the next stage was entered; else when the journey closed."""
    back: bool
    """Whether a later stage had been reached before."""


@dataclass(slots=True)
class Part:
    """What happened to a journey in one stage, over all its stays there."""

    contacts: list[str] = field(default_factory=list)
    sentiments: list[float] = field(default_factory=list)
    satisfactions: list[float] = field(default_factory=list)
    needs: set[str] = field(default_factory=set)
    signs: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=lambda: set(_ALWAYS_KNOWN))
    """Signs of which it can be told whether they are there."""


@dataclass(slots=True)
class Followed:
    """One journey of a definition."""

    id: str
    case_id: str
    opened_at: datetime
    closed_at: datetime
    """When it ended, or when its time-out passes."""
    how: How
    effort: float | None
    stays: tuple[Stay, ...]
    identity_id: str | None = None
    contacts: list[Row] = field(default_factory=list)
    journey_ids: list[str] = field(default_factory=list)
    handovers: int = 0
    parts: dict[int, Part] = field(default_factory=dict)

    @property
    def path(self) -> tuple[int, ...]:
        """The stages in order of stays."""
        return tuple(stay.stage for stay in self.stays)

    def values(self, column: str) -> list[Any]:
        """Give what is known of its contacts in a column, first to last."""
        return [row[column] for row in self.contacts if row[column] is not None]


def followed(course: Course, mart: Mart, meanings: Mapping[str, Meaning]) -> list[Followed]:
    """Read all journeys of a definition, in the order they opened.

    Parameters
    ----------
    course : Course
    mart : Mart
        That the course was made of.
    meanings : mapping of str to Meaning
        Of canonical event names.

    Returns
    -------
    list of Followed
        Times with zone, UTC.
    """
    stays = _stays(course.visits)
    efforts = mart.journeys.select("journey_id", "effort")
    told = course.windows.left_join(efforts, course.windows.case_id == efforts.journey_id)
    rows = told.order_by("opened_at", "journey").to_pyarrow().to_pylist()
    found = {row["journey"]: _journey(row, stays[row["journey"]]) for row in rows}
    for row in _facts(course.steps, meanings):
        _add(found[row["journey"]], row)
    return list(found.values())


def _stays(visits: Table) -> dict[str, tuple[Stay, ...]]:
    rows = visits.order_by("journey", "place").to_pyarrow().to_pylist()
    return {
        name: tuple(
            Stay(r["stage"], r["place"], _utc(r["entered_at"]), _utc(r["left_at"]), r["back"])
            for r in group
        )
        for name, group in groupby(rows, key=itemgetter("journey"))
    }


def _facts(steps: Table, meanings: Mapping[str, Meaning]) -> Iterator[Row]:
    """Read the steps that tell something: contacts, handovers, and events that failed."""
    failed = [name for name, said in meanings.items() if "failed" in said.marks]
    bad = (steps.kind == "event") & steps.name.isin(failed)
    telling = steps.filter(steps.kind.isin(["contact", "handover"]) | bad | steps.first)
    chosen = telling.select(*_FACTS, failed=bad).order_by("journey", "place")
    for batch in chosen.to_pyarrow().to_batches(10_000):
        yield from batch.to_pylist()


def _journey(row: Row, stays: Sequence[Stay]) -> Followed:
    return Followed(
        id=row["journey"],
        case_id=row["case_id"],
        opened_at=_utc(row["opened_at"]),
        closed_at=_utc(row["closed_at"]),
        how=How(row["how"]),
        effort=row["effort"],
        stays=tuple(stays),
        parts={stay.stage: Part() for stay in stays},
    )


def _add(journey: Followed, row: Row) -> None:
    """Count a step where it belongs: in its journey, and in the stage of its place."""
    journey.identity_id = journey.identity_id or row["identity_id"]
    if row["journey_id"] is not None and row["journey_id"] not in journey.journey_ids:
        journey.journey_ids.append(row["journey_id"])
    stage = next(s.stage for s in reversed(journey.stays) if s.place <= row["place"])
    part = journey.parts[stage]
    if row["kind"] == "handover":
        journey.handovers += 1
        part.signs.add("handed_on")
    elif row["kind"] == "contact":
        journey.contacts.append(row)
        _add_contact(part, row)
    elif row["failed"]:
        part.signs.add("failed")


def _add_contact(part: Part, row: Row) -> None:
    part.contacts.append(row["contact_id"])
    if row["need"] is not None:
        part.needs.add(row["need"])
    if row["satisfaction"] is not None:
        part.satisfactions.append(row["satisfaction"])
    if row["sentiment"] is not None:
        part.sentiments.append(row["sentiment"])
    told = {
        "bad_mood": None if row["sentiment"] is None else row["sentiment"] < NEGATIVE,
        "effort": None if row["effort_cues"] is None else row["effort_cues"] > 0,
        "unresolved": None if row["resolution"] is None else row["resolution"] == "unresolved",
        "asked_again": _yes(row["repeat"]),
        "reopened": _yes(row["reopened"]),
        "escalated": _yes(row["escalated"]),
    }
    part.known |= {sign for sign, there in told.items() if there is not None}
    part.signs |= {sign for sign, there in told.items() if there}


def _yes(state: str | None) -> bool | None:
    return None if state in (None, "open") else state == "yes"


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
