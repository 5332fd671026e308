"""The Celery application: thin tasks; ids and state stay in the database."""

import os
import socket
from functools import cached_property

from celery import Celery
from celery.signals import worker_ready
from kombu import Queue

from domain.base import now
from settings import Settings
from storage import backlog
from storage.database import Database
from storage.work import PROMPT, Kind
from storage.work import THEMES as THEME_KINDS
from workers.pipeline import Pipeline, drain, sweep
from workers.policy import policy_of
from workers.tagging import tagger_of
from workers.telemetry import Tracing, tracing_of
from workers.themes_work import EMERGE_S, ask_for_new, run_due
from workers.tidy import tidy
from workers.watch import Watch

DRAIN = "throughline.drain"
SWEEP = "throughline.sweep"
TIDY = "throughline.tidy"
QUEUE = "throughline"
THEMES = "throughline.themes"
EMERGE = "throughline.emerge"
THEMES_QUEUE = "throughline-themes"
THEMES_LIMIT_S = 3_300
DRAIN_S = 20.0
"""A drain begins no batch after this; another message goes on. A shutdown waits for it."""
SOFT_LIMIT_S = 600
HARD_LIMIT_S = 660
VISIBILITY_S = 3600
"""Redis hands a message out again after this; RabbitMQ closes the channel after 1,800 s."""
SWEEP_EVERY_S = 10.0
TIDY_EVERY_S = 600.0


class Process:
    """What one worker process holds. Made before the fork, filled after it.

    Parameters
    ----------
    settings : Settings
        Of this process.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def database(self) -> Database:
        """Connections of this process alone."""
        return Database(self.settings.database_url.get_secret_value())

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
    def pipeline(self) -> Pipeline:
        """The pipeline, with a model of this process alone."""
        return Pipeline(
            database=self.database,
            tagger=tagger_of(self.settings, self.database),
            policy=policy_of(self.settings),
            worker=self.name,
            lease_seconds=self.settings.lease_seconds,
            watch=self.watch,
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
    app.conf.update(_configuration(settings))
    _add_tasks(app, process or Process(settings))
    return app


def _configuration(settings: Settings) -> dict[str, object]:
    assert HARD_LIMIT_S < VISIBILITY_S
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_ignore_result": True,
        "task_default_queue": QUEUE,
        "task_queues": [Queue(QUEUE, durable=True), Queue(THEMES_QUEUE, durable=True)],
        "task_routes": {THEMES: {"queue": THEMES_QUEUE}},
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_soft_time_limit": SOFT_LIMIT_S,
        "task_time_limit": HARD_LIMIT_S,
        "task_publish_retry": False,
        "worker_prefetch_multiplier": 1,
        # A new process has so long to come up, also on a machine that is busy.
        "worker_proc_alive_timeout": 60.0,
        "worker_hijack_root_logger": False,
        "worker_max_memory_per_child": settings.worker_memory_mb * 1024,
        "worker_enable_remote_control": False,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "broker_connection_timeout": 3.0,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": _transport(settings),
        "enable_utc": True,
        "beat_schedule": {
            "sweep": {
                "task": SWEEP,
                "schedule": SWEEP_EVERY_S,
                # What nobody took before the next one comes is of no use.
                "options": {"expires": SWEEP_EVERY_S},
            },
            "tidy": {
                "task": TIDY,
                "schedule": TIDY_EVERY_S,
                "options": {"expires": TIDY_EVERY_S},
            },
            "emerge": {
                "task": EMERGE,
                "schedule": EMERGE_S,
                "options": {"expires": EMERGE_S},
            },
        },
    }


def _transport(settings: Settings) -> dict[str, object]:
    assert settings.broker_url is not None
    # Who sends a hint tries twice; who serves the queue tries on for ever.
    tries = {"max_retries": 1, "interval_start": 0.0, "interval_step": 0.1, "interval_max": 0.1}
    if settings.broker_url.get_secret_value().startswith("amqp"):
        return {**tries, "confirm_publish": True}
    return {**tries, "visibility_timeout": VISIBILITY_S, "socket_connect_timeout": 3.0}


def _add_tasks(app: Celery, process: Process) -> None:
    # Not shared: another application of this process has settings of its own.
    @app.task(name=DRAIN, shared=False)
    def drain_work(kinds: list[str] | None = None) -> None:
        chosen = [Kind(kind) for kind in kinds] if kinds else list(PROMPT)
        drain(process.pipeline, seconds=DRAIN_S, kinds=chosen)
        _go_on(app, process, kinds)

    @app.task(name=SWEEP, shared=False)
    def sweep_work() -> None:
        sweep(process.database, process.settings.vector_days)
        _go_on(app, process, None)
        _go_on_with_themes(app, process)

    @app.task(name=TIDY, shared=False)
    def tidy_up() -> None:
        tidy(process.database, process.settings.vector_rows)

    # The message is acknowledged at once: a fit takes longer than a broker waits.
    @app.task(
        name=THEMES,
        shared=False,
        acks_late=False,
        time_limit=THEMES_LIMIT_S,
        soft_time_limit=THEMES_LIMIT_S,
    )
    def work_on_themes() -> None:
        run_due(process.settings, process.database, process.name, process.watch)

    @app.task(name=EMERGE, shared=False)
    def look_for_new_themes() -> None:
        process.database.run(ask_for_new)
        _go_on_with_themes(app, process)

    @worker_ready.connect(weak=False)
    def begin(**_: object) -> None:
        # What came in while no worker ran, or was held by one that was killed.
        app.send_task(SWEEP)


def _go_on(app: Celery, process: Process, kinds: list[str] | None) -> None:
    """Ask for another drain while there is something to do."""
    with process.database.reading() as session:
        waiting = backlog.due(session, now())
    if waiting:
        app.send_task(DRAIN, kwargs={"kinds": kinds})


def _go_on_with_themes(app: Celery, process: Process) -> None:
    """Tell the workers of themes that there is something to do."""
    with process.database.reading() as session:
        waiting = backlog.due(session, now(), THEME_KINDS)
    if waiting:
        app.send_task(THEMES, expires=SWEEP_EVERY_S)
