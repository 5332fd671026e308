"""The processes of a worker, as Prometheus sees them."""

from collections.abc import Iterator

import psutil
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class Processes(Collector):
    """How many processes work under one, the memory of the largest, and where it ends.

    Parameters
    ----------
    parent : psutil.Process
        The worker.
    ceiling_mb : int
        A process above it finishes its task and is replaced.
    """

    def __init__(self, parent: psutil.Process, ceiling_mb: int) -> None:
        self._parent = parent
        self._ceiling = ceiling_mb * 2**20

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Look now."""
        sizes = list(self._sizes())
        count = "Processes under the worker: those that work, and the clock where it has one."
        yield GaugeMetricFamily("throughline_worker_processes", count, len(sizes))
        most = "Resident memory of the largest of them."
        yield GaugeMetricFamily("throughline_worker_memory_bytes", most, max(sizes, default=0))
        ceiling = "A process with more memory finishes its task and is replaced."
        yield GaugeMetricFamily("throughline_worker_memory_ceiling_bytes", ceiling, self._ceiling)

    def _sizes(self) -> Iterator[int]:
        for child in self._parent.children():
            try:
                yield child.memory_info().rss
            except psutil.Error:  # it ended just now
                continue
