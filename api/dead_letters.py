"""``/v1/dead-letters``: work that failed too often, with the reason, and another chance for it."""

from typing import Annotated

from fastapi import Body, Depends, Path, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api import cursor
from api.auth import Scope, require
from api.once import Once, once
from api.problems import declared, not_found
from api.routing import resource
from api.schemas.dead_letter import (
    REPLAY_EXAMPLE,
    DeadLetter,
    DeadLetterQuery,
    DeadLetters,
    ReasonCount,
    Replayed,
    ReplayRequest,
    WorkId,
)
from api.state import State, state_of
from domain.base import now
from storage import backlog

router = resource("Operation")
_EXAMPLES = {
    "reason": {"summary": "All whose worker was lost", "value": REPLAY_EXAMPLE},
    "some": {"summary": "Some", "value": {"ids": [4711, 4712]}},
    "all": {"summary": "All", "value": {}},
}


@router.get(
    "/dead-letters",
    operation_id="list_dead_letters",
    summary="Work that failed too often, and why",
    dependencies=[Depends(require(Scope.READ, Scope.ADMIN))],
    responses=declared(422, 503),
)
def list_dead_letters(
    query: Annotated[DeadLetterQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> DeadLetters:
    """List what was given up after five attempts, in the order it was first asked for.

    The record itself is kept and can be read; what failed is the work on it. Neither the
    listing nor the reason holds a word of a customer.
    """
    which = query.which()
    listing = cursor.name("dead-letters", which)
    after = cursor.decode(query.page_token, listing)
    with state.database.reading() as session:
        start = int(after[0]) if after else 0
        found = backlog.parked(session, query.page_size + 1, which=which, after=start)
        counted = backlog.reasons(session, which)
    shown = found[: query.page_size]
    following = [str(shown[-1].id)] if len(found) > len(shown) else None
    return DeadLetters(
        items=[DeadLetter.of(item) for item in shown],
        reasons=[ReasonCount.of(reason) for reason in counted],
        next_page_token=cursor.encode(following, listing),
    )


@router.post(
    "/dead-letters/replay",
    operation_id="replay_dead_letters",
    summary="Have dead letters tried again",
    response_model=Replayed,
    dependencies=[Depends(require(Scope.ADMIN))],
    responses=declared(409, 413, 415, 422, 503),
)
def replay_dead_letters(
    body: Annotated[ReplayRequest, Body(openapi_examples=_EXAMPLES)],
    post: Annotated[Once, Depends(once)],
) -> Response:
    """Offer dead letters to the workers again, with five new attempts each.

    Filters narrow each other down; what is no dead letter any more is passed over. Jobs that
    had given the records up wait for them again.
    """

    def work(session: Session) -> Replayed:
        count = backlog.replay(session, now(), body.ids, which=body.which())
        return Replayed(replayed=count)

    return post.answer(200, work)


@router.post(
    "/dead-letters/{letter_id}/replay",
    operation_id="replay_dead_letter",
    summary="Have one dead letter tried again",
    response_model=Replayed,
    dependencies=[Depends(require(Scope.ADMIN))],
    responses=declared(404, 409, 413, 415, 422, 503),
)
def replay_dead_letter(
    letter_id: Annotated[WorkId, Path()],
    post: Annotated[Once, Depends(once)],
) -> Response:
    """Offer one dead letter to the workers again, with five new attempts."""

    def work(session: Session) -> Replayed:
        if not backlog.replay(session, now(), [letter_id]):
            raise not_found("dead letter")
        return Replayed(replayed=1)

    return post.answer(200, work)
