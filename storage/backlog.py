"""How much work waits and how old it is, and what to do with what failed too often."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime
from storage.tables import WorkRow
from storage.work import PROMPT, Kind, Priority, State


class Backlog(Record):
    """The queue of one kind at one moment."""

    kind: Kind
    due: int
    """Rows that a worker could take now."""
    scheduled: int
    """Rows whose time comes later."""
    claimed: int
    parked: int
    oldest_seconds: float
    """Age of the oldest due row, 0 without one: what an operator watches. Nobody waits for bulk
    work, so it does not count."""


class Parked(Record):
    """Work that failed too often."""

    id: int
    kind: Kind
    subject_id: str
    attempts: int
    error: str | None
    added_at: UtcDatetime


def backlog(session: Session, now: datetime) -> tuple[Backlog, ...]:
    """Measure the queue of every kind."""
    return tuple(_backlog(session, kind, now) for kind in Kind)


def due(session: Session, now: datetime, kinds: Collection[Kind] = PROMPT) -> int:
    """Count rows that a worker could take now."""
    return sum(queue.due for queue in backlog(session, now) if queue.kind in kinds)


def waiting(session: Session, now: datetime) -> int:
    """Count rows that are due or in work."""
    return sum(queue.due + queue.claimed for queue in backlog(session, now))


def parked(session: Session, limit: int = 100) -> tuple[Parked, ...]:
    """List work that failed too often, the oldest first."""
    query = select(WorkRow).where(WorkRow.state == State.PARKED).order_by(WorkRow.id).limit(limit)
    names = Parked.model_fields
    return tuple(
        Parked.model_validate({name: getattr(row, name) for name in names})
        for row in session.scalars(query)
    )


def replay(session: Session, now: datetime, ids: Collection[int] | None = None) -> int:
    """Offer parked work again, all of it or some; give the number of rows."""
    query = update(WorkRow).where(WorkRow.state == State.PARKED)
    if ids is not None:
        query = query.where(WorkRow.id.in_(ids))
    query = query.values(state=State.PENDING, attempts=0, not_before=now, error=None)
    return len(session.scalars(query.returning(WorkRow.id)).all())


def _backlog(session: Session, kind: Kind, now: datetime) -> Backlog:
    due = (WorkRow.state == State.PENDING) & (WorkRow.not_before <= now)
    prompt = WorkRow.priority < Priority.BULK
    later = (WorkRow.state == State.PENDING) & (WorkRow.not_before > now)
    query = select(
        func.count().filter(due).label("due"),
        func.count().filter(later).label("scheduled"),
        func.count().filter(WorkRow.state == State.CLAIMED).label("claimed"),
        func.count().filter(WorkRow.state == State.PARKED).label("parked"),
        func.min(WorkRow.not_before).filter(due, prompt).label("oldest"),
    ).where(WorkRow.kind == kind)
    row = session.execute(query).one()
    age = 0.0 if row.oldest is None else (now - row.oldest).total_seconds()
    return Backlog(
        kind=kind,
        due=row.due,
        scheduled=row.scheduled,
        claimed=row.claimed,
        parked=row.parked,
        oldest_seconds=age,
    )
