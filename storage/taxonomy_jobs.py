"""Long work on own taxonomies: asked for once, told how far it is, ended in one of three ways.

The row of work (``storage.work``) says whether it waits, is in work or failed too often; this
one holds what it is about and what came of it. While it is open a killed worker's job is taken
by another one, from the start.
"""

import hashlib
import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_hex

import orjson
from pydantic import JsonValue
from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime
from storage import work
from storage.queues import Kind, State
from storage.statements import chunks
from storage.tables import TaxonomyJobRow, WorkRow

KEPT_DAYS = 90
SHOWN = 20
Given = Mapping[str, JsonValue]


class Task(StrEnum):
    """What is asked for."""

    TRAIN = "train"
    """A version from examples or descriptions, tuned where that is wished."""
    REPORT = "report"
    """Label by label how good a version is, with the texts behind it."""
    TRUST_SAMPLE = "trust_sample"
    """Stored conversations to label."""
    TRUST_REPORT = "trust_report"
    """What the labels of a sample say of a version."""
    REFIT = "refit"
    """A version with all corrections in it, and what they are worth."""
    DIFF = "diff"
    """What a version would change about stored conversations."""
    QUEUE = "queue"
    """Which conversations to label next."""
    GAPS = "gaps"
    """Which labels may be missing."""


