"""Jobs: an import or one batch of the API, followed until all its records are worked on."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from secrets import token_hex

from pydantic import JsonValue
from sqlalchemy import func, literal, select, update
from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime
from domain.intake import Stored
from storage.statements import chunks, insert_for
from storage.tables import ImportReportRow, JobItemRow, JobRow, WorkRow
from storage.work import ItemState, Kind

MAX_REJECTIONS = 100
"""Rejections that a job lists; their number is in its counts."""


class JobKind(StrEnum):
    """Where the records of a job come from."""

    IMPORT = "import"
    API = "api"
    THEMES = "themes"
    """A refit; its one subject is all that is kept."""
    JOURNEYS = "journeys"
    """A fit of the types and the next step of journeys."""


class JobState(StrEnum):
    """How far a job is."""

    RECEIVING = "receiving"
    WORKING = "working"
    DONE = "done"


class Job(Record):
    """A job at one moment."""

    id: str
    kind: JobKind
    state: JobState
    created_at: UtcDatetime
    received_at: UtcDatetime | None
    counts: Mapping[str, int]
    """Of records: kept, updated, duplicate, rejected."""
    rejections: tuple[Mapping[str, JsonValue], ...]
    pending: int
    """Subjects that wait for a worker or are in work."""
    done: int
    failed: int
    progress: float | None = None
    """Of a fit: the share that is done, 0 to 1."""


def create(session: Session, kind: JobKind, now: datetime) -> str:
    """Begin a job and give its id."""
    id_ = f"job_{token_hex(12)}"
    session.add(
        JobRow(id=id_, kind=kind, created_at=now, received_at=None, counts={}, rejections=[])
    )
    session.flush()
    return id_


def record(
    session: Session,
    id_: str,
    results: Iterable[Stored],
    rejections: Sequence[Mapping[str, JsonValue]] = (),
) -> None:
    """Count what became of some records of a job."""
    row = session.scalars(select(JobRow).where(JobRow.id == id_).with_for_update()).one()
    counts = Counter(row.counts)
    counts.update(str(result) for result in results)
    if rejections:
        counts["rejected"] += len(rejections)
    listed = [*row.rejections, *map(dict, rejections)][:MAX_REJECTIONS]
    change = update(JobRow).where(JobRow.id == id_)
    session.execute(change.values(counts=dict(counts), rejections=listed))


def follow(session: Session, id_: str, kind: Kind, subject_ids: Iterable[str]) -> None:
    """Have a job wait for the work on some subjects, where there is any."""
    for chunk in chunks(subject_ids):
        waiting = select(
            literal(id_),
            WorkRow.kind,
            WorkRow.subject_id,
            WorkRow.generation,
            literal(str(ItemState.PENDING)),
        ).where(WorkRow.kind == kind, WorkRow.subject_id.in_(chunk))
        names = ["job_id", "kind", "subject_id", "generation", "state"]
        statement = insert_for(session, JobItemRow).from_select(names, waiting)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=names[:3],
                set_={name: statement.excluded[name] for name in names[3:]},
            )
        )


def received(session: Session, id_: str, now: datetime) -> None:
    """Say that the last record of a job is in."""
    session.execute(update(JobRow).where(JobRow.id == id_).values(received_at=now))


def get(session: Session, id_: str) -> Job | None:
    """Load a job as it stands now."""
    row = session.get(JobRow, id_)
    if row is None:
        return None
    query = select(JobItemRow.state, func.count()).where(JobItemRow.job_id == id_)
    items = dict(session.execute(query.group_by(JobItemRow.state)).all())
    pending = items.get(ItemState.PENDING, 0)
    state = JobState.WORKING if pending else JobState.DONE
    return Job(
        id=row.id,
        kind=JobKind(row.kind),
        state=JobState.RECEIVING if row.received_at is None else state,
        created_at=row.created_at,
        received_at=row.received_at,
        counts=row.counts,
        rejections=tuple(row.rejections),
        pending=pending,
        done=items.get(ItemState.DONE, 0),
        failed=items.get(ItemState.FAILED, 0),
        progress=_progress(session, row, pending) if row.kind == JobKind.JOURNEYS else None,
    )


def _progress(session: Session, row: JobRow, pending: int) -> float:
    if not pending:
        return 1.0
    same = (JobItemRow.kind == WorkRow.kind) & (JobItemRow.subject_id == WorkRow.subject_id)
    query = select(WorkRow.progress).join(JobItemRow, same).where(JobItemRow.job_id == row.id)
    return (session.scalar(query) or 0) / 100


def save_report(session: Session, id_: str, report: Mapping[str, JsonValue], now: datetime) -> None:
    """Keep the quality report of an import."""
    session.add(ImportReportRow(job_id=id_, at=now, report=dict(report)))
    session.flush()


def report(session: Session, id_: str) -> Mapping[str, JsonValue] | None:
    """Load the quality report of an import."""
    row = session.get(ImportReportRow, id_)
    return None if row is None else row.report
