"""Taking records in: from files with a quality report, or from a call."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue, ValidationError
from sqlalchemy.orm import Session

from domain.base import now
from domain.conversation import Conversation
from domain.event import Event
from domain.intake import Stored
from ingest.options import ReadOptions
from ingest.outcome import Item, Outcome, Rejection
from ingest.read import read_paths
from ingest.report import ImportReport
from storage import conversations, events, jobs
from storage.database import Database
from storage.jobs import JobKind
from storage.work import Kind, Priority


class Size(NamedTuple):
    """A batch is committed at either, so that neither memory nor a transaction grows."""

    records: int
    turns: int


SMALL = Size(200, 5_000)
"""On SQLite: who waits for its one write lock waits for a moment only."""
LARGE = Size(2_000, 20_000)
"""On PostgreSQL, where many rows at once go by COPY."""
Progress = Callable[[ImportReport], None]


def import_paths(
    database: Database,
    paths: Sequence[Path],
    options: ReadOptions | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Read files and folders into the database; tagging is left to the workers.

    Parameters
    ----------
    paths : sequence of Path
        Files of any known format, and folders.
    progress : callable, optional
        Told after each commit; also the moment to wake a worker.

    Returns
    -------
    ImportReport
        What was read, kept and refused. It is kept in the database too.

    Raises
    ------
    ValueError
        If the options name a format that is not known.
    """
    return import_records(database, read_paths(paths, options), progress)


def import_records(
    database: Database, outcomes: Iterable[Outcome], progress: Progress | None = None
) -> ImportReport:
    """Keep what reading gives, batch by batch, and report on it.

    Parameters
    ----------
    outcomes : iterable of Item or Rejection
        Taken one by one; a bad one never stops the good ones.
    """
    job = database.run(lambda session: jobs.create(session, JobKind.IMPORT, now()))
    report = ImportReport()
    size = SMALL if database.sqlite else LARGE
    for batch in _batches(outcomes, report, size):
        for stored in _store(database, job, batch, report):
            report.count(stored)
        if progress is not None:
            progress(report)
    database.run(lambda session: _close(session, job, report))
    return report


def accept(
    session: Session,
    job: str,
    records: Sequence[Conversation | Event],
    priority: Priority = Priority.LIVE,
    rejections: Sequence[Mapping[str, JsonValue]] = (),
) -> list[Stored]:
    """Keep records for a job, and have the job wait until they are worked on.

    Nothing is committed: accepted means kept only when the caller's transaction is.

    Parameters
    ----------
    job : str
        Id of a job; say ``jobs.received`` after the last records.
    rejections : sequence of mapping
        Records that were refused before, to be counted and listed; no customer text.

    Returns
    -------
    list of Stored
        What became of each record, in order.

    Raises
    ------
    pydantic.ValidationError
        If a conversation outgrows a limit when merged with what is known.
    """
    moment = now()
    talks = [record for record in records if isinstance(record, Conversation)]
    others = [record for record in records if isinstance(record, Event)]
    kept = iter(conversations.save_many(session, talks, moment, priority))
    noted = iter(events.save_many(session, others, moment, priority))
    results = [next(kept if isinstance(record, Conversation) else noted) for record in records]
    jobs.record(session, job, results, rejections)
    jobs.follow(session, job, Kind.TAG, [record.id for record in talks])
    jobs.follow(session, job, Kind.REBUILD, [record.id for record in others])
    return results


def _batches(outcomes: Iterable[Outcome], report: ImportReport, size: Size) -> Iterable[list[Item]]:
    batch: list[Item] = []
    turns = 0
    for outcome in outcomes:
        report.add(outcome)
        if isinstance(outcome, Rejection):
            continue
        batch.append(outcome)
        turns += len(outcome.record.turns) if isinstance(outcome.record, Conversation) else 0
        if len(batch) >= size.records or turns >= size.turns:
            yield batch
            batch, turns = [], 0
    if batch:
        yield batch


def _store(
    database: Database, job: str, batch: Sequence[Item], report: ImportReport
) -> list[Stored]:
    records = [item.record for item in batch]
    try:
        return database.run(lambda session: accept(session, job, records, Priority.BATCH))
    except ValidationError as error:
        if len(batch) == 1:
            report.add(_rejection(batch[0], error))
            return []
    # Halves of halves find the bad one and keep the others together.
    half = len(batch) // 2
    return [
        stored
        for part in (batch[:half], batch[half:])
        for stored in _store(database, job, part, report)
    ]


def _rejection(item: Item, error: ValidationError) -> Rejection:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or None
    return Rejection(item.where, field, f"merged with what is known: {first['msg']}")


def _close(session: Session, job: str, report: ImportReport) -> None:
    jobs.received(session, job, now())
    jobs.save_report(session, job, report.to_dict(), now())
