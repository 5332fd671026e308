"""What Prometheus reads of a worker: its children count into files, the worker adds them up."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from settings import Settings

SHARED = "PROMETHEUS_MULTIPROC_DIR"
log = logging.getLogger(__name__)


@contextmanager
def shared_counts() -> Iterator[Path]:
    """Have the children of this process count into one folder, as long as it lasts.

    Enter it before anything imports ``prometheus_client``.
    """
    with TemporaryDirectory(prefix="throughline-metrics-") as folder:
        os.environ[SHARED] = folder
        try:
            yield Path(folder)
        finally:
            del os.environ[SHARED]


def expose(folder: Path, settings: Settings) -> None:
    """Answer Prometheus from a thread; a port that is taken is logged, and the work goes on.

    Parameters
    ----------
    folder : Path
        As ``shared_counts`` gave it.
    """
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.multiprocess import MultiProcessCollector

    from workers.processes import Processes

    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    registry.register(Processes(psutil.Process(), settings.worker_memory_mb))
    port = settings.metrics_port
    try:
        start_http_server(port, settings.metrics_host, registry)
    except OSError as error:
        log.error("no metrics: port %d: %s", port, error.strerror)
