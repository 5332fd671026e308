"""Traces from a call to its signals. Nothing is sent unless the operator names a collector.

Spans hold kinds, counts, versions and our own ids; never a text, a source's id or the words of
an exception.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NoOpTracer, Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes

from settings import Settings

_W3C = TraceContextTextMapPropagator()
TRACEPARENT = "traceparent"


@dataclass(frozen=True)
class Tracing:
    """Where spans of a process go; nowhere by default."""

    tracer: Tracer = field(default_factory=NoOpTracer)
    close: Callable[[], None] = lambda: None
    """Sends what is left; called once, at the end of the process."""


def tracing_of(settings: Settings, role: str) -> Tracing:
    """Make what the settings ask for. Call it after a fork: it starts a thread.

    Parameters
    ----------
    role : str
        ``api``, ``worker`` or ``themes``: part of the service's name.
    """
    if settings.otlp_endpoint is None:
        return Tracing()
    # Only who traces pays for the SDK.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

    provider = TracerProvider(
        sampler=ParentBasedTraceIdRatio(settings.trace_share),
        resource=Resource.create({"service.name": f"throughline-{role}"}),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(endpoint=settings.otlp_endpoint.rstrip("/") + "/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(provider.get_tracer("throughline"), provider.shutdown)


@contextmanager
def spanning(
    tracer: Tracer,
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    context: Context | None = None,
    links: tuple[Link, ...] = (),
    attributes: Attributes = None,
) -> Iterator[Span]:
    """Open a span around something; of an exception it keeps the class alone.

    Parameters
    ----------
    context : Context, optional
        Holds the parent; the current one by default.
    """
    with tracer.start_as_current_span(
        name,
        context,
        kind,
        attributes,
        links,
        record_exception=False,  # its message may hold what a customer wrote
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except Exception as error:
            failed(span, type(error).__name__)
            raise


def failed(span: Span, reason: str) -> None:
    """Mark a span as failed, with a class of error or a code."""
    span.set_attribute("error.type", reason)
    span.set_status(Status(StatusCode.ERROR))


def traceparent() -> str | None:
    """Write the current span as W3C Trace Context does; None where nothing is traced."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get(TRACEPARENT)


def context_of(traceparent: str | None) -> Context:
    """Read what ``traceparent`` wrote, or what a caller sent; an empty context if it is none."""
    return _W3C.extract({TRACEPARENT: traceparent} if traceparent else {}, Context())


def link_of(context: Context) -> tuple[Link, ...]:
    """Link to the span that a context holds; nothing where it holds none."""
    there = trace.get_current_span(context).get_span_context()
    return (Link(there),) if there.is_valid else ()


def trace_id() -> str | None:
    """Give the id of the current trace, for log lines."""
    there = trace.get_current_span().get_span_context()
    return trace.format_trace_id(there.trace_id) if there.is_valid else None
