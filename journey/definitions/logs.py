"""The journeys of a definition as event logs: XES and OCEL 2.0."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ibis.expr.types import Table

from journey.definitions.course import Course
from journey.mining.log import LogEvent, Value
from journey.mining.ocel_write import Kind, OcelEvent, OcelObject, Related, write_ocel
from journey.mining.xes_write import write_xes

Row = dict[str, Any]
_CONTACT = {"channel": "string", "need": "string", "sentiment": "float", "satisfaction": "float"}
_JOURNEY = {"opened": "time", "closed": "time", "how": "string"}
_EVENT = {"kind": "string", "channel": "string"}


def export_xes(course: Course, path: Path) -> int:
    """Write one trace a journey; codes and ids only, no text.

    Returns
    -------
    int
        Number of events.
    """
    told = course.steps.join(course.windows.select("journey", "how"), "journey")
    return write_xes((_xes(row) for row in _rows(told, "journey", "place")), path)


def export_ocel(course: Course, path: Path) -> tuple[int, int]:
    """Write journeys, contacts and customers as objects, and what happened as events.

    Returns
    -------
    tuple of two ints
        Numbers of objects and of events.
    """
    named = course.steps.select("kind", "name").distinct().to_pyarrow().to_pylist()
    activities = sorted({activity(row["kind"], row["name"]) for row in named})
    kinds = (
        [Kind(name, _EVENT) for name in activities],
        [Kind("customer"), Kind("journey", _JOURNEY), Kind("contact", _CONTACT)],
    )
    return write_ocel(path, kinds, _objects(course), _events(course))


def activity(kind: str, name: str) -> str:
    """Name a step: events by their own name, the rest by kind and name."""
    return name if kind == "event" or kind == name else f"{kind}:{name}"


def _xes(row: Row) -> LogEvent:
    told: dict[str, Value] = {"kind": row["kind"]}
    told |= {n: row[n] for n in ("channel", "contact_id", "need") if row[n] is not None}
    about: dict[str, Value] = {"how": row["how"]}
    about |= {n: row[n] for n in ("identity_id", "brand") if row[n] is not None}
    return LogEvent(
        case_id=row["journey"],
        activity=activity(row["kind"], row["name"]),
        at=_utc(row["at"]),
        utc_offset=timedelta(0),
        attributes=told,
        case_attributes=about,
    )


def _objects(course: Course) -> Iterator[OcelObject]:
    steps = course.steps
    owners = steps.group_by("journey").agg(identity_id=steps.identity_id.min())
    for row in _rows(owners.select("identity_id").distinct(), "identity_id"):
        if row["identity_id"] is not None:
            yield OcelObject(row["identity_id"], "customer")
    for row in _rows(course.windows.join(owners, "journey"), "journey"):
        values = {"opened": _utc(row["opened_at"]), "closed": _utc(row["closed_at"])}
        of = [Related(row["identity_id"], "of customer")] if row["identity_id"] else []
        yield OcelObject(_name(row), "journey", {**values, "how": row["how"]}, of)
    talks = steps.filter(steps.kind == "contact")
    first = talks.group_by("contact_id").agg(
        journey=talks.journey.min(), **{name: talks[name].max() for name in _CONTACT}
    )
    for row in _rows(first, "contact_id"):
        values = {name: row[name] for name in _CONTACT}
        yield OcelObject(row["contact_id"], "contact", values, [Related(_name(row), "part of")])


def _events(course: Course) -> Iterator[OcelEvent]:
    steps = course.steps
    talks = steps.filter(steps.kind == "contact").select(talk="contact_id").distinct()
    # A contact that began before the journey is no object of it.
    told = steps.left_join(talks, steps.contact_id == talks.talk)
    for row in _rows(told, "journey", "place"):
        related = [Related(_name(row), "in")]
        if row["talk"] is not None:
            related.append(Related(row["talk"], "of"))
        if row["identity_id"] is not None:
            related.append(Related(row["identity_id"], "of customer"))
        yield OcelEvent(
            id=f"{row['journey']}/{row['place']}",
            kind=activity(row["kind"], row["name"]),
            at=_utc(row["at"]),
            related=related,
            attributes={"kind": row["kind"], "channel": row["channel"]},
        )


def _name(row: Row) -> str:
    """Name a journey among the objects: along customers it would else be called as they are."""
    return f"journey:{row['journey']}"


def _rows(table: Table, *order: str) -> Iterator[Row]:
    for batch in table.order_by(*order).to_pyarrow().to_batches(10_000):
        yield from batch.to_pylist()


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
