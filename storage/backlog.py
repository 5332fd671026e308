"""How much work waits and how old it is, and what to do with what failed too often."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime
from storage.queues import PROMPT, SLOW, ItemState, Kind, Priority, Queue, State
from storage.statements import chunks
from storage.tables import JobItemRow, WorkRow


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
    """Why: ``lease_expired`` where its workers were lost, or ``failed:`` and a class of error."""
    added_at: UtcDatetime
    parked_at: UtcDatetime | None


class Reason(Record):
    """How much work of one kind failed too often for one reason."""

    kind: Kind
    reason: str
    count: int
    since: UtcDatetime | None


class Which(Record):
    """Which parked work; all where nothing is said."""

    kind: Kind | None = None
    reason: str | None = None


def backlog(session: Session, now: datetime) -> tuple[Backlog, ...]:
    """Measure the queue of every kind."""
    return tuple(_backlog(session, kind, now) for kind in Kind)


def due(session: Session, now: datetime, kinds: Collection[Kind] = PROMPT) -> int:
    """Count rows that a worker could take now."""
    return sum(queue.due for queue in backlog(session, now) if queue.kind in kinds)


def waiting(session: Session, now: datetime) -> int:
    """Count rows that are due or in work."""
    return sum(queue.due + queue.claimed for queue in backlog(session, now))


def more_than(session: Session, limit: int, now: datetime) -> bool:
    """Tell whether more than so many rows are due; reads no more than that."""
    due_now = select(WorkRow.id).where(
        WorkRow.state == State.PENDING, WorkRow.kind.in_(PROMPT), WorkRow.not_before <= now
    )
    return session.scalar(due_now.offset(limit).limit(1)) is not None


def any_due(session: Session, now: datetime, queue: Queue) -> bool:
    """Tell whether a worker of a queue would find something; reads a row or two at most."""
    kinds = SLOW if queue is Queue.THEMES else PROMPT
    for priority in queue.priorities:
        there = select(WorkRow.id).where(
            WorkRow.state == State.PENDING,
            WorkRow.kind.in_(kinds),
            WorkRow.priority == priority,
            WorkRow.not_before <= now,
        )
        if session.scalar(there.limit(1)) is not None:
            return True
    return False


def parked(
    session: Session,
    limit: int = 100,
    *,
    which: Which | None = None,
    after: int = 0,
) -> tuple[Parked, ...]:
    """List work that failed too often, in the order it was first asked for.

    Parameters
    ----------
    which : Which, optional
        Only those; all by default.
    after : int
        Id of the last one seen.
    """
    query = _parked(which or Which()).where(WorkRow.id > after).order_by(WorkRow.id).limit(limit)
    names = Parked.model_fields
    return tuple(
        Parked.model_validate({name: getattr(row, name) for name in names})
        for row in session.scalars(query)
    )


def reasons(session: Session, which: Which | None = None) -> tuple[Reason, ...]:
    """Count what failed too often by kind and reason, the most frequent first."""
    found = _parked(which or Which()).subquery()
    count = func.count().label("count")
    query = (
        select(found.c.kind, found.c.error, count, func.min(found.c.parked_at).label("since"))
        .group_by(found.c.kind, found.c.error)
        .order_by(count.desc(), found.c.kind, found.c.error)
    )
    return tuple(
        Reason(kind=Kind(row.kind), reason=row.error or "unknown", count=row.count, since=row.since)
        for row in session.execute(query)
    )


def replay(
    session: Session,
    now: datetime,
    ids: Collection[int] | None = None,
    *,
    which: Which | None = None,
) -> int:
    """Offer parked work again, all of it or some; jobs that gave it up wait for it again.

    Parameters
    ----------
    ids : collection of int, optional
        Only those; what is not parked is left alone.
    which : Which, optional
        Only those.

    Returns
    -------
    int
        How many go again.
    """
    query = _parked(which or Which()).with_only_columns(WorkRow.id).order_by(WorkRow.id)
    if ids is not None:
        query = query.where(WorkRow.id.in_(ids))
    count = 0
    for chunk in chunks(session.scalars(query.with_for_update(skip_locked=True)).all()):
        again = (
            update(WorkRow)
            .where(WorkRow.id.in_(chunk))
            .values(state=State.PENDING, attempts=0, not_before=now, error=None, parked_at=None)
            .returning(WorkRow.kind, WorkRow.subject_id, WorkRow.generation)
        )
        for kind, subject_id, generation in session.execute(again).all():
            _wait_again(session, kind, subject_id, generation)
            count += 1
    return count


def _parked(which: Which) -> Select[WorkRow]:
    query = select(WorkRow).where(WorkRow.state == State.PARKED)
    if which.kind is not None:
        query = query.where(WorkRow.kind == which.kind)
    if which.reason is not None:
        query = query.where(WorkRow.error == which.reason)
    return query


def _wait_again(session: Session, kind: str, subject_id: str, generation: int) -> None:
    given_up = (JobItemRow.kind == kind, JobItemRow.subject_id == subject_id)
    session.execute(
        update(JobItemRow)
        .where(*given_up, JobItemRow.generation <= generation)
        .where(JobItemRow.state == ItemState.FAILED)
        .values(state=ItemState.PENDING)
    )


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
