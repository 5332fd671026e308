"""The outermost layer: request ids, one log line and one measurement a request, no leaks."""

import time
import uuid
from http import HTTPStatus

from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import logs
from api.problems import Problem, problem_of, respond
from api.telemetry import Telemetry
from workers.telemetry import TRACEPARENT, Tracing, context_of, failed, spanning

UNMATCHED = "unmatched"
AS_OF = "X-Tables-As-Of"
"""Of when the tables for analysis are, where they are not of now."""
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Access:
    """ASGI middleware that names, times and logs requests by route, never by address.

    What an endpoint did not expect becomes a 500 problem here; the log tells type and
    place of the exception, never its message, which may hold customer text.

    Parameters
    ----------
    app : ASGIApp
        What lies inside.
    telemetry : Telemetry
        Where requests are counted.
    tracing : Tracing
        Where spans of requests go.
    """

    def __init__(self, app: ASGIApp, telemetry: Telemetry, tracing: Tracing) -> None:
        self.app = app
        self.telemetry = telemetry
        self.tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and look at the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        caller = context_of(Headers(scope=scope).get(TRACEPARENT))
        # FastAPI's own spans tell the address and its query, which hold identifiers.
        with spanning(self.tracing.tracer, "request", kind=SpanKind.SERVER, context=caller) as span:
            route, status = await self._watched(scope, receive, send)
            method = scope["method"] if route != UNMATCHED else "-"
            span.update_name(f"{method} {route}")
            span.set_attribute("http.request.method", method)
            span.set_attribute("http.route", route)
            span.set_attribute("http.response.status_code", status)
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                failed(span, str(status))

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> tuple[str, int]:
        scope.setdefault("state", {})["request_id"] = str(uuid.uuid4())
        started = time.perf_counter()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = scope["state"]["request_id"]
                older = scope["state"].get("older")
                if older is not None and older.at is not None:
                    headers[AS_OF] = older.at.isoformat(timespec="seconds")
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                logs.fault("unexpected error", error, request_id=scope["state"]["request_id"])
            if not status:
                await respond(problem or _unexpected(), scope)(scope, receive, watched)
        route = getattr(scope.get("route"), "path", UNMATCHED)
        self._tell(scope, route, status, time.perf_counter() - started)
        return route, status

    def _tell(self, scope: Scope, route: str, status: int, seconds: float) -> None:
        self.telemetry.request(scope["method"], route, status, seconds)
        principal = scope["state"].get("principal")
        logs.emit(
            "request",
            method=scope["method"] if route != UNMATCHED else "-",
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            request_id=scope["state"]["request_id"],
            key=principal.name if principal else None,
        )


def _unexpected() -> Problem:
    return Problem(500, "Something broke on our side. The log names this request's instance.")
