"""The Celery application: thin tasks; ids and state stay in the database."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from time import monotonic, time

from celery import Celery
from celery.signals import worker_ready
from kombu.exceptions import OperationalError

from domain.base import now
from settings import GRACE_SECONDS, Settings
from storage import backlog, work
from storage.database import Database
from storage.queues import TAGGING, Queue
from workers.celery_conf import (
    DRAIN,
    EMERGE,
    HINT_EXPIRES_S,
    SWEEP,
    SWEEP_EVERY_S,
    THEMES,
    TIDY,
    TIDY_EVERY_S,
    configuration,
    queue_name,
)
from workers.database import database_of
from workers.hands import Hands
from workers.pipeline import Pipeline, Processed, drain, sweep
from workers.policy import policy_of
from workers.stopping import Stop
from workers.tagging import tagger_of
from workers.taxonomy_jobs import Bench
from workers.telemetry import Tracing, tracing_of
from workers.themes_work import LONGEST_S, ask_for_new, bench_of, run_due
from workers.tidy import tidy
from workers.watch import Watch

log = logging.getLogger(__name__)
BOTH_HANDS = 5
"""Connections that a process needs at most with two hands: for each one, for each one's leases,
and for the sign of life."""
DRAIN_S = 5.0
"""A drain begins no batch after this; another message goes on."""


class Process:
    """What one worker process holds. Made before the fork, filled after it.

    Parameters
    ----------
    settings : Settings
        Of this process.
    queues : tuple of Queue
        What it takes work from.
    """

    def __init__(self, settings: Settings, queues: tuple[Queue, ...] = TAGGING) -> None:
        self.settings = settings
        self.queues = queues
        self.stop = Stop()
        self.swept = monotonic()
        """When it last looked for what lost workers held."""

    @cached_property
    def database(self) -> Database:
        """Connections of this process alone."""
        return database_of(self.settings)

    @cached_property
    def name(self) -> str:
        """Who works, for the operator."""
        return f"{socket.gethostname()}:{os.getpid()}"

    @cached_property
    def tracing(self) -> Tracing:
        """Where the spans of this process go."""
        return tracing_of(self.settings, "worker")

    @cached_property
    def watch(self) -> Watch:
        """What this process has done."""
        return Watch(tracer=self.tracing.tracer)

    @cached_property
    def bench(self) -> Bench:
        """What own taxonomies are trained with; its model is loaded when it is needed."""
        return bench_of(self.settings, self.database)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The pipeline, with a model of this process alone."""
        return Pipeline(
            database=self.database,
            tagger=tagger_of(self.settings, self.database),
            policy=policy_of(self.settings),
            worker=self.name,
            lease_seconds=self.settings.lease_seconds,
            watch=self.watch,
            queues=self.queues,
            stopping=self.stop,
            hands=Hands(1 if self.database.connections < BOTH_HANDS else 2),
        )


def make_app(settings: Settings, process: Process | None = None) -> Celery:
    """Make the application for the broker that the settings name.

    Parameters
    ----------
    process : Process, optional
        What the tasks use; one of their own by default.

    Raises
    ------
    ValueError
        If no broker is named.
    """
    if settings.broker_url is None:
        raise ValueError("THROUGHLINE_BROKER_URL names no broker; set amqp://… or redis://…")
    app = Celery("throughline", broker=settings.broker_url.get_secret_value())
    app.conf.update(configuration(settings))
    _add_tasks(app, process or Process(settings))
    return app


def _add_tasks(app: Celery, process: Process) -> None:
    # Not shared: another application of this process has settings of its own.
    @app.task(name=DRAIN, shared=False)
    def drain_work() -> None:
        with process.stop.heeded():
            _drain(app, process)

    @app.task(name=SWEEP, shared=False)
    def sweep_work() -> None:
        sweep(process.database, process.settings.vector_days)
        process.swept = monotonic()
        for queue in Queue:
            if _any_due(process, queue):
                _hint(app, queue)

    @app.task(name=TIDY, shared=False)
    def tidy_up(until: float | None = None) -> None:
        _tidy(app, process, time() + TIDY_EVERY_S if until is None else until)

    # The message is acknowledged at once: a fit takes longer than a broker waits.
    @app.task(
        name=THEMES,
        shared=False,
        acks_late=False,
        soft_time_limit=LONGEST_S,
        time_limit=LONGEST_S + GRACE_SECONDS,
    )
    def work_on_themes() -> None:
        with process.stop.heeded(interrupt=True):
            _work_slowly(app, process)

    @app.task(name=EMERGE, shared=False)
    def look_for_new_themes() -> None:
        process.database.run(ask_for_new)
        _hint(app, Queue.THEMES)

    @worker_ready.connect(weak=False)
    def begin(**_: object) -> None:
        # What came in while no worker ran, or was held by one that was killed.
        app.send_task(SWEEP)


def _work_slowly(app: Celery, process: Process) -> None:
    """Do one slow piece, so that each has the whole time of a task; another message goes on."""
    done = run_due(
        process.settings, process.database, process.name, process.watch, process.bench, most=1
    )
    if done and _any_due(process, Queue.THEMES):
        _hint(app, Queue.THEMES)


def _drain(app: Celery, process: Process) -> None:
    """Work for some seconds; whoever else is idle is woken after the first batch."""
    if monotonic() - process.swept >= SWEEP_EVERY_S:
        # While a backlog lasts the clock's word comes late, or is taken by others.
        process.database.run(lambda session: work.sweep(session, now()))
        process.swept = monotonic()
    batches = count()

    def wake(_done: Processed) -> None:
        if next(batches) == 0:
            _go_on(app, process, DRAIN_S)

    drain(process.pipeline, seconds=DRAIN_S, progress=wake)
    _go_on(app, process)


def _tidy(app: Celery, process: Process, until: float) -> None:
    """Tidy for some seconds; another message goes on with the round until it ends."""
    kept = process.settings
    last = time() >= until
    if tidy(process.database, kept.vector_rows, kept.keep_days, seconds=DRAIN_S, last=last):
        with _broker_may_be_away():
            app.send_task(TIDY, kwargs={"until": until}, expires=TIDY_EVERY_S, retry=False)


def _go_on(app: Celery, process: Process, expires: float = HINT_EXPIRES_S) -> None:
    """Ask for another drain while there is something to do."""
    queue = next((queue for queue in process.queues if _any_due(process, queue)), None)
    if queue is not None:
        _hint(app, queue, expires)


def _any_due(process: Process, queue: Queue) -> bool:
    with process.database.reading() as session:
        return backlog.any_due(session, now(), queue)


def _hint(app: Celery, queue: Queue, expires: float = HINT_EXPIRES_S) -> None:
    task = THEMES if queue is Queue.THEMES else DRAIN
    with _broker_may_be_away():
        app.send_task(task, queue=queue_name(queue), expires=expires, retry=False)


@contextmanager
def _broker_may_be_away() -> Iterator[None]:
    try:
        yield
    except (OperationalError, OSError) as error:  # the work is safe, and is found again
        log.warning("the broker does not answer: %s", type(error).__name__)
