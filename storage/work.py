"""The work queue: the database is the truth, a message queue only a hint.

One row stands for one subject that is to be worked on. Whoever asks again raises its
``generation``; a worker that finishes an older generation leaves the row for another run,
so no change is lost and no subject is in work twice.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import TypeVar

from sqlalchemy import (
    Case,
    ColumnElement,
    SQLColumnExpression,
    case,
    delete,
    false,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from storage import faults
from storage.bulk import write
from storage.queues import PROMPT, SLOW, Claim, ItemState, Kind, Priority, State
from storage.statements import chunks, insert_for
from storage.tables import JobItemRow, WorkRow

V = TypeVar("V", int, datetime)
Subject = tuple[str, str, int]
"""Kind, id and generation of what was asked for."""

MAX_ATTEMPTS = 5
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Of a claimed row: nobody has asked for it again."""
BACKOFF_S = 2.0
"""Seconds before the second attempt; doubled for each further one."""
AWAY_S = 5.0
"""Seconds before work is tried again that a fault of the database broke off."""

_ANEW = WorkRow.generation > WorkRow.claimed_generation
"""Of a claimed row: it was asked for again meanwhile, perhaps with other words."""

BULK_TOGETHER = 4
"""Most bulk work in one claim, so that what comes meanwhile waits for little."""

__all__ = ["PROMPT", "SLOW", "Claim", "ItemState", "Kind", "Priority", "State"]


def add(
    session: Session,
    kind: Kind,
    subject_id: str,
    now: datetime,
    *,
    not_before: datetime | None = None,
    priority: Priority = Priority.LIVE,
) -> None:
    """Ask for work on one subject; see ``add_many``."""
    add_many(session, kind, [subject_id], now, not_before=not_before, priority=priority)


def add_many(
    session: Session,
    kind: Kind,
    subject_ids: Sequence[str],
    now: datetime,
    *,
    not_before: datetime | None = None,
    priority: Priority = Priority.BATCH,
) -> None:
    """Ask for work on subjects. What already waits is not doubled, what is parked goes again.

    Parameters
    ----------
    not_before : datetime, optional
        For work whose time comes later, such as a window that closes.
    """
    if not subject_ids:
        return
    due = now if not_before is None else not_before
    fields = {"kind": kind, "state": State.PENDING, "priority": priority, "not_before": due}
    fields |= {"generation": 1, "attempts": 0, "added_at": now}
    statement = insert_for(session, WorkRow)
    asked = statement.excluded
    parked = WorkRow.state == State.PARKED
    statement = statement.on_conflict_do_update(
        index_elements=["kind", "subject_id"],
        set_={
            "generation": WorkRow.generation + 1,
            "state": case((parked, State.PENDING), else_=WorkRow.state),
            "attempts": case((parked, 0), else_=WorkRow.attempts),
            "parked_at": None,
            "priority": _sooner(WorkRow.priority, asked.priority),
            "not_before": _sooner(WorkRow.not_before, asked.not_before),
        },
    )
    write(session, statement, [fields | {"subject_id": s} for s in sorted(set(subject_ids))])


def claim(
    session: Session,
    kinds: Collection[Kind],
    limit: int,
    lease_seconds: float,
    worker: str,
    now: datetime,
    priorities: Iterable[Priority] = tuple(Priority),
) -> list[Claim]:
    """Take what is due, the most urgent first. Two workers never get the same row.

    What was tried before comes alone, so that a subject that kills its worker takes no
    other one with it; and nobody who waits for a live conversation waits for an import in
    the same batch.

    Parameters
    ----------
    limit : int
        Most rows to take.
    lease_seconds : float
        How long the claim holds unless ``beat`` prolongs it; then ``sweep`` offers the row again.
    worker : str
        A name for the operator.
    priorities : iterable of Priority
        What the worker may take; all by default.
    """
    # One look for each priority: all that is scheduled for later is passed over by the index.
    for priority in sorted(priorities):
        chosen = _first(session, kinds, priority, limit, now)
        if chosen:
            return _take(session, chosen, lease_seconds, worker, now)
    return []


def _first(
    session: Session, kinds: Collection[Kind], priority: Priority, limit: int, now: datetime
) -> list[int]:
    """Lock the rows to take of one priority, the oldest first."""
    due = (
        select(WorkRow.id)
        .where(WorkRow.state == State.PENDING, WorkRow.kind.in_(kinds))
        .where(WorkRow.priority == priority, WorkRow.not_before <= now)
        .order_by(WorkRow.not_before, WorkRow.id)
        .with_for_update(skip_locked=True)
    )
    head = session.execute(due.add_columns(WorkRow.attempts).limit(1)).first()
    if head is None or head.attempts > 0:
        return [] if head is None else [head.id]
    most = min(limit, BULK_TOGETHER) if priority == Priority.BULK else limit
    return list(session.scalars(due.where(WorkRow.attempts == 0).limit(most)))


