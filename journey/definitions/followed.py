"""The journeys of a definition as tables: what every figure counts and every opening lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ibis
from ibis.expr.types import BooleanColumn, BooleanValue, Table

from journey.definitions.course import Course
from journey.definitions.definition import Definition
from journey.definitions.measured import measured
from journey.definitions.windows import How
from journey.events.registry import Meaning
from journey.mart import Mart

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


@dataclass(frozen=True, slots=True)
class Followed:
    """One journey of a definition."""

    id: str
    opened_at: datetime
    closed_at: datetime
    """When it ended, or when its time-out passes."""
    how: How
    path: tuple[int, ...]
    """Numbers of the stages, in order of stays."""
    identity_id: str | None
    contact_ids: tuple[str, ...]
    journey_ids: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """What is told of the journeys, as tables of the engine.

    Attributes
    ----------
    journeys : Table
        One row a journey: ``journey``, ``opened_at``, ``closed_at``, ``how``, ``identity_id``, and
        ``m_<id>`` for each measure: a state, or a number.
    facts : Table
        One row a step that tells something, with the ``stage`` of its place.
    parts : Table
        One row a journey and stage that it went through: ``journey``, ``stage``, and of each sign
        whether it is there and, as ``<sign>_known``, whether it can be told.
    stays : Table
        One row a stay: ``journey``, ``stage``, ``to`` (number of the next stage, or how the journey
        closed), ``seconds`` (null of a stay that goes on or was left), ``back``.
    needs : Table
        ``journey``, ``stage``, ``need``: each once.
    """

    journeys: Table
    facts: Table
    parts: Table
    stays: Table
    needs: Table


def followed(
    course: Course,
    mart: Mart,
    definition: Definition,
    meanings: Mapping[str, Meaning],
    name: str = "told",
) -> Told:
    """Work out what figures count.

    Parameters
    ----------
    course : Course
    mart : Mart
        That the course was made of.
    meanings : mapping of str to Meaning
        Of canonical event names.
    name : str
        Begins the names of the temporary tables that are made.
    """
    engine = mart.connection

    def kept(table: str, made: Table) -> Table:
        return engine.create_table(f"{name}_{table}", made, temp=True)

    facts = kept("facts", _facts(course, meanings))
    stays = kept("stays", _stays(course))
    parts = kept("parts", _parts(course.visits, facts))
    talks = facts.filter(facts.kind == "contact", facts.need.notnull())
    needs = kept("needs", talks.select("journey", "stage", "need").distinct())
    journeys = kept("journeys", _journeys(course, mart, facts, parts, definition))
    return Told(journeys, facts, parts, stays, needs)


def listed(told: Told, chosen: Table) -> list[Followed]:
    """Read chosen journeys one by one, in the order they opened."""
    chosen = chosen.select("journey", "opened_at", "closed_at", "how", "identity_id")
    facts = told.facts.semi_join(chosen, "journey")
    talks = facts.filter(facts.kind == "contact").group_by("journey")
    contacts = talks.agg(contact_ids=lambda t: t.contact_id.collect(order_by=t.place))
    first = facts.filter(facts.journey_id.notnull()).group_by("journey", "journey_id")
    issues = first.agg(place=lambda t: t.place.min()).group_by("journey")
    issues = issues.agg(journey_ids=lambda t: t.journey_id.collect(order_by=t.place))
    paths = told.stays.semi_join(chosen, "journey").group_by("journey")
    paths = paths.agg(path=lambda t: t.stage.collect(order_by=t.place))
    found = chosen
    for table in (contacts, issues, paths):
        found = found.left_join(table, "journey").drop("journey_right")
    rows = found.order_by("opened_at", "journey").to_pyarrow().to_pylist()
    return [_followed(row) for row in rows]


def _followed(row: dict[str, Any]) -> Followed:
    return Followed(
        id=row["journey"],
        opened_at=row["opened_at"].replace(tzinfo=UTC),
        closed_at=row["closed_at"].replace(tzinfo=UTC),
        how=How(row["how"]),
        path=tuple(row["path"]),
        identity_id=row["identity_id"],
        contact_ids=tuple(row["contact_ids"] or ()),
        journey_ids=tuple(row["journey_ids"] or ()),
    )


def _facts(course: Course, meanings: Mapping[str, Meaning]) -> Table:
    """Take the steps that tell something: contacts, handovers, failed events, the first one."""
    steps, visits = course.steps, course.visits
    failed = [name for name, said in meanings.items() if "failed" in said.marks]
    bad = (steps.kind == "event") & steps.name.isin(failed)
    telling = steps.mutate(failed=bad)
    telling = telling.filter(
        telling.kind.isin(["contact", "handover"]) | telling.failed | steps.first
    )
    spans = visits.select(
        "journey", visit_stage=visits.stage, begins=visits.place, until=visits.next_place
    )
    placed = telling.join(
        spans,
        [
            telling.journey == spans.journey,
            telling.place >= spans.begins,
            spans.until.isnull() | (telling.place < spans.until),
        ],
    )
    names = (
        "journey", "place", "kind", "failed", "contact_id", "journey_id", "identity_id", "need",
        "sentiment", "satisfaction", "rating", "resolution", "effort_cues", "repeat", "reopened",
        "escalated", "resolved",
    )  # fmt: skip
    return placed.select(*names, stage=placed.visit_stage)


def _stays(course: Course) -> Table:
    visits = course.visits
    over = (visits.how == How.ENDED) | visits.next_place.notnull()
    took = visits.left_at.epoch_seconds() - visits.entered_at.epoch_seconds()
    return visits.select(
        "journey",
        "stage",
        "place",
        "entered_at",
        "back",
        to=visits.next_stage.cast("string").coalesce(visits.how),
        seconds=over.ifelse(took, ibis.null("int64")),
    )


def _parts(visits: Table, facts: Table) -> Table:
    """Tell of each journey which signs it shows in each of its stages."""
    went = visits.group_by("journey", "stage").agg(entered_at=visits.entered_at.min())
    signs, known = {}, {}
    for sign, (there, can_tell) in _signs(facts).items():
        signs[sign] = there.any().fill_null(False)
        known[f"{sign}_known"] = can_tell.any().fill_null(False)
    shown = facts.group_by("journey", "stage").agg(**signs, **known)
    joined = went.left_join(shown, ["journey", "stage"]).drop("journey_right", "stage_right")
    told = {name: joined[name].fill_null(False) for name in (*signs, *known)}
    # These can always be told.
    told |= {f"{sign}_known": ibis.literal(True) for sign in ("handed_on", "failed")}
    return joined.mutate(**told)


def _signs(facts: Table) -> dict[str, tuple[BooleanValue, BooleanValue]]:
    """Give of each sign whether a step shows it, and whether it can tell."""
    talk = facts.kind == "contact"

    def said(column: str, there: BooleanColumn) -> tuple[BooleanValue, BooleanValue]:
        known = talk & facts[column].notnull()
        return known & there, known

    def came(column: str) -> tuple[BooleanValue, BooleanValue]:
        known = talk & facts[column].isin(["yes", "no"])
        return known & (facts[column] == "yes"), known

    handed, always = facts.kind == "handover", facts.kind.notnull()
    return {
        "bad_mood": said("sentiment", facts.sentiment < NEGATIVE),
        "effort": said("effort_cues", facts.effort_cues > 0),
        "unresolved": said("resolution", facts.resolution == "unresolved"),
        "handed_on": (handed, always),
        "failed": (facts.failed, always),
        "asked_again": came("repeat"),
        "reopened": came("reopened"),
        "escalated": came("escalated"),
    }


def _journeys(
    course: Course, mart: Mart, facts: Table, parts: Table, definition: Definition
) -> Table:
    efforts = mart.journeys.select("journey_id", "effort")
    windows = course.windows
    told = windows.left_join(efforts, windows.case_id == efforts.journey_id).drop("journey_id")
    talk = facts.kind == "contact"
    summed = facts.group_by("journey").agg(
        identity_id=facts.identity_id.min(),
        contacts=talk.sum(),
        handovers=(facts.kind == "handover").sum(),
        **{f"mean_{name}": facts[name].mean(where=talk) for name in ("sentiment", "satisfaction")},
        **{
            f"last_{name}": facts[name].argmax(facts.place, where=talk & facts[name].notnull())
            for name in ("rating", "resolved")
        },
        **{
            f"{name}_{state}": (talk & (facts[name] == state)).any().fill_null(False)
            for name in ("repeat", "reopened", "escalated")
            for state in ("yes", "no", "open")
        },
    )
    told = told.left_join(summed, "journey").drop("journey_right")
    stages = {stage.id: n for n, stage in enumerate(definition.stages)}
    for number in sorted({stages[m.stage] for m in definition.measures if m.stage is not None}):
        entered = parts.filter(parts.stage == number)
        entered = entered.select("journey", **{f"entered_{number}": entered.entered_at})
        told = told.left_join(entered, "journey").drop("journey_right")
    columns = {
        f"m_{measure.id}": measured(told, measure, stages, course.as_of)
        for measure in definition.measures
    }
    return told.select("journey", "opened_at", "closed_at", "how", "identity_id", **columns)
