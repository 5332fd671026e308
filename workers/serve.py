"""Starting Celery's worker and beat."""

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
)

from settings import Settings
from workers import logs
from workers.app import QUEUE, THEMES_QUEUE, Process, make_app
from workers.exposition import expose, shared_counts
from workers.heart import TAG, THEMES, Heart
from workers.orphans import die_with_parent, end_children


class Life:
    """What goes on beside the work in each process of a worker.

    Parameters
    ----------
    process : Process
        Made before the fork, filled after it.
    role : str
        ``tag`` or ``themes``.
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
    themes: bool = False,
    log_level: str = "INFO",
) -> None:
    """Serve one of the broker's queues until told to stop.

    Parameters
    ----------
    concurrency : int
        Processes; each holds a model of its own.
    beat : bool
        Send the sweep's clock from this worker too: for a deployment with a single one.

    themes : bool
        Serve refits and new themes instead of what comes in.

    Raises
    ------
    ValueError
        If the settings name no broker.
    """
    process = Process(settings)
    app = make_app(settings, process)
    life = Life(process, THEMES if themes else TAG)
    setup_logging.connect(_logging(settings, log_level), weak=False)
    worker_process_init.connect(life.begin, weak=False)
    worker_process_shutdown.connect(life.end, weak=False)
    worker_process_init.connect(die_with_parent, weak=False)
    beat_embedded_init.connect(die_with_parent, weak=False)
    worker_shutdown.connect(end_children, weak=False)
    queue = THEMES_QUEUE if themes else QUEUE
    options = ["worker", "--pool=prefork", f"--concurrency={concurrency}", f"--queues={queue}"]
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
        app.start(["beat", f"--loglevel={log_level}", f"--schedule={schedule}"])


def _logging(settings: Settings, level: str) -> Callable[..., None]:
    """Give what stands in for Celery's own logs, whose lines quote exceptions."""

    def configure(**_: object) -> None:
        logs.configure(settings.log_format, level)

    return configure


def _expose(settings: Settings, counts: Path, **_: object) -> None:
    expose(counts, settings.metrics_host, settings.metrics_port)
