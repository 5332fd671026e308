"""What is measured of the work: counts and times by kind; never a text, an id or an address."""

from typing import TYPE_CHECKING

from domain.base import now
from storage.queues import Claim, Kind, State

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_MODEL_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_WHOLE_S = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64)


class WorkMetrics:
    """The measurements of one process that works.

    Parameters
    ----------
    registry : CollectorRegistry, optional
        Where they are read; one of their own by default.
    """

    def __init__(self, registry: "CollectorRegistry | None" = None) -> None:
        # Where it is imported first, it decides for good whether processes share what they count:
        # only in a worker's child, see ``workers.exposition``.
        from prometheus_client import CollectorRegistry, Counter, Histogram

        registry = registry or CollectorRegistry()
        self._done = Counter(
            "throughline_work_done", "Work finished.", ("kind",), registry=registry
        )
        self._failed = Counter(
            "throughline_work_failed",
            "Attempts that failed, by class of error; parked: the last one, now a dead letter.",
            ("kind", "error", "state"),
            registry=registry,
        )
        self._late = Counter(
            "throughline_work_late",
            "Work that another worker had taken over: nothing was written.",
            ("kind",),
            registry=registry,
        )
        self._whole = Histogram(
            "throughline_accepted_to_signals_seconds",
            "From the request to read a conversation until its signals are committed.",
            buckets=_WHOLE_S,
            registry=registry,
        )
        self._sizes = Histogram(
            "throughline_batch_conversations",
            "Conversations that passed the model together.",
            ("caller",),
            buckets=_SIZES,
            registry=registry,
        )
        self._model = Histogram(
            "throughline_model_seconds",
            "Time of one batch in the model.",
            ("caller",),
            buckets=_MODEL_S,
            registry=registry,
        )

    def done(self, claim: Claim, count: int = 1) -> None:
        """Count finished work: a claim, and what was done along with it."""
        self._done.labels(claim.kind).inc(count)
        if claim.kind is Kind.TAG:
            self._whole.observe(max(0.0, (now() - claim.added_at).total_seconds()))

    def late(self, claim: Claim) -> None:
        """Count work that came too late."""
        self._late.labels(claim.kind).inc()

    def failed(self, claim: Claim, error: str, state: State | None) -> None:
        """Count an attempt that failed.

        Parameters
        ----------
        error : str
            The class of the exception.
        state : State or None
            What became of the work; None where it was no longer held.
        """
        self._failed.labels(claim.kind, error, str(state or "lost")).inc()

    def model(self, caller: str, conversations: int, seconds: float) -> None:
        """Measure one batch in the model.

        Parameters
        ----------
        caller : str
            ``work`` for records, ``call`` for direct calls.
        """
        self._sizes.labels(caller).observe(conversations)
        self._model.labels(caller).observe(seconds)
