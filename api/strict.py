"""Read requests strictly: the right media type, UTF-8, no NUL, no endless depth or numbers."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from api.problems import Problem, pointer
from api.schemas.problem import FieldError

MAX_DEPTH = 32
"""Levels of nesting in a body. Nothing that we take needs more than eight."""
MAX_NUMBER = 2**53
"""Larger numbers are not the same in every JSON reader (RFC 8259, section 6)."""
NUL = "\x00"


class StrictRequest(Request):
    """A request whose JSON was read by orjson.

    It refuses invalid UTF-8, lone surrogates, NaN and infinity, all of which Python's
    own reader lets through to the database.
    """

    value: object = None

    async def read(self) -> None:
        """Read the body once; FastAPI then finds it read.

        Raises
        ------
        Problem
            400 where it is not JSON; 413 where it is too large.
        """
        try:
            self.value = orjson.loads(await self.body() or b"null")
        except orjson.JSONDecodeError as error:
            detail = "The body is not valid JSON in UTF-8."
            raise Problem(400, detail, slug="invalid-json") from error

    async def json(self) -> object:
        """Give the value that was read."""
        return self.value


class StrictRoute(APIRoute):
    """A route that refuses what no operation takes, then hands a `StrictRequest` on."""

    whole = True
    """Whether one value that cannot be kept refuses the whole body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            _check_address(request)
            strict_request = StrictRequest(request.scope, request.receive)
            if request.method in ("POST", "PUT", "PATCH"):
                _check_media_type(request)
                await strict_request.read()
                if self.whole:
                    refuse_faults(strict_request.value)
            return await handler(strict_request)

        return strict


class BatchRoute(StrictRoute):
    """A route whose bodies are lists: one bad record does not refuse the others."""

    whole = False


def faults(value: object, loc: tuple[str | int, ...] = ()) -> Iterator[FieldError]:
    """Find what is valid JSON and yet cannot be kept: NUL, huge numbers, endless depth.

    Parameters
    ----------
    value : object
        A parsed JSON value.
    loc : tuple
        Where it stands in the body.
    """
    if isinstance(value, str):
        if NUL in value:
            yield FieldError(detail="Text must not hold NUL characters.", pointer=_at(loc))
    elif isinstance(value, (int, float)):
        if abs(value) > MAX_NUMBER:
            yield FieldError(detail="Numbers must lie within ±2^53.", pointer=_at(loc))
    elif isinstance(value, (dict, list)):
        yield from _faults_inside(value, loc)


def _faults_inside(
    value: dict[str, object] | list[object], loc: tuple[str | int, ...]
) -> Iterator[FieldError]:
    if len(loc) >= MAX_DEPTH:
        yield FieldError(detail=f"Nesting goes deeper than {MAX_DEPTH}.", pointer=_at(loc))
        return
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(key, str) and NUL in key:
            yield FieldError(detail="Names must not hold NUL characters.", pointer=_at(loc))
        yield from faults(child, (*loc, key))


def _at(loc: tuple[str | int, ...]) -> str:
    return "#" + pointer(loc)


def refuse_faults(value: object) -> None:
    """Refuse a whole body that holds what cannot be kept.

    Raises
    ------
    Problem
        422, with the places.
    """
    found = [error for error, _ in zip(faults(value), range(50), strict=False)]
    if found:
        detail = "The body holds values that cannot be kept."
        raise Problem(422, detail, slug="invalid-request", errors=found)


def _check_address(request: Request) -> None:
    if NUL in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise Problem(400, "The address must not hold NUL characters.")


def _check_media_type(request: Request) -> None:
    if _without_body(request):
        return
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" and not (
        media.startswith("application/") and media.endswith("+json")
    ):
        raise Problem(415, "Send the body as application/json.")


def _without_body(request: Request) -> bool:
    """Whether nothing is sent, as to an operation that takes no body."""
    length = request.headers.get("content-length", "0")
    chunked = "transfer-encoding" in request.headers
    return length == "0" and not chunked and "content-type" not in request.headers