def _take(
    session: Session, chosen: Sequence[int], lease_seconds: float, worker: str, now: datetime
) -> list[Claim]:
    lease_until = now + timedelta(seconds=lease_seconds)
    taken = session.execute(
        update(WorkRow)
        .where(WorkRow.id.in_(chosen))
        .values(state=State.CLAIMED, worker=worker, token=token_hex(8), lease_until=lease_until)
        .values(claimed_generation=WorkRow.generation, attempts=WorkRow.attempts + 1)
        .values(not_before=NEVER)
        .returning(WorkRow)
        .execution_options(synchronize_session=False)
    ).scalars()
    claims = [_claim_of(row) for row in taken]
    return sorted(claims, key=lambda item: chosen.index(item.id))


def hold(session: Session, item: Claim) -> bool:
    """Make sure of one claim; see ``hold_many``."""
    return bool(hold_many(session, [item]))


def hold_many(session: Session, items: Sequence[Claim]) -> frozenset[int]:
    """Make sure of claims before writing; until the transaction ends nobody can take them.

    Gives the ids of those still held; for the others, whose lease ran out, write nothing.
    """
    held = select(WorkRow.id).where(_mine(items)).order_by(WorkRow.id)
    return frozenset(session.scalars(held.with_for_update()))


def done(session: Session, item: Claim) -> bool:
    """Finish a claim. False, and nothing changed, if it is no longer held."""
    if not hold(session, item):
        return False
    done_many(session, [item])
    return True


def done_many(session: Session, items: Sequence[Claim]) -> None:
    """Finish claims that ``hold_many`` has made sure of in this transaction."""
    if not items:
        return
    finished = [(WorkRow.id == i.id) & (WorkRow.generation == i.generation) for i in items]
    session.execute(delete(WorkRow).where(or_(*finished)))
    # What is still there was asked for again in the meantime.
    _release(session, items, attempts=0, error=None)
    _settle(session, [(i.kind, i.subject_id, i.generation) for i in items], ItemState.DONE)


def fail(session: Session, item: Claim, error: BaseException, now: datetime) -> State | None:
    """Give a claim back after an error: later again, or parked after five attempts.

    A fault of the database is no attempt. What was asked for again meanwhile begins anew at once.
    Only the class of the exception is kept; its message may hold a customer's words.

    Returns
    -------
    State or None
        Pending or parked; None if the claim was no longer held.
    """
    if not hold(session, item):
        return None
    code = f"failed:{type(error).__name__}"
    if faults.of_database(error):
        later = now + timedelta(seconds=AWAY_S)
        _release(session, [item], not_before=later, attempts=item.attempts - 1, error=code)
        return State.PENDING
    if item.attempts >= MAX_ATTEMPTS:
        return State.PARKED if _park(session, [item.id], code, now) else State.PENDING
    later = now + timedelta(seconds=BACKOFF_S * 2 ** (item.attempts - 1))
    due = case((_ANEW, now), else_=later)
    _release(session, [item], not_before=due, attempts=_attempts(), error=code)
    return State.PENDING


def release(session: Session, items: Iterable[Claim], now: datetime) -> None:
    """Give claims back untouched, as a worker does that is told to stop."""
    for item in items:
        _release(session, [item], not_before=now, attempts=item.attempts - 1)


def progressed(session: Session, item: Claim, percent: int) -> None:
    """Tell how far the work on a claim is, to those who wait for it."""
    session.execute(update(WorkRow).where(_mine([item])).values(progress=percent))


def again(session: Session, item: Claim, not_before: datetime, *, progress: int = 0) -> None:
    """Give a claim back for its next part, as if it had never been tried.

    Parameters
    ----------
    progress : int
        Turns of a long conversation that are read ahead; the next claim tells it.
    """
    _release(session, [item], not_before=not_before, attempts=0, error=None, progress=progress)


def beat(session: Session, items: Sequence[Claim], until: datetime) -> int:
    """Hold claims for longer while they are worked on; give how many are still held.

    What a transaction is writing just now is left alone: nobody can take it meanwhile.
    """
    held = select(WorkRow.id).where(_mine(items)).order_by(WorkRow.id)
    ids = session.scalars(held.with_for_update(skip_locked=True)).all()
    session.execute(update(WorkRow).where(WorkRow.id.in_(ids)).values(lease_until=until))
    return len(ids)


