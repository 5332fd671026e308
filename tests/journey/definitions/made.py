"""A mart with journeys whose course is known, and a definition that follows them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import pyarrow as pa

from journey import mart
from journey.definitions.definition import Definition
from journey.definitions.form import Period
from journey.definitions.map import run
from journey.definitions.opening import Ran
from journey.definitions.read import check
from journey.events.registry import meanings
from journey.mining.load import embedded

START = datetime(2026, 3, 2, 9)
GIVEN = {
    "id": "parcel",
    "title": "Parcel",
    "start": {"need": "delivery_problem"},
    "end": [{"event": "order_delivered"}, {"outcome": "resolved"}],
    "timeout_days": 10,
    "stages": [
        {"id": "asked", "title": "Asked"},
        {"id": "again", "title": "Again", "enter": {"contact": "any", "contact_number_from": 2}},
        {"id": "up", "title": "Handed up", "enter": {"handover": "escalation"}},
    ],
    "success": [
        {"id": "soon", "title": "Soon", "share": "ended", "within_days": 3},
        {"id": "hours", "title": "Hours", "mean": "hours_to_end"},
    ],
    "guardrails": [
        {"id": "repeat", "title": "Again", "share": "repeat", "at_most": 0.5},
        {"id": "up", "title": "Up", "share": "reached", "stage": "up", "at_most": 0.99},
    ],
}
Step = tuple[float, str]
"""Hours after the start, and an activity; a contact may say ``need`` and mood behind a slash."""


def definition(**changes: object) -> Definition:
    return check(GIVEN | changes)


@contextmanager
def mart_of(
    cases: dict[str, Sequence[Step]], events: Sequence[tuple[str, float, str]] = ()
) -> Iterator[mart.Mart]:
    """Open a mart of journeys, each of one person, and of events of persons."""
    contacts, steps, journeys = [], [], []
    for case, told in cases.items():
        number = 0
        for row, (hours, what) in enumerate(told):
            activity, *said = what.split("/")
            at = START + timedelta(hours=hours)
            kind = activity.split(":")[0] if ":" in activity else "event"
            talk = None
            if kind == "contact":
                talk = f"cnv_{case}_{number}"
                contacts.append(_contact(talk, case, number, at, activity, said))
                number += 1
            steps.append(
                {"case_id": case, "activity": activity, "at": at, "row": row, "kind": kind}
                | {"channel": None, "contact_id": talk}
            )
        journeys.append(_journey(case, START + timedelta(hours=told[0][0]), number))
    happened = [
        {"event_id": f"evt_{n}", "identity_id": person, "name": name, "raw_name": name}
        | {"source": "app", "brand": None, "at": START + timedelta(hours=hours)}
        | {"received_at": START + timedelta(hours=hours)}
        for n, (person, hours, name) in enumerate(events)
    ]
    with embedded(threads=1) as engine:
        tables = []
        for name, schema, rows in (
            ("contacts", mart.CONTACTS, contacts),
            ("steps", mart.STEPS, steps),
            ("journeys", mart.JOURNEYS, journeys),
            ("events", mart.EVENTS, happened),
        ):
            table = engine.create_table(name, schema=schema, temp=True)
            if rows:
                engine.insert(name, pa.Table.from_pylist(rows, schema=schema.to_pyarrow()))
            tables.append(table)
        yield mart.Mart(engine, *tables)


@contextmanager
def ran(cases: dict[str, Sequence[Step]], **changes: object) -> Iterator[Ran]:
    with mart_of(cases) as made:
        yield run(made, definition(**changes), meanings(), Period())


def _contact(
    talk: str, case: str, number: int, at: datetime, activity: str, said: Sequence[str]
) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(mart.CONTACTS.names)
    need, mood, repeat = (*said, None, None, None)[:3]
    return row | {
        "contact_id": talk,
        "journey_id": case,
        "identity_id": f"idn_{case}",
        "channel": activity.partition(":")[2],
        "need": need or "delivery_problem",
        "started_at": at,
        "position": number,
        "sentiment": None if mood is None else float(mood),
        "repeat": repeat,
        "effort_cues": 0,
    }


def _journey(case: str, at: datetime, contacts: int) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(mart.JOURNEYS.names)
    row |= {"journey_id": case, "identity_id": f"idn_{case}", "opened_at": at}
    return row | {"contacts": contacts, "effort": 10.0, "ending": "resolved"}
