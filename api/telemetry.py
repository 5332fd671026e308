"""What Prometheus may read: counts and times by route, kind and state; never a text or an id."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from storage.backlog import Backlog

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Telemetry:
    """The measurements of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
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

    def queues(self, queues: Sequence[Backlog] | None) -> None:
        """Set the depth and age of the queues; None where the database did not answer."""
        self._database_up.set(queues is not None)
        for queue in queues or ():
            for state in ("due", "scheduled", "claimed", "parked"):
                self._work.labels(queue.kind, state).set(getattr(queue, state))
            self._oldest.labels(queue.kind).set(queue.oldest_seconds)

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
