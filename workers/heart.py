"""A sign of life of a process that works, in the database: what readiness is told by."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Collection

from sqlalchemy.exc import SQLAlchemyError

from domain.base import now
from storage import progress
from storage.database import Database
from storage.queues import Queue
from workers.watch import Watch

BEAT_S = 10.0
TAG, BULK, THEMES = ROLES = ("tag", "bulk", "themes")
"""Who does what somebody may wait for, who only reads again, and who finds themes."""
log = logging.getLogger(__name__)


def role_of(queues: Collection[Queue]) -> str:
    """Name the role of who serves some queues."""
    if {Queue.LIVE, Queue.INGEST} & set(queues):
        return TAG
    return BULK if Queue.BULK in queues else THEMES


def process_name() -> str:
    """Name this process for the operator."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Heart:
    """A thread that notes every few seconds that this process is there, and how far it came.

    Parameters
    ----------
    database : Database
        Of this process.
    role : str
        One of ``ROLES``.
    watch : Watch
        Knows what was done.
    alive : callable, optional
        Whether who works is still there; always by default.
    """

    def __init__(
        self,
        database: Database,
        role: str,
        watch: Watch,
        alive: Callable[[], bool] = lambda: True,
    ) -> None:
        self._database, self._role, self._watch, self._alive = database, role, watch, alive
        self._name = process_name()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="throughline-heart", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Say that this process ends."""
        self._stopping.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            if self._alive():
                self._try(self._beat)
            if self._stopping.wait(BEAT_S):
                self._try(self._leave)
                return

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except SQLAlchemyError as error:  # the database is away: the next beat tells
            log.warning("no sign of life: %s", type(error).__name__)

    def _beat(self) -> None:
        watch = self._watch
        worker = progress.Worker(
            name=f"{self._name}/{self._role}",
            role=self._role,
            version=watch.version,
            started_at=watch.started_at,
            seen_at=now(),
            done_at=watch.done_at,
            done=watch.done,
            failed=watch.failures,
        )
        self._database.run(lambda session: progress.beat(session, worker))

    def _leave(self) -> None:
        name = f"{self._name}/{self._role}"
        self._database.run(lambda session: progress.leave(session, name))