class JobState(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It cannot be done, or failed too often; ``error`` tells."""
    CANCELLED = "cancelled"


class TaxonomyJob(Record):
    """A job at one moment."""

    id: str
    name: str
    task: Task
    state: JobState
    step: str | None
    """What is being done."""
    done: int
    total: int
    version: str | None
    error: str | None
    by: str
    created_at: UtcDatetime
    ended_at: UtcDatetime | None


OPEN = "open"
"""What a row says until it is over."""
_PLAIN = tuple(name for name in TaxonomyJob.model_fields if name not in ("state", "error"))


def begin(
    session: Session, name: str, task: Task, given: Given, by: str, now: datetime
) -> TaxonomyJob:
    """Ask for work; who asks for the same while it is open gets the job that is there.

    One that failed too often is begun afresh by that.

    Parameters
    ----------
    given : mapping
        What the worker needs. It goes when the job ends.
    """
    data = orjson.dumps(given, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(b"\n".join([name.encode(), task.encode(), data])).hexdigest()
    same = _query().where(TaxonomyJobRow.state == OPEN, TaxonomyJobRow.digest == digest)
    found = session.execute(same.limit(1)).first()
    id_ = f"txj_{token_hex(12)}" if found is None else str(found._mapping["id"])
    if found is None:
        row = {"id": id_, "name": name, "task": task, "state": OPEN, "done": 0, "total": 0}
        row |= {"digest": digest, "given": zlib.compress(data), "by": by, "created_at": now}
        session.execute(insert(TaxonomyJobRow).values(row))
        work.add(session, Kind.TAXONOMY, id_, now)
    elif found._mapping["work"] in (State.PARKED, None):
        told(session, id_, None, 0, 0)
        work.add(session, Kind.TAXONOMY, id_, now)
    return _needed(get(session, id_))


def get(session: Session, id_: str) -> TaxonomyJob | None:
    """Load a job as it stands now."""
    row = session.execute(_query().where(TaxonomyJobRow.id == id_)).first()
    return None if row is None else _job(row)


def latest(session: Session, name: str | None = None) -> tuple[TaxonomyJob, ...]:
    """List the jobs that were asked for last, the latest first."""
    query = _query().order_by(TaxonomyJobRow.created_at.desc(), TaxonomyJobRow.id)
    if name is not None:
        query = query.where(TaxonomyJobRow.name == name)
    return tuple(map(_job, session.execute(query.limit(SHOWN))))


def given(session: Session, id_: str) -> Given | None:
    """Load what an open job works on; None where it is over."""
    query = select(TaxonomyJobRow.given).where(TaxonomyJobRow.id == id_)
    data = session.scalar(query.where(TaxonomyJobRow.state == OPEN))
    if data is None:
        return None
    loaded: Given = orjson.loads(zlib.decompress(data))
    return loaded


def result(session: Session, id_: str) -> Mapping[str, JsonValue] | None:
    """Load what came of a job, beside a version."""
    return session.scalar(select(TaxonomyJobRow.result).where(TaxonomyJobRow.id == id_))


def told(session: Session, id_: str, step: str | None, done: int, total: int) -> bool:
    """Note how far an open job is; False where it is open no more: stop then."""
    values = {"step": step, "done": done, "total": total}
    return _change(session, id_, values)


def finish(
    session: Session,
    id_: str,
    now: datetime,
    *,
    version: str | None = None,
    result: Mapping[str, JsonValue] | None = None,
) -> bool:
    """End an open job with what came of it; False, and nothing changed, where it is over."""
    kept = None if result is None else dict(result)
    return _end(session, id_, JobState.DONE, now, version=version, result=kept)


def refuse(session: Session, id_: str, error: str, now: datetime) -> bool:
    """End an open job of which nothing can come, with a sentence that says why."""
    return _end(session, id_, JobState.FAILED, now, error=error)


def cancel(session: Session, id_: str, now: datetime) -> bool:
    """Give an open job up: whoever works on it writes nothing more. False where it is over."""
    work.drop(session, Kind.TAXONOMY, [id_])
    return _end(session, id_, JobState.CANCELLED, now)


def prune(session: Session, now: datetime) -> None:
    """Forget jobs that were asked for long ago, also those that failed too often."""
    old = TaxonomyJobRow.created_at < now - timedelta(days=KEPT_DAYS)
    ids = session.scalars(select(TaxonomyJobRow.id).where(old)).all()
    work.drop(session, Kind.TAXONOMY, ids)
    for chunk in chunks(ids):
        session.execute(delete(TaxonomyJobRow).where(TaxonomyJobRow.id.in_(chunk)))


def asked_anew(session: Session, id_: str) -> bool:
    """Tell whether there is work on a job, as there is again where it must be begun anew."""
    there = select(WorkRow.id).where(WorkRow.kind == Kind.TAXONOMY, WorkRow.subject_id == id_)
    return session.scalar(there) is not None


def _end(session: Session, id_: str, state: JobState, now: datetime, **values: object) -> bool:
    over = {"state": state, "ended_at": now, "step": None, "given": None}
    return _change(session, id_, over | values)


def _change(session: Session, id_: str, values: Mapping[str, object]) -> bool:
    mine = update(TaxonomyJobRow).where(TaxonomyJobRow.id == id_, TaxonomyJobRow.state == OPEN)
    changed = session.execute(mine.values(dict(values)).returning(TaxonomyJobRow.id))
    return changed.first() is not None


def _query() -> Select[tuple[object, ...]]:
    held = (WorkRow.kind == Kind.TAXONOMY) & (WorkRow.subject_id == TaxonomyJobRow.id)
    columns = [getattr(TaxonomyJobRow, name) for name in (*_PLAIN, "state", "error")]
    work_columns = [WorkRow.state.label("work"), WorkRow.error.label("fault")]
    return select(*columns, *work_columns).outerjoin(WorkRow, held)


def _job(row: Row[tuple[object, ...]]) -> TaxonomyJob:
    found = row._mapping
    state, error = found["state"], found["error"]
    if state == OPEN:
        work_state = found["work"]
        state = JobState.RUNNING if work_state == State.CLAIMED else JobState.WAITING
        if work_state == State.PARKED:
            state, error = JobState.FAILED, found["fault"]
    fields = {name: found[name] for name in _PLAIN}
    return TaxonomyJob.model_validate({**fields, "state": state, "error": error})


def _needed(job: TaxonomyJob | None) -> TaxonomyJob:
    assert job is not None
    return job
