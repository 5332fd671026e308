"""Starting Celery's worker and beat."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from celery.signals import (
    beat_embedded_init,
    setup_logging,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)
from threadpoolctl import threadpool_limits

from settings import Settings
from storage.queues import TAGGING, Queue
from workers import logs
from workers.app import Process, make_app
from workers.celery_conf import queue_name
from workers.exposition import expose, shared_counts
from workers.heart import Heart, role_of
from workers.nice import give_way
from workers.orphans import die_with_parent, end_children

NICE = 10
"""Unless the operator says otherwise, bulk work and themes take what the others leave."""


class Life:
    """What goes on beside the work in each process of a worker.

    Parameters
    ----------
    process : Process
        Made before the fork, filled after it.
    role : str
        One of ``workers.heart.ROLES``.
    """

    def __init__(self, process: Process, role: str) -> None:
        self._process, self._role = process, role
        self._heart: Heart | None = None

    def begin(self, **_: object) -> None:
        """Give signs of life from now on."""
        self._heart = Heart(self._process.database, self._role, self._process.watch)
        self._heart.start()

    def end(self, **_: object) -> None:
        """Say good-bye, and send the last spans."""
        if self._heart is not None:
            self._heart.stop()
        self._process.tracing.close()


def serve_worker(
    settings: Settings,
    *,
    concurrency: int = 1,
    beat: bool = False,
    queues: tuple[Queue, ...] = TAGGING,
    log_level: str = "INFO",
) -> None:
    """Serve queues of the broker until told to stop.

    Parameters
    ----------
    concurrency : int
        Processes; each holds a model of its own.
    beat : bool
        Send the sweep's clock from this worker too: for a deployment with a single one.
    queues : tuple of Queue
        What to take work from, the most urgent first. One without live work gives way to
        whatever else runs on its machine.

    Raises
    ------
    ValueError
        If the settings name no broker.
    """
    process = Process(_shared_out(settings, concurrency), queues)
    app = make_app(settings, process)
    life = Life(process, role_of(queues))
    setup_logging.connect(_logging(settings, log_level), weak=False)
    worker_process_init.connect(life.begin, weak=False)
    worker_process_shutdown.connect(life.end, weak=False)
    worker_process_init.connect(die_with_parent, weak=False)
    beat_embedded_init.connect(die_with_parent, weak=False)
    worker_process_init.connect(partial(_settle, process), weak=False)
    worker_shutting_down.connect(process.stop.ask, weak=False)
    worker_shutdown.connect(end_children, weak=False)
    names = ",".join(queue_name(queue) for queue in queues)
    options = [
        "--quiet",
        "worker",
        "--pool=prefork",
        f"--concurrency={concurrency}",
        f"--queues={names}",
    ]
    options += [f"--loglevel={log_level}", "--without-gossip", "--without-mingle"]
    with ExitStack() as stack:
        if settings.metrics_port:
            counts = stack.enter_context(shared_counts())
            worker_ready.connect(partial(_expose, settings, counts), weak=False)
        if beat:
            folder = stack.enter_context(TemporaryDirectory(prefix="throughline-beat-"))
            options += ["--beat", f"--schedule={Path(folder) / 'schedule'}"]
        app.worker_main(options)


def serve_beat(settings: Settings, *, log_level: str = "INFO") -> None:
    """Send the sweep's clock until told to stop; one in a deployment is enough.

    Raises
    ------
    ValueError
        If the settings name no broker.
    """
    app = make_app(settings)
    setup_logging.connect(_logging(settings, log_level), weak=False)
    with TemporaryDirectory(prefix="throughline-beat-") as folder:
        schedule = Path(folder) / "schedule"
        app.start(["--quiet", "beat", f"--loglevel={log_level}", f"--schedule={schedule}"])


def _shared_out(settings: Settings, concurrency: int) -> Settings:
    """Give each process its share of the cores, unless the operator said how many threads."""
    share = max(1, len(os.sched_getaffinity(0)) // concurrency)
    return settings if settings.threads else settings.model_copy(update={"threads": share})


def _settle(process: Process, **_: object) -> None:
    """Pin the threads of a process after the fork; give way where nobody waits for it."""
    settings = process.settings
    threadpool_limits(settings.threads)
    waited_for = {Queue.LIVE, Queue.INGEST} & set(process.queues)
    default = 0 if waited_for else NICE
    give_way(default if settings.worker_nice is None else settings.worker_nice)


def _logging(settings: Settings, level: str) -> Callable[..., None]:
    """Give what stands in for Celery's own logs, whose lines quote exceptions."""

    def configure(**_: object) -> None:
        logs.configure(settings.log_format, level)

    return configure


def _expose(settings: Settings, counts: Path, **_: object) -> None:
    expose(counts, settings)
