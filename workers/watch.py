"""The work, watched: every batch tells here what it does, for metrics, traces and readiness."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from time import perf_counter

from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NoOpTracer,
    Span,
    SpanKind,
    Tracer,
    use_span,
)
from opentelemetry.util.types import Attributes

from domain.base import now
from domain.conversation import Conversation
from storage.queues import Claim, State
from workers.metrics import WorkMetrics
from workers.tagging import Tagged, Tagger
from workers.telemetry import context_of, failed, link_of, spanning


class Watch:
    """What one process that works has done. Told and read by any thread.

    Parameters
    ----------
    metrics : WorkMetrics, optional
        Where it is counted; by default nobody reads it.
    tracer : Tracer, optional
        Where spans go; nowhere by default.
    """

    def __init__(self, metrics: WorkMetrics | None = None, tracer: Tracer | None = None) -> None:
        self.metrics = metrics or WorkMetrics()
        self.tracer = tracer or NoOpTracer()
        self.started_at = now()
        self.done_at: datetime | None = None
        self.version: str | None = None
        self.done = 0
        self.failures = 0
        self._spans: dict[int, Span] = {}
        self._counting = Lock()

    @contextmanager
    def batch(self, claims: Sequence[Claim], version: str | None = None) -> Iterator[None]:
        """Watch claims that are worked on together.

        The batch is a trace of its own, linked to those of the calls; in the trace of each
        call stands a span of its claim, linked to the batch.

        Parameters
        ----------
        version : str, optional
            Of the tagger, where one reads.
        """
        self.version = version
        if not claims:
            yield
            return
        links = tuple(link for claim in claims for link in link_of(context_of(claim.trace)))
        known: Attributes = {
            "throughline.batch.size": len(claims),
            "throughline.model.version": version or "none",
        }
        kind = SpanKind.CONSUMER
        with spanning(self.tracer, "batch", kind=kind, links=links, attributes=known) as span:
            self._spans |= {claim.id: self._begin(claim, span) for claim in claims}
            try:
                yield
            finally:
                for claim in claims:
                    self._spans.pop(claim.id, INVALID_SPAN).end()

    @contextmanager
    def step(self, claim: Claim, name: str) -> Iterator[None]:
        """Watch one step of one claim: a span in the trace of its call."""
        around = self._spans.get(claim.id, INVALID_SPAN)
        with use_span(around, record_exception=False, set_status_on_exception=False):
            if around.is_recording():
                with spanning(self.tracer, name):
                    yield
            else:
                yield

    @contextmanager
    def model(self, caller: str, conversations: int) -> Iterator[None]:
        """Watch one batch in the model; what fails is no measure of it."""
        begun = perf_counter()
        known: Attributes = {"throughline.batch.conversations": conversations}
        with spanning(self.tracer, "model", attributes=known):
            yield
        self.metrics.model(caller, conversations, perf_counter() - begun)

    def finished(self, claim: Claim, absorbed: int = 0) -> None:
        """Note that a claim is done, and how much waiting work along with it."""
        with self._counting:
            self.done += 1 + absorbed
        self.done_at = now()
        self.metrics.done(claim, 1 + absorbed)
        self._end(claim, "done")

    def late(self, claim: Claim) -> None:
        """Note that a claim had run out."""
        self.metrics.late(claim)
        self._end(claim, "late")

    def gave_up(self, claim: Claim, error: BaseException, state: State | None) -> None:
        """Note that an attempt failed: to be tried again, or parked."""
        with self._counting:
            self.failures += 1
        name = type(error).__name__
        self.metrics.failed(claim, name, state)
        failed(self._spans.get(claim.id, INVALID_SPAN), name)
        self._end(claim, str(state or "lost"))

    def _begin(self, claim: Claim, batch: Span) -> Span:
        there = batch.get_span_context()
        # Work that no call asked for belongs to the batch.
        context = context_of(claim.trace) if link_of(context_of(claim.trace)) else None
        known: Attributes = {
            "throughline.work.kind": str(claim.kind),
            "throughline.work.subject": claim.subject_id,
            "throughline.work.attempt": claim.attempts,
        }
        return self.tracer.start_span(
            f"work {claim.kind}", context, SpanKind.CONSUMER, known, (Link(there),)
        )

    def _end(self, claim: Claim, outcome: str) -> None:
        span = self._spans.pop(claim.id, INVALID_SPAN)
        span.set_attribute("throughline.work.outcome", outcome)
        span.end()


class WatchedTagger:
    """A tagger whose batches are measured.

    Parameters
    ----------
    tagger : Tagger
        Who reads, for one thread at a time.
    watch : Watch
        Who measures.
    lock : Lock
        Held while it reads.
    """

    def __init__(self, tagger: Tagger, watch: Watch, lock: Lock) -> None:
        self._tagger, self._watch, self._lock = tagger, watch, lock

    @property
    def version(self) -> str:
        """The tagger's version."""
        return self._tagger.version

    def tag(self, conversations: Sequence[Conversation], *, needs: bool = True) -> Sequence[Tagged]:
        """Read a batch."""
        with self._lock, self._watch.model("work", len(conversations)):
            if needs:
                return self._tagger.tag(conversations)
            return self._tagger.tag(conversations, needs=False)
