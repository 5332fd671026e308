"""Starting Celery's worker and beat."""

from pathlib import Path
from tempfile import TemporaryDirectory

from celery.signals import beat_embedded_init, worker_process_init, worker_shutdown

from settings import Settings
from workers.app import QUEUE, THEMES_QUEUE, make_app
from workers.orphans import die_with_parent, end_children


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
    app = make_app(settings)
    worker_process_init.connect(die_with_parent, weak=False)
    beat_embedded_init.connect(die_with_parent, weak=False)
    worker_shutdown.connect(end_children, weak=False)
    queue = THEMES_QUEUE if themes else QUEUE
    options = ["worker", "--pool=prefork", f"--concurrency={concurrency}", f"--queues={queue}"]
    options += [f"--loglevel={log_level}", "--without-gossip", "--without-mingle"]
    with TemporaryDirectory(prefix="throughline-beat-") as folder:
        if beat:
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
    with TemporaryDirectory(prefix="throughline-beat-") as folder:
        schedule = Path(folder) / "schedule"
        app.start(["beat", f"--loglevel={log_level}", f"--schedule={schedule}"])
