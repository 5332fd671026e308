"""Room for more records: none are taken while too many wait to be worked on."""

import threading
from time import monotonic

from api.problems import Problem
from domain.base import now
from storage import backlog
from storage.database import Database

RETRY_SECONDS = 30
LOOK_SECONDS = 5.0
"""The queue is looked at this often at most, however many calls come."""


class Room:
    """Knows whether the queue has room.

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
        self._lock = threading.Lock()
        self._looked = -LOOK_SECONDS
        self._full = False

    def check(self) -> None:
        """Let a call pass or refuse it.

        Raises
        ------
        Problem
            429, with the time after which to ask again.
        """
        with self._lock:
            if monotonic() - self._looked >= LOOK_SECONDS:
                with self._database.reading() as session:
                    self._full = backlog.more_than(session, self._limit, now())
                self._looked = monotonic()
            full = self._full
        if full:
            detail = "Too much waits to be worked on. Nothing was taken; send it again later."
            headers = {"Retry-After": str(RETRY_SECONDS)}
            raise Problem(429, detail, slug="too-busy", headers=headers)
