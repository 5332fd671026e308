"""The course of each journey of a definition: its steps, the stages it went through."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from journey.definitions.definition import Along, Definition
from journey.definitions.rows import rows
from journey.definitions.rules import matches
from journey.definitions.windows import Edge, Window, windows
from journey.events.registry import Meaning
from journey.mart import Mart

BATCH = 50_000
WINDOWS = ibis.schema(
    {
        "journey": "!string",
        "case_id": "!string",
        "first_place": "!int64",
        "last_place": "!int64",
        "opened_at": "!timestamp",
        "closed_at": "!timestamp",
        "how": "!string",
    }
)


@dataclass(frozen=True)
class Course:
    """All journeys of a definition, as tables of the engine.

    Attributes
    ----------
    windows : Table
        One row a journey; columns of ``WINDOWS``.
    steps : Table
        One row a step: ``journey``, ``place`` and the columns of ``rows``.
    visits : Table
        One row a stay in a stage: ``journey``, ``stage`` (its number), ``place``, ``entered_at``,
        ``left_at``, ``next_place``, ``next_stage`` (both null in the last stay), ``how`` (of the
        journey), ``back`` (whether a later stage had been reached before).
    """

    windows: Table
    steps: Table
    visits: Table
    as_of: datetime | None
    """Without zone, UTC; None where nothing is there."""


def follow(
    mart: Mart, definition: Definition, meanings: Mapping[str, Meaning], name: str = "course"
) -> Course:
    """Find the journeys of a definition and the stages that they went through.

    Parameters
    ----------
    mart : Mart
    definition : Definition
    meanings : mapping of str to Meaning
        Of canonical event names.
    name : str
        Begins the names of the temporary tables that are made.
    """
    engine = mart.connection
    told = _kept(engine, f"{name}_rows", _flagged(mart, definition, meanings))
    as_of = told["at"].max().to_pyarrow().as_py()
    found = engine.create_table(f"{name}_windows", schema=WINDOWS, temp=True)
    if as_of is not None:
        once = definition.along is Along.ISSUE
        cut = windows(_edges(told), definition.timeout, as_of, once=once)
        for batch in _batches(cut):
            engine.insert(f"{name}_windows", batch)
    steps = _kept(engine, f"{name}_steps", _inside(told, found))
    visits = _kept(engine, f"{name}_visits", _visits(steps, found))
    return Course(found, steps, visits, as_of)


def _kept(engine: BaseBackend, name: str, made: Table) -> Table:
    """Work a table out once, so that what builds on it does not work it out again."""
    return engine.create_table(name, made, temp=True)


def _flagged(mart: Mart, definition: Definition, meanings: Mapping[str, Meaning]) -> Table:
    """Say of each step whether it starts or ends a journey, and which stage it enters."""
    told = rows(mart, definition.along, meanings)
    last_first = [(n, stage.enter) for n, stage in enumerate(definition.stages) if stage.enter]
    branches = [
        (matches(rule, told, meanings), ibis.literal(n, "int64"))
        for n, rule in reversed(last_first)
    ]
    stage = ibis.cases(*branches) if branches else ibis.null("int64")
    return told.mutate(
        starts=matches(definition.start, told, meanings),
        ends=matches(definition.end, told, meanings),
        stage=stage.cast("int64"),
    )


def _edges(told: Table) -> Iterator[Edge]:
    edges = told.filter(told.starts | told.ends).order_by("case_id", "place")
    columns = edges.select("case_id", "place", "at", "starts", "ends")
    for batch in columns.to_pyarrow().to_batches(BATCH):
        yield from map(Edge._make, zip(*(c.to_pylist() for c in batch.columns), strict=True))


def _batches(found: Iterator[Window]) -> Iterator[pa.Table]:
    schema = WINDOWS.to_pyarrow()
    while chunk := list(islice(found, BATCH)):
        rows_ = [{name: getattr(w, name) for name in schema.names} for w in chunk]
        yield pa.Table.from_pylist(rows_, schema=schema)


def _inside(told: Table, found: Table) -> Table:
    """Take the steps of each journey: from its start to its end, or to its time-out."""
    return told.join(
        found,
        [
            told.case_id == found.case_id,
            told.place >= found.first_place,
            told.place <= found.last_place,
            told["at"] <= found.closed_at,
        ],
    ).select(found.journey, *(told[c] for c in told.columns), first=told.place == found.first_place)


def _visits(steps: Table, found: Table) -> Table:
    """Make stays of the steps that enter a stage; the start enters at least the first one."""
    entered = steps.mutate(stage=steps.first.ifelse(steps.stage.coalesce(0), steps.stage))
    entered = entered.filter(entered.stage.notnull())
    order = {"group_by": "journey", "order_by": "place"}
    entered = entered.mutate(before=entered.stage.lag().over(**order))
    moved = entered.filter(entered.before.isnull() | (entered.before != entered.stage))
    so_far = ibis.window(group_by="journey", order_by="place", following=0)
    stays = moved.select(
        "journey",
        "stage",
        "place",
        entered_at="at",
        next_place=moved.place.lead().over(**order),
        next_stage=moved.stage.lead().over(**order),
        next_at=moved["at"].lead().over(**order),
        furthest=moved.stage.max().over(so_far),
    )
    closed = found.select("journey", "closed_at", "how")
    stays = stays.join(closed, "journey")
    return stays.mutate(
        left_at=stays.next_at.coalesce(stays.closed_at), back=stays.furthest > stays.stage
    ).drop("next_at", "furthest", "closed_at")
