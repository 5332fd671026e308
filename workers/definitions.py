"""Journey definitions at work: the same for the API and the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from domain.base import Record
from ingest.names import aliases
from journey.definitions.definition import Definition
from journey.definitions.form import Period
from journey.definitions.map import run
from journey.definitions.opening import Ran
from journey.definitions.read import Mistake, check, shipped, unknown_names
from journey.events.registry import Registry, registry
from journey.mart import Wanted
from storage import definitions as stored
from storage import event_aliases
from storage.database import Database
from workers.analysis import open_mart

MEMORY = "1GB"
"""Of the engine; what does not fit goes to a folder."""


class Origin(StrEnum):
    """Where a definition comes from."""

    SHIPPED = "shipped"
    OWN = "own"


class Standing(Record):
    """A definition that counts, and where it comes from."""

    definition: Definition
    origin: Origin
    number: int | None
    """Of an own version, counted from 1."""
    changed_at: datetime | None
    by: str | None


def standing(session: Session) -> dict[str, Standing]:
    """Give the definitions that count, by id: own ones stand above shipped ones."""
    found = {
        id_: Standing(
            definition=given, origin=Origin.SHIPPED, number=None, changed_at=None, by=None
        )
        for id_, given in shipped().items()
    }
    for id_, kept in stored.live(session).items():
        found[id_] = Standing(
            definition=check(kept.body),
            origin=Origin.OWN,
            number=kept.number,
            changed_at=kept.made_at,
            by=kept.by,
        )
    return dict(sorted(found.items()))


def save(session: Session, definition: Definition, by: str, now: datetime) -> stored.Kept:
    """Let a definition count from now on."""
    body = definition.model_dump(mode="json", exclude_none=True)
    return stored.save(session, definition.id, definition.version, body, by, now)


def doubts(session: Session, definition: Definition) -> list[Mistake]:
    """Name the events that a definition speaks of and nobody knows.

    They neither stand in the registry nor were ever seen.
    """
    known = registry_of(session).names | {one.name for one in event_aliases.seen(session)}
    return unknown_names(definition, known)


def registry_of(session: Session) -> Registry:
    """Give the registry of event names with what people confirmed."""
    return registry(aliases(), event_aliases.confirmed(session))


@contextmanager
def ran_definition(database: Database, definition: Definition, period: Period) -> Iterator[Ran]:
    """Find the journeys of a definition among all that is stored; they are gone with the block.

    Parameters
    ----------
    period : Period
        Which journeys: opened in it, of the brand, touching the channel.
    """
    with database.reading() as session:
        meanings = registry_of(session).meanings
    with open_mart(database, wanted_of(period), MEMORY) as mart:
        yield run(mart, definition, meanings, period)


def wanted_of(period: Period) -> Wanted:
    """Say what the mart is narrowed to."""
    return Wanted(
        since=period.since,
        until=period.until,
        brand=period.brand,
        channel=period.channel,
        window_hours=period.window_hours,
    )
