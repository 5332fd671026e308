"""``POST /v1/events``: hand in anything else that happened."""

from typing import Annotated, Any

from fastapi import Body, Depends
from fastapi.responses import Response
from pydantic import SkipValidation

from api.auth import Scope, require
from api.batch import parse
from api.intake import take
from api.once import Once, once
from api.problems import declared
from api.routing import resource
from api.schemas.job import JobAccepted
from api.state import room
from api.strict import BatchRoute
from domain.event import Event

router = resource("Intake", BatchRoute)
EXAMPLE: dict[str, Any] = {
    "source": "webshop",
    "source_id": "ev-77",
    "name": "help_searched",
    "at": "2026-11-02T08:55:00Z",
    "identifiers": ["email:ada@example.org"],
    "properties": {"query_words": 3, "results": 0},
}
_EXAMPLES = {
    "one": {"summary": "One event", "value": EXAMPLE},
    "batch": {"summary": "A batch", "value": [EXAMPLE]},
}


@router.post(
    "/events",
    operation_id="post_events",
    summary="Hand in events",
    status_code=202,
    response_model=JobAccepted,
    dependencies=[Depends(require(Scope.WRITE)), Depends(room)],
    responses=declared(409, 413, 415, 422, 429, 503),
)
def post_events(
    body: Annotated[
        # Each record is read on its own, so that a bad one does not stop the good ones.
        SkipValidation[Event | list[Event]], Body(openapi_examples=_EXAMPLES)
    ],
    post: Annotated[Once, Depends(once)],
) -> Response:
    """Take one event or up to 1,000 of them: searches, orders, status changes, answers.

    What is answered with 202 is committed. An event is known by source and source id: sent
    twice it is kept once, and of two unlike copies the last one counts. Good events of a
    list are taken, bad ones are listed; where none is good the answer is 422.
    """
    batch = parse(body, Event)
    return post.answer(202, lambda session: take(session, batch))
