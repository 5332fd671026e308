"""What is kept for speed or for a look back is bounded: the rest goes, now and then."""

import logging
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import duckdb
from sqlalchemy.orm import Session

from domain.base import now
from storage import mart_changes, retag, retention, taxonomy_jobs, vectors
from storage.database import Database
from workers.kept_mart import Keeper

VECTOR_ROWS = 2_000_000
"""About 2 GB."""
JOB_DAYS = 90.0
"""What became of an import or a batch is told for so long."""
SECONDS = 300.0
"""Where nobody else waits, it tidies for so long."""
log = logging.getLogger(__name__)


Step = Callable[[Session], int]
"""Takes a little away and says how much; 0 where nothing is left."""


def tidy(
    database: Database,
    vector_rows: int = VECTOR_ROWS,
    keep_days: float | None = None,
    *,
    seconds: float = SECONDS,
    last: bool = True,
) -> bool:
    """Do a slice of a round: forget old records and jobs, and the oldest vectors beyond a number.

    Every step is a short transaction: who works beside it waits for a moment only. Each sort
    gets its share of the time, so that none waits until another one is through.

    Parameters
    ----------
    vector_rows : int
        Cached vectors that are kept.
    keep_days : float, optional
        Records in which nothing happened for so long go with all that was read of them. None
        keeps them for ever.
    seconds : float
        About how long a slice takes.
    last : bool
        End the round, whatever is left for the next one. The end of a round also forgets old
        runs, and brings the tables that are kept for analysis up to date.

    Returns
    -------
    bool
        Whether the round goes on: call again, when others have had their turn.
    """
    steps = _steps(vector_rows, keep_days)
    # All of them, however much is left of the first.
    left = [_repeat(database, step, seconds / len(steps)) for step in steps]
    if any(left) and not last:
        return True
    database.run(lambda session: retag.prune(session, now()))
    database.run(lambda session: taxonomy_jobs.prune(session, now()))
    database.run(mart_changes.prune)
    _tidy_mart(database)
    return False


def _steps(vector_rows: int, keep_days: float | None) -> list[Step]:
    """Give what is repeated; first what customers wrote."""
    old = now() - timedelta(days=JOB_DAYS)
    steps: list[Step] = [
        lambda session: retention.forget_jobs(session, old),
        lambda session: vectors.shrink(session, vector_rows),
    ]
    if keep_days is not None:
        before = now() - timedelta(days=keep_days)
        steps.insert(0, lambda session: retention.expire(session, before, now()))
    return steps


def _repeat(database: Database, step: Step, seconds: float) -> bool:
    """Take a step at least once, again for some seconds; tell whether something may be left."""
    until = monotonic() + seconds
    while database.run(step):
        if monotonic() > until:
            return True
    return False


def _tidy_mart(database: Database) -> None:
    """Let what went not stay in tables that are kept beside the database.

    It comes last, waits for nobody and ends no work: the next analysis brings them up to date.
    """
    try:
        if (keeper := Keeper.of(database)) is not None:
            keeper.refresh_kept(wait=False)
    except (OSError, duckdb.Error) as error:
        log.error("the kept tables are not up to date: %s", type(error).__name__)
