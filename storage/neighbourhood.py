"""The neighbourhood of a record: all that hangs together with it over shared identifiers."""

from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from domain.base import Record
from domain.event import Event
from domain.journey import Contact
from storage import conversations, events, needs, sightings, signals
from storage.statements import chunks
from storage.tables import LinkRow, SightingRow

LIMIT = 500
"""Most records of one neighbourhood; beyond it stands a shared kiosk, not a customer."""
BUCKETS = 4096
"""Locks of neighbourhoods; few enough for the server's table of locks."""


class Reach(NamedTuple):
    """Which records and identifiers hang together."""

    records: frozenset[str]
    identifiers: frozenset[str]
    complete: bool
    """False where the limit cut it off."""


class Neighbourhood(Record):
    """Everything that journeys are built from, for one customer or household."""

    contacts: tuple[Contact, ...]
    """In order of their start."""
    events: tuple[Event, ...]
    """In order of time."""
    withdrawn: frozenset[str]
    """Ids of identity links that a person took back."""
    identifiers: frozenset[str]
    """``kind:value`` of all that the records show, or have in their words."""
    complete: bool
    """False where the limit cut it off: what is built from it holds for a part only."""


def load(session: Session, start: str, limit: int = LIMIT) -> Neighbourhood:
    """Load the neighbourhood of a conversation or event.

    Parameters
    ----------
    start : str
        Id of a conversation or of an event. One that is gone stands for itself alone.
    limit : int
        Most records. An identifier that more records show is not walked over.
    """
    return load_reach(session, reach_of(session, [start], limit))


def lock(session: Session, start: Collection[str], limit: int = LIMIT) -> Reach:
    """Find what hangs together with records; hold off its rebuilds until the transaction ends.

    Two neighbourhoods that overlap share an identifier, so a lock on every identifier lets
    no two workers write the same journeys. SQLite has one writer anyway.
    """
    reach = reach_of(session, start, limit)
    if session.get_bind().dialect.name == "sqlite":
        return reach
    held: set[int] = set()
    while wanted := _buckets({*start, *reach.identifiers}) - held:
        session.execute(
            text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) key"),
            {"keys": sorted(wanted)},
        )
        held |= wanted
        # Whoever held the lock may have joined more to it.
        reach = reach_of(session, start, limit)
    return reach


def reach_of(session: Session, start: Collection[str], limit: int = LIMIT) -> Reach:
    """Walk breadth-first from records to the identifiers they show, and on to other records."""
    records, frontier = set(start), set(start)
    identifiers: set[str] = set()
    complete = True
    while frontier and len(records) < limit:
        shown = sightings.identifiers_of(session, frontier) - identifiers
        identifiers |= shown
        counts = _counts(session, shown)
        walkable = {identifier for identifier, count in counts.items() if count <= limit}
        complete = complete and len(walkable) == len(counts)
        found = sightings.records_with(session, walkable, limit + 1) - records
        room = limit - len(records)
        complete = complete and len(found) <= room
        frontier = set(sorted(found)[:room])
        records |= frontier
    identifiers |= sightings.identifiers_of(session, frontier)
    return Reach(frozenset(records), frozenset(identifiers), complete)


def load_reach(session: Session, reach: Reach) -> Neighbourhood:
    """Load what stands in the records of a neighbourhood."""
    found = conversations.get_many(session, reach.records)
    read = signals.general(session, found)
    needed = needs.get_many(session, found)
    contacts = []
    for id_, conversation in found.items():
        need, space = needed.get(id_, (None, None))
        contact = Contact(
            conversation=conversation, signals=read.get(id_, ()), need=need, space=space
        )
        contacts.append(contact)
    happened = events.get_many(session, reach.records).values()
    return Neighbourhood(
        contacts=tuple(sorted(contacts, key=_when)),
        events=tuple(sorted(happened, key=lambda event: (event.at, event.id))),
        withdrawn=_withdrawn(session, reach.records),
        identifiers=reach.identifiers,
        complete=reach.complete,
    )


def _when(contact: Contact) -> tuple[object, str]:
    return (contact.conversation.started_at, contact.conversation.id)


def _counts(session: Session, identifiers: Iterable[str]) -> dict[str, int]:
    """Count the records of each identifier that some record shows.

    What only stands in words, any long number, holds nothing together. What too many
    records have is a kiosk's device or a switchboard's number.
    """
    result: dict[str, int] = {}
    for chunk in chunks(identifiers):
        query = (
            select(SightingRow.identifier, func.count())
            .where(SightingRow.identifier.in_(chunk))
            .group_by(SightingRow.identifier)
            .having(func.count().filter(~SightingRow.written) > 0)
        )
        result |= dict(session.execute(query).all())
    return result


def _withdrawn(session: Session, records: Iterable[str]) -> frozenset[str]:
    result: set[str] = set()
    for chunk in chunks(records):
        query = select(LinkRow.id).where(
            LinkRow.seen_in.in_(chunk), LinkRow.withdrawn_at.is_not(None)
        )
        result |= set(session.scalars(query))
    return frozenset(result)


def _buckets(names: Iterable[str]) -> set[int]:
    return {int.from_bytes(sha256(n.encode()).digest()[:4], "big") % BUCKETS for n in names}
