"""Every error as ``application/problem+json`` (RFC 9457), without a word of the customer's."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api.schemas.problem import FieldError, ProblemDetails

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
_MAX_ERRORS = 50
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Problem(Exception):  # noqa: N818 - the RFC calls it so
    """A refusal that an endpoint raises.

    Parameters
    ----------
    status : int
        HTTP status, 400 to 599.
    detail : str
        What is wrong and what to do next; never customer text.
    slug : str or None
        Last part of the type URI; taken from the status where None.
    errors : sequence of FieldError
        Places in the request.
    headers : mapping
        Further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        slug: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.detail = detail
        self.slug = slug
        self.errors = list(errors)
        self.headers = dict(headers or {})


def not_found(what: str, named: str = "with this id") -> Problem:
    """Give the problem that there is no such thing."""
    return Problem(404, f"There is no {what} {named}.")


def unavailable() -> Problem:
    """Give the problem that the database does not answer; nothing was written."""
    detail = "The database does not answer. Nothing was stored; send the request again."
    return Problem(503, detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def respond(problem: Problem, scope: Scope) -> Response:
    """Turn a problem into the answer to the request with this scope."""
    status = problem.status
    slug = problem.slug or re.sub(r"[^a-z]+", "-", status.phrase.lower()).strip("-")
    body = ProblemDetails(
        type=f"/problems/{slug}",
        title=slug.replace("-", " ").capitalize(),
        status=status,
        detail=problem.detail,
        instance=f"urn:uuid:{scope.get('state', {}).get('request_id', 'unknown')}",
        errors=problem.errors or None,
    )
    return Response(
        body.model_dump_json(exclude_none=True), status, problem.headers, media_type=MEDIA_TYPE
    )


def field_errors(errors: Sequence[Any]) -> list[FieldError]:
    """Map pydantic's error entries, leaving out the values that they carry.

    Parameters
    ----------
    errors : sequence of mappings with ``loc`` and ``msg``
        From a request: the first part of ``loc`` says where it was found.
    """
    return [_field_error(error["loc"], error["msg"]) for error in errors[:_MAX_ERRORS]]


def _field_error(loc: Sequence[str | int], message: str) -> FieldError:
    place, *rest = loc or ("body",)
    if place == "body":
        return FieldError(detail=message, pointer="#" + pointer(rest))
    return FieldError(detail=message, parameter=_plain(rest[0]) if rest else None)


def pointer(loc: Sequence[str | int]) -> str:
    """Write a place in a JSON document; a key that could be prose is shown as ``*``."""
    return "".join("/" + _plain(part) for part in loc)


def _plain(part: str | int) -> str:
    text = str(part)
    return text if _PLAIN_NAME.fullmatch(text) else "*"


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare error answers of an operation for the OpenAPI document."""
    schema = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: schema}}
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Answer every error that the application knows as a problem."""
    for kind in (Problem, HTTPException, RequestValidationError, DBAPIError, PoolTimeoutError):
        app.exception_handler(kind)(_handle)


def _handle(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem is None:
        raise error
    return respond(problem, request.scope)


def problem_of(error: Exception) -> Problem | None:
    """Say which problem an exception is; None where it is a fault of ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, RequestValidationError):
        return _of_validation(error)
    if isinstance(error, PoolTimeoutError) or _lost(error):
        return unavailable()
    return None


def _of_http(error: HTTPException) -> Problem:
    details = {
        400: "The body could not be read.",
        404: "There is nothing at this address.",
        405: "This address does not know the method.",
    }
    detail = details.get(error.status_code, HTTPStatus(error.status_code).phrase)
    return Problem(error.status_code, detail, headers=error.headers)


def _of_validation(error: RequestValidationError) -> Problem:
    errors = error.errors()
    if any(entry["type"] == "json_invalid" for entry in errors):
        return Problem(400, "The body is not valid JSON in UTF-8.", slug="invalid-json")
    detail = (
        "The request does not have the form that this operation takes: `errors` says where, and "
        "/docs what it takes."
    )
    return Problem(422, detail, slug="invalid-request", errors=field_errors(errors))


def _lost(error: Exception) -> bool:
    # What drivers raise when the server is away, or locked for too long.
    away = isinstance(error, (OperationalError, InterfaceError))
    return away or (isinstance(error, DBAPIError) and error.connection_invalidated)
