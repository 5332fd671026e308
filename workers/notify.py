"""Telling workers that there is work. The database is the truth; a lost word costs seconds."""

import logging
import threading

from celery import Celery

from settings import Settings
from storage.queues import Queue
from workers.app import make_app
from workers.celery_conf import DRAIN, HINT_EXPIRES_S, queue_name

PAUSE_S = 0.5
"""Between two hints: who was woken by the first one works on all that comes in meanwhile."""
REST_S = 10.0
"""After a failure the broker is left alone for so long; the sweep finds the work meanwhile."""
FRESH = (Queue.LIVE, Queue.INGEST)
"""Whose workers are told of what comes in; the sweep tells those of the others."""
log = logging.getLogger(__name__)


def hint(settings: Settings) -> None:
    """Send one hint and wait for it, as a command does that ends afterwards.

    A broker that does not answer is logged; the sweep finds the work then.
    """
    with make_app(settings) as app:
        notifier = BrokerNotifier(app)
        notifier.notify()
        notifier.stop()


class BrokerNotifier:
    """Sends hints over the broker from a thread of its own, so that no request waits for it.

    However much comes in, each queue gets two messages a second at most.

    Parameters
    ----------
    app : Celery
        As made by ``workers.app.make_app``.
    """

    def __init__(self, app: Celery) -> None:
        self.app = app
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def notify(self) -> None:
        """Ask for a hint to be sent."""
        self._wanted.set()
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Send the last hint and stop."""
        self._stopping.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while self._wanted.is_set() or not self._stopping.is_set():
            self._wanted.wait()
            self._wanted.clear()
            self._send()
            self._stopping.wait(PAUSE_S)

    def _send(self) -> None:
        try:
            for queue in FRESH:
                self.app.send_task(
                    DRAIN, queue=queue_name(queue), retry=False, expires=HINT_EXPIRES_S
                )
        except Exception as error:  # away, or no access: the thread must outlive any answer
            log.warning("the broker does not answer: %s", type(error).__name__)
            self._stopping.wait(REST_S)
