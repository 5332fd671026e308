"""What Prometheus may read: counts and times by route, kind and state; never a text or an id."""

from collections.abc import Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from domain.base import now
from storage import progress
from storage.backlog import Backlog
from storage.progress import Worker
from workers.heart import ROLES
from workers.metrics import WorkMetrics

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Telemetry:
    """The measurements of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.work = WorkMetrics(self.registry)
        self._requests = Counter(
            "throughline_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "throughline_http_request_seconds",
            "Time to answer a request.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.tagged = Counter(
            "throughline_tagged_turns",
            "Turns tagged by direct calls of POST /v1/tag.",
            registry=self.registry,
        )
        self.model_ready = Gauge(
            "throughline_model_ready", "1 when the model is loaded.", registry=self.registry
        )

        self._database_up = Gauge(
            "throughline_database_up", "1 when the database answers.", registry=self.registry
        )
        self._work = Gauge(
            "throughline_work_items",
            "Rows of the work queue.",
            ("kind", "state"),
            registry=self.registry,
        )
        self._oldest = Gauge(
            "throughline_work_oldest_seconds",
            "Age of the oldest work that is due.",
            ("kind",),
            registry=self.registry,
        )
        self._workers = Gauge(
            "throughline_workers",
            "Processes that work and were heard of within a minute.",
            ("role",),
            registry=self.registry,
        )
        self._versions = Gauge(
            "throughline_worker_versions",
            "Versions of the tagger among them; more than one for long is an upgrade that hangs.",
            registry=self.registry,
        )
        self._idle = Gauge(
            "throughline_work_last_done_seconds",
            "Time since any worker last finished something; -1 where none did in a day.",
            registry=self.registry,
        )

    def queues(self, queues: Sequence[Backlog] | None) -> None:
        """Set the depth and age of the queues; None where the database did not answer."""
        self._database_up.set(queues is not None)
        for queue in queues or ():
            for state in ("due", "scheduled", "claimed", "parked"):
                self._work.labels(queue.kind, state).set(getattr(queue, state))
            self._oldest.labels(queue.kind).set(queue.oldest_seconds)

    def workers(self, workers: Sequence[Worker]) -> None:
        """Set who works.

        Parameters
        ----------
        workers : sequence of Worker
            Those heard of in the last day.
        """
        moment = now()
        there = [w for w in workers if (moment - w.seen_at).total_seconds() < progress.HEARD_S]
        for role in ROLES:
            self._workers.labels(role).set(sum(w.role == role for w in there))
        self._versions.set(len({w.version for w in there if w.version is not None}))
        done = [w.done_at for w in workers if w.done_at is not None]
        self._idle.set((moment - max(done)).total_seconds() if done else -1.0)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request.

        Parameters
        ----------
        method : str
            HTTP method; unknown ones are counted together.
        route : str
            The route's template, such as ``/v1/jobs/{job_id}``.
        status : int
            HTTP status of the answer.
        seconds : float
            From the first byte in to the last byte out.
        """
        method = method if method in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def render(self) -> bytes:
        """Give all measurements in the Prometheus text format."""
        return generate_latest(self.registry)
