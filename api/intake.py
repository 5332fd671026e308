"""Accepted means kept: records and the job that follows them are written in one transaction."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import ValidationError
from sqlalchemy.orm import Session

from api.batch import Batch
from api.problems import Problem
from api.schemas.job import JobAccepted, RejectedRecord
from domain.base import now
from domain.conversation import Conversation
from domain.event import Event
from storage import jobs
from storage.traces import carry
from storage.work import Kind, Priority
from workers.intake import accept
from workers.telemetry import traceparent

OUTGROWN = "Together with what is known of it, the conversation would exceed 10,000 turns."
R = TypeVar("R", Conversation, Event)


def take(session: Session, batch: Batch[R]) -> JobAccepted:
    """Keep records and have them worked on.

    Raises
    ------
    Problem
        422, if each of them would outgrow a limit together with what is known of it.
    """
    job = jobs.create(session, jobs.JobKind.API, now())
    try:
        with session.begin_nested():
            _accept(session, job, batch.records, _priority(batch.records))
        kept, rejected = list(batch.records), list(batch.rejected)
    except ValidationError:
        kept, rejected = _one_by_one(session, job, batch)
    jobs.record(session, job, [], [record.model_dump() for record in rejected])
    jobs.received(session, job, now())
    ids = [record.id for record in kept]
    return JobAccepted(id=job, accepted=len(ids), ids=ids, rejected=rejected)


def _one_by_one(
    session: Session, job: str, batch: Batch[R]
) -> tuple[list[R], list[RejectedRecord]]:
    """Keep those that fit; one that outgrows its limit stops no other."""
    kept: list[R] = []
    rejected = list(batch.rejected)
    for index, record in zip(batch.indexes, batch.records, strict=True):
        try:
            with session.begin_nested():
                _accept(session, job, [record], _priority(batch.records))
            kept.append(record)
        except ValidationError:
            rejected.append(RejectedRecord(index=index, field="#/turns", reason=OUTGROWN))
    if not kept:
        raise Problem(422, OUTGROWN, slug="conversation-too-large")
    return kept, sorted(rejected, key=lambda record: record.index)


def _accept(session: Session, job: str, records: Sequence[R], priority: Priority) -> None:
    accept(session, job, records, priority)
    trace = traceparent()
    if trace is None:
        return
    for kind, type_ in ((Kind.TAG, Conversation), (Kind.REBUILD, Event)):
        carry(session, kind, [one.id for one in records if isinstance(one, type_)], trace)


def _priority(records: Sequence[object]) -> Priority:
    # Somebody waits for a single record; a list is a load from somewhere.
    return Priority.LIVE if len(records) == 1 else Priority.BATCH
