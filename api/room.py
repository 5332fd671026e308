"""Room for more records: none are taken while too many wait to be worked on."""

import threading
from collections.abc import Callable
from time import monotonic

from api.problems import Problem, problem_of, unavailable
from domain.base import now
from storage import backlog
from storage.database import Database

RETRY_SECONDS = 30
LOOK_SECONDS = 5.0
"""The queue is looked at this often at most, however many calls come."""


class Room:
    """Knows whether the queue has room.

    One caller at a time looks, and the others go by what was seen last: a database that is
    silent holds one of them, not all.

    Parameters
    ----------
    database : Database
        Where the queue is.
    limit : int
        Pieces of work that may wait; at one more, calls are refused.
    """

    def __init__(self, database: Database, limit: int) -> None:
        self._database = database
        self._limit = limit
        self._looking = threading.Lock()
        self._looked = -LOOK_SECONDS
        self._refusal: Callable[[], Problem] | None = None
        """What was seen last; None: there is room."""

    def check(self) -> None:
        """Let a call pass or refuse it.

        Raises
        ------
        Problem
            429, with the time after which to ask again; 503 where the database did not answer.
        """
        if self._looking.acquire(blocking=False):
            try:
                if monotonic() - self._looked >= LOOK_SECONDS:
                    self._look()
            finally:
                self._looking.release()
        refusal = self._refusal
        if refusal is not None:
            raise refusal()

    def _look(self) -> None:
        try:
            with self._database.reading() as session:
                full = backlog.more_than(session, self._limit, now())
            self._refusal = _too_busy if full else None
        except Exception as error:
            if problem_of(error) is None:
                raise
            self._refusal = unavailable
        finally:
            # A look that failed counts as well: the next caller need not wait for as long.
            self._looked = monotonic()


def _too_busy() -> Problem:
    detail = "Too much waits to be worked on. Nothing was taken; send it again later."
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return Problem(429, detail, slug="too-busy", headers=headers)
