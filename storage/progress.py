"""Who works, and when something was last finished: what readiness is told by."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime
from storage.statements import upsert
from storage.tables import WorkerRow

HEARD_S = 60.0
"""A worker of which nothing was heard for so long is held to be gone."""
KEPT_S = 86_400.0
"""So long one that ended without a word stays listed."""


class Worker(Record):
    """A process that works, as it was last heard of."""

    name: str
    role: str
    """``tag`` or ``themes``."""
    version: str | None
    """Of its tagger; None until the first batch."""
    started_at: UtcDatetime
    seen_at: UtcDatetime
    done_at: UtcDatetime | None
    """When it last finished a piece of work."""
    done: int
    """Pieces of work finished since it started."""
    failed: int


def beat(session: Session, worker: Worker) -> None:
    """Note that a process is there, and how far it came; forget who was silent for a day."""
    upsert(session, WorkerRow, [worker.model_dump()])
    silent = worker.seen_at - timedelta(seconds=KEPT_S)
    session.execute(delete(WorkerRow).where(WorkerRow.seen_at < silent))


def leave(session: Session, name: str) -> None:
    """Note that a process has ended."""
    session.execute(delete(WorkerRow).where(WorkerRow.name == name))


def workers(session: Session) -> tuple[Worker, ...]:
    """List who was heard of in the last day, by role and name."""
    query = select(WorkerRow).order_by(WorkerRow.role, WorkerRow.name)
    names = Worker.model_fields
    return tuple(
        Worker.model_validate({name: getattr(row, name) for name in names})
        for row in session.scalars(query)
    )


def heard(session: Session, role: str, now: datetime) -> int:
    """Count the processes of a role that were heard of within a minute."""
    query = select(func.count()).select_from(WorkerRow)
    since = now - timedelta(seconds=HEARD_S)
    return session.scalar(query.where(WorkerRow.role == role, WorkerRow.seen_at >= since)) or 0


def moved(session: Session, role: str, since: datetime) -> bool:
    """Tell whether something was finished since then, or somebody began who may yet do so."""
    lately = (WorkerRow.done_at >= since) | (WorkerRow.started_at >= since)
    query = select(WorkerRow.name).where(WorkerRow.role == role, lately).limit(1)
    return session.scalar(query) is not None
