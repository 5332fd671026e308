"""Claims are held for as long as somebody works on them, and no longer."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from domain.base import now
from storage import work
from storage.database import Database
from storage.work import Claim

BEATS = 3
"""In the time of one lease: two may fail, and the claims are still held."""
LONGEST_S = 3_600.0
"""Who has not come to an end by then hangs: its claims run out, and somebody else tries."""
log = logging.getLogger(__name__)


@contextmanager
def beating(
    database: Database,
    claims: Sequence[Claim],
    lease_seconds: float,
    longest_seconds: float = LONGEST_S,
) -> Iterator[None]:
    """Prolong the leases of claims from a thread while the block runs.

    A killed process takes its thread along, so that its claims run out in the time of one
    lease, however long the work on them would have taken.

    Parameters
    ----------
    lease_seconds : float
        For how long a claim holds after each beat.
    longest_seconds : float
        No beat after this.
    """
    if not claims:
        yield
        return
    over = threading.Event()
    until = monotonic() + longest_seconds

    def run() -> None:
        while not over.wait(lease_seconds / BEATS) and monotonic() < until:
            _beat(database, claims, lease_seconds)

    thread = threading.Thread(target=run, name="throughline-lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(database: Database, claims: Sequence[Claim], lease_seconds: float) -> None:
    later = now() + timedelta(seconds=lease_seconds)
    try:
        database.run(lambda session: work.beat(session, claims, later))
    except SQLAlchemyError as error:  # it is away: the next beat may come in time
        log.warning("leases were not prolonged: %s", type(error).__name__)