def drop(session: Session, kind: Kind, subject_ids: Collection[str]) -> None:
    """Take back what was asked for, also from who holds it: they write nothing more."""
    for chunk in chunks(subject_ids):
        there = (WorkRow.kind == kind, WorkRow.subject_id.in_(chunk))
        session.execute(delete(WorkRow).where(*there))


def absorb(session: Session, kind: Kind, subject_ids: Collection[str]) -> int:
    """Take over waiting work on some subjects, because it is about to be done for all of them.

    Call it before loading what the work is about: a change that comes in later asks anew.
    What another worker holds is left to it. Work that is scheduled for later goes too.

    Returns
    -------
    int
        How many rows were taken over.
    """
    count = 0
    for chunk in chunks(subject_ids):
        waiting = select(WorkRow.id).where(
            WorkRow.kind == kind, WorkRow.subject_id.in_(chunk), WorkRow.state == State.PENDING
        )
        ids = session.scalars(waiting.with_for_update(skip_locked=True)).all()
        taken = delete(WorkRow).where(WorkRow.id.in_(ids))
        gone = session.execute(
            taken.returning(WorkRow.kind, WorkRow.subject_id, WorkRow.generation)
        )
        _settle(
            session, [(row.kind, row.subject_id, row.generation) for row in gone], ItemState.DONE
        )
        count += len(ids)
    return count


def sweep(session: Session, now: datetime) -> int:
    """Offer again what lost workers held, park what failed too often; give how many rows."""
    expired = (
        select(WorkRow.id, WorkRow.attempts)
        .where(WorkRow.state == State.CLAIMED, WorkRow.lease_until < now)
        .with_for_update(skip_locked=True)
    )
    found = session.execute(expired).all()
    again = [row.id for row in found if row.attempts < MAX_ATTEMPTS]
    session.execute(
        update(WorkRow)
        .where(WorkRow.id.in_(again))
        .values(state=State.PENDING, not_before=now, token=None, lease_until=None)
        .values(attempts=_attempts(), error="lease_expired")
    )
    lost = [row.id for row in found if row.attempts >= MAX_ATTEMPTS]
    _park(session, lost, "lease_expired", now)
    return len(found)


def _claim_of(row: WorkRow) -> Claim:
    names = set(Claim.model_fields) - {"generation"}
    fields = {name: getattr(row, name) for name in names}
    return Claim.model_validate(fields | {"generation": row.claimed_generation})


def _mine(items: Sequence[Claim]) -> ColumnElement[bool]:
    held = [(WorkRow.id == item.id) & (WorkRow.token == item.token) for item in items]
    return (WorkRow.state == State.CLAIMED) & or_(false(), *held)


def _release(session: Session, items: Sequence[Claim], **values: object) -> None:
    session.execute(
        update(WorkRow)
        .where(_mine(items))
        .values(state=State.PENDING, token=None, lease_until=None, **values)
    )


def _park(session: Session, ids: Collection[int], error: str, now: datetime) -> int:
    """Park claimed rows and give how many; what was asked for again meanwhile goes again."""
    ended = session.execute(
        update(WorkRow)
        .where(WorkRow.id.in_(ids))
        .values(state=case((_ANEW, State.PENDING), else_=State.PARKED), attempts=_attempts())
        .values(not_before=case((_ANEW, now), else_=WorkRow.not_before))
        .values(parked_at=case((_ANEW, null()), else_=now))
        .values(token=None, lease_until=None, error=error)
        .returning(WorkRow.kind, WorkRow.subject_id, WorkRow.claimed_generation, WorkRow.state)
    ).all()
    # Whoever asked later waits on.
    given_up = [(row.kind, row.subject_id, row.claimed_generation) for row in ended]
    _settle(session, given_up, ItemState.FAILED)
    return sum(row.state == State.PARKED for row in ended)


def _attempts() -> Case[int]:
    """Count none for what was asked for again: those were made on what was there before."""
    return case((_ANEW, 0), else_=WorkRow.attempts)


def _settle(session: Session, subjects: Iterable[Subject], state: ItemState) -> None:
    """Tell the jobs that wait for subjects what became of them."""
    for chunk in chunks(subjects):
        asked = [
            (JobItemRow.kind == kind)
            & (JobItemRow.subject_id == subject_id)
            & (JobItemRow.generation <= generation)
            for kind, subject_id, generation in chunk
        ]
        waiting = (JobItemRow.state == ItemState.PENDING, or_(*asked))
        session.execute(update(JobItemRow).where(*waiting).values(state=state))


def _sooner(old: SQLColumnExpression[V], new: SQLColumnExpression[V]) -> Case[V]:
    return case((new < old, new), else_=old)
