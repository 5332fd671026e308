"""Definitions on an event log from elsewhere, and their journeys written as logs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import ibis
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from ingest.names import aliases, canonical_name
from journey import mart
from journey.definitions.course import follow
from journey.definitions.definition import Along, Definition
from journey.definitions.form import Period
from journey.definitions.logs import export_ocel, export_xes
from journey.definitions.map import ran_of
from journey.definitions.opening import Ran
from journey.definitions.rules import KINDS
from journey.events.registry import Meaning, registry
from journey.mining.load import embedded, load
from journey.mining.log import Keys, Quality
from journey.mining.paths import activities
from storage.database import Database
from workers.analysis import open_mart
from workers.definitions import registry_of, wanted_of

FILES = ("journeys.xes.gz", "journeys.ocel.json")


@contextmanager
def exported(
    database: Database, definition: Definition, period: Period, folder: Path
) -> Iterator[Ran]:
    """Find the journeys of a definition and write them as XES and OCEL 2.0.

    Parameters
    ----------
    folder : Path
        Takes ``journeys.xes.gz`` and ``journeys.ocel.json``.
    """
    with database.reading() as session:
        meanings = registry_of(session).meanings
    with open_mart(database, wanted_of(period)) as opened:
        yield _exported(opened, definition, meanings, period, folder)


@contextmanager
def exported_log(
    log: Path, definition: Definition, keys: Keys, folder: Path
) -> Iterator[tuple[Ran, Quality]]:
    """Do the same on a log of XES or CSV: its cases are the issues, its activities the events.

    Activities are read by the canonical names of the registry, so ``Password Reset`` fits a rule
    on ``password_reset``.
    """
    with embedded() as connection:
        events, quality = load(connection, log, keys)
        opened = _as_mart(connection, events)
        alone = definition.model_copy(update={"along": Along.ISSUE})
        yield _exported(opened, alone, registry(aliases()).meanings, Period(), folder), quality


def _exported(
    opened: mart.Mart,
    definition: Definition,
    meanings: Mapping[str, Meaning],
    period: Period,
    folder: Path,
) -> Ran:
    course = follow(opened, definition, meanings)
    folder.mkdir(parents=True, exist_ok=True)
    export_xes(course, folder / FILES[0])
    export_ocel(course, folder / FILES[1])
    return ran_of(course, opened, definition, meanings, period)


def _as_mart(connection: BaseBackend, events: Table) -> mart.Mart:
    """Give a log the form of the mart: one journey a case, without contacts or customers."""
    named = {name: _canonical(name) for name in activities(events)} or {"": ""}
    nothing = ibis.null("string")
    # Logs that we wrote name the kind of a step before its name: contact:chat, outcome:resolved.
    kind = events.activity.split(":")[0]
    ours = kind.isin(KINDS) & (events.activity != kind)
    talk = events.case_id.concat("/", events["row"].cast("string"))
    steps = events.mutate(
        activity=ours.ifelse(
            events.activity, events.activity.cases(*named.items(), else_=events.activity)
        ),
        channel=nothing,
        contact_id=(ours & (kind == "contact")).ifelse(talk, nothing),
        kind=ours.ifelse(kind, "event"),
    )
    contacts = connection.create_table("contacts", schema=mart.CONTACTS, temp=True)
    cases = events.group_by("case_id").agg(opened_at=events["at"].min())
    journeys = cases.select(
        journey_id="case_id", identity_id=nothing, brand=nothing, effort=ibis.null("float64")
    )
    return mart.Mart(connection, contacts, steps, journeys)


def _canonical(name: str) -> str:
    try:
        return canonical_name(name)
    except ValueError:
        return name
