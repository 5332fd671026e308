"""What is kept for speed or for a look back is bounded: the rest goes, now and then."""

import logging
from datetime import timedelta
from time import monotonic

import duckdb

from domain.base import now
from storage import mart_changes, retag, retention, taxonomy_jobs, vectors
from storage.database import Database
from workers.kept_mart import Keeper

VECTOR_ROWS = 2_000_000
"""About 2 GB."""
JOB_DAYS = 90.0
"""What became of an import or a batch is told for so long."""
SECONDS = 300.0
"""Old records are taken away for so long; the next call goes on."""
log = logging.getLogger(__name__)


def tidy(database: Database, vector_rows: int = VECTOR_ROWS, keep_days: float | None = None) -> int:
    """Forget old runs, jobs and records, and the oldest vectors beyond a number.

    Every step is a short transaction: who works beside it waits for a moment only.

    Parameters
    ----------
    vector_rows : int
        Cached vectors that are kept.
    keep_days : float, optional
        Records in which nothing happened for so long go with all that was read of them. None
        keeps them for ever.

    Returns
    -------
    int
        How many vectors went.
    """
    database.run(lambda session: retag.prune(session, now()))
    database.run(lambda session: taxonomy_jobs.prune(session, now()))
    until = monotonic() + SECONDS
    old = now() - timedelta(days=JOB_DAYS)
    while database.run(lambda session: retention.forget_jobs(session, old)):
        if monotonic() > until:
            break
    if keep_days is not None:
        before = now() - timedelta(days=keep_days)
        while database.run(lambda session: retention.expire(session, before, now())):
            if monotonic() > until:
                break
    database.run(mart_changes.prune)
    gone = 0
    while count := database.run(lambda session: vectors.shrink(session, vector_rows)):
        gone += count
    _tidy_mart(database)
    return gone


def _tidy_mart(database: Database) -> None:
    """Let what went not stay in tables that are kept beside the database.

    It comes last, waits for nobody and ends no work: the next analysis brings them up to date.
    """
    try:
        if (keeper := Keeper.of(database)) is not None:
            keeper.refresh_kept(wait=False)
    except (OSError, duckdb.Error) as error:
        log.error("the kept tables are not up to date: %s", type(error).__name__)
