"""Whether what is derived from some records is up to date."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from storage.statements import chunks
from storage.tables import WorkRow
from storage.work import Kind, Priority, State


def settled(session: Session, subject_ids: Iterable[str], now: datetime) -> bool:
    """Tell whether no work on some conversations or events waits or goes on.

    Work that is only due later, such as a window that closes, work that was parked, and bulk
    work, which changes nothing that a customer said, do not count.
    """
    due = (WorkRow.state == State.PENDING) & (WorkRow.not_before <= now)
    for chunk in chunks(subject_ids):
        query = select(WorkRow.id).where(
            # Of any kind, said so that the index of kind and subject serves.
            WorkRow.kind.in_(Kind),
            WorkRow.subject_id.in_(chunk),
            WorkRow.priority < Priority.BULK,
            or_(due, WorkRow.state == State.CLAIMED),
        )
        if session.scalars(query.limit(1)).first() is not None:
            return False
    return True
