"""Refuse bodies that are too large, also those that do not say how large they are."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, respond


class BodyLimit:
    """ASGI middleware: at most ``limit`` bytes of a body are ever read.

    Starlette's own limit answers in plain text; ours answers with a problem.

    Parameters
    ----------
    app : ASGIApp
        What lies inside.
    limit : int
        Bytes, more than 0.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes in and stop at the limit."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        stated = Headers(scope=scope).get("content-length", "")
        if stated.isdecimal() and int(stated[:20]) > self.limit:
            return await respond(self._too_large(), scope)(scope, receive, send)
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.limit:
                raise self._too_large()
            return message

        return await self.app(scope, counted, send)

    def _too_large(self) -> Problem:
        detail = f"The body is larger than {self.limit} bytes. Send fewer records at a time."
        return Problem(413, detail, slug="body-too-large", headers={"Connection": "close"})
