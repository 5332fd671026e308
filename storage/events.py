"""Events: kept once by source and source id; of two unlike copies the last one counts."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.event import Event
from domain.intake import Stored
from storage import rows, sightings, tombstones, work
from storage.bulk import write
from storage.statements import chunks, insert_for, upsert
from storage.tables import EventRow


def save(
    session: Session,
    event: Event,
    now: datetime,
    priority: work.Priority = work.Priority.LIVE,
) -> Stored:
    """Keep an event, and have its neighbourhood rebuilt unless nothing in it is new."""
    return save_many(session, [event], now, priority)[0]


def save_many(
    session: Session,
    events: Sequence[Event],
    now: datetime,
    priority: work.Priority = work.Priority.BATCH,
) -> list[Stored]:
    """Keep many events at once, as ``save`` does one; results in the same order."""
    clean = [rows.storable(event) for event in events]
    first = {event.id: position for position, event in reversed(list(enumerate(clean)))}
    created = _insert(session, [clean[position] for position in first.values()], now)
    results = [Stored.KEPT] * len(clean)
    # Always in one order, so that two batches never wait for each other in a ring.
    for position in sorted(range(len(clean)), key=lambda p: (clean[p].id, p)):
        if clean[position].id not in created or first[clean[position].id] != position:
            results[position] = _replace(session, clean[position], now)
    new = (Stored.KEPT, Stored.UPDATED)
    changed = {e.id for e, r in zip(clean, results, strict=True) if r in new}
    work.add_many(session, work.Kind.REBUILD, sorted(changed), now, priority=priority)
    return results


def get_many(session: Session, ids: Iterable[str]) -> dict[str, Event]:
    """Load events by our ids; those that are not there are left out."""
    result = {}
    for chunk in chunks(ids):
        for row in session.scalars(select(EventRow).where(EventRow.id.in_(chunk))):
            result[row.id] = rows.event_of(row)
    return result


def _insert(session: Session, events: Sequence[Event], now: datetime) -> set[str]:
    if not events:
        return set()
    ordered = sorted(events, key=lambda event: event.id)
    statement = insert_for(session, EventRow).on_conflict_do_nothing().returning(EventRow.id)
    created = set(write(session, statement, [rows.event_row(e, now) for e in ordered]).scalars())
    for chunk in chunks(erased := tombstones.among(session, created)):
        session.execute(delete(EventRow).where(EventRow.id.in_(chunk)))
    created -= erased
    sightings.replace_many(session, {e.id: e.identifiers for e in ordered if e.id in created})
    return created


def _replace(session: Session, event: Event, now: datetime) -> Stored:
    query = select(EventRow).where(EventRow.id == event.id).with_for_update(key_share=True)
    stored = session.scalars(query).one_or_none()
    if stored is None:
        # Erased, and kept away from here too; or it went by age since it was looked for.
        return Stored.KEPT if _insert(session, [event], now) else Stored.ERASED
    if rows.event_of(stored) == event:
        return Stored.DUPLICATE
    upsert(session, EventRow, [rows.event_row(event, now)], keep=["received_at"])
    sightings.replace_many(session, {event.id: event.identifiers})
    return Stored.UPDATED
