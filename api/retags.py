"""``/v1/retags``: stored conversations read again with a new version, looked at, then applied."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Body, Depends, Path
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.auth import Principal, Scope, require
from api.once import Once, once
from api.problems import Problem, declared, not_found
from api.references import ConversationRef, to_id
from api.routing import resource
from api.schemas.retag import (
    REQUEST_EXAMPLE,
    ChangeView,
    RetagReport,
    RetagRequest,
    RetagView,
)
from api.state import State, state_of
from domain.base import now
from domain.retag import Retag, Selection
from storage import retag

router = resource("Models")
RetagId = Annotated[str, Path(max_length=64, examples=["rtg_5b1f0c9d2e3a4b5c6d7e8f90"])]
Admin = Annotated[Principal, Depends(require(Scope.ADMIN))]
Reader = Depends(require(Scope.READ, Scope.ADMIN))
_EXAMPLES = {
    "some": {"summary": "Chats since October", "value": REQUEST_EXAMPLE},
    "all": {"summary": "All that another version has read", "value": {}},
}


@router.post(
    "/retags",
    operation_id="post_retag",
    summary="Read stored conversations again and tell what would change",
    status_code=202,
    response_model=RetagView,
    responses=declared(409, 413, 415, 422, 503),
)
def post_retag(
    body: Annotated[RetagRequest, Body(openapi_examples=_EXAMPLES)],
    caller: Admin,
    post: Annotated[Once, Depends(once)],
    state: Annotated[State, Depends(state_of)],
) -> Response:
    """Begin a run with the version that this process tags with.

    It reads what another version has read, behind all live work, and keeps the difference.
    Nothing that counts changes before `apply`. One run is open at a time; a second one is
    refused with 409.
    """
    version = state.model.version
    chosen = Selection.model_validate(body.model_dump())

    def work(session: Session) -> RetagView:
        try:
            return RetagView.of(retag.begin(session, version, chosen, caller.name, now()))
        except retag.OpenError as error:
            detail = f"The run {error.retag.id} is {error.retag.state}. Apply or cancel it first."
            raise Problem(409, detail, slug="retag-open") from error

    return post.answer(202, work)


@router.get(
    "/retags",
    operation_id="list_retags",
    summary="The last runs that read again",
    dependencies=[Reader],
    responses=declared(503),
)
def list_retags(state: Annotated[State, Depends(state_of)]) -> list[RetagView]:
    """Give at most twenty, the last begun first. A run is forgotten 90 days after its end."""
    with state.database.reading() as session:
        return [RetagView.of(run) for run in retag.latest(session)]


@router.get(
    "/retags/{retag_id}",
    operation_id="get_retag",
    summary="How far a run is and what it would change",
    dependencies=[Reader],
    responses=declared(404, 422, 503),
)
def get_retag(retag_id: RetagId, state: Annotated[State, Depends(state_of)]) -> RetagReport:
    """Give progress and differences by kind and label, with conversations as examples."""
    with state.database.reading() as session:
        run = _found(session, retag_id)
        return RetagReport.about(run, retag.tallies(session, retag_id))


@router.get(
    "/retags/{retag_id}/conversations/{conversation_id}",
    operation_id="get_retag_changes",
    summary="What a run would change in one conversation",
    dependencies=[Reader],
    responses=declared(404, 422, 503),
)
def get_retag_changes(
    retag_id: RetagId,
    conversation_id: ConversationRef,
    state: Annotated[State, Depends(state_of)],
) -> list[ChangeView]:
    """Give each statement before and after; empty where nothing differs or it was not read."""
    with state.database.reading() as session:
        _found(session, retag_id)
        found = retag.changes(session, retag_id, to_id(conversation_id))
        return [ChangeView.of(change) for change in found]


@router.post(
    "/retags/{retag_id}/apply",
    operation_id="apply_retag",
    summary="Let the new signals of a run count",
    status_code=202,
    responses=declared(404, 409, 413, 415, 422, 503),
)
def apply_retag(
    retag_id: RetagId, _caller: Admin, state: Annotated[State, Depends(state_of)]
) -> RetagView:
    """Put the new signals in the place of the machine's old ones and rebuild the journeys.

    People's corrections stay in force. Asked again it changes nothing more.
    """
    return _decide(state, retag_id, retag.apply)


@router.post(
    "/retags/{retag_id}/cancel",
    operation_id="cancel_retag",
    summary="Give a run up; all stays as it was",
    responses=declared(404, 409, 413, 415, 422, 503),
)
def cancel_retag(
    retag_id: RetagId, _caller: Admin, state: Annotated[State, Depends(state_of)]
) -> RetagView:
    """Stop a run that is not applied. One that is being applied goes on to its end."""
    return _decide(state, retag_id, retag.cancel)


def _decide(state: State, id_: str, decide: Callable[[Session, str, datetime], Retag]) -> RetagView:
    def work(session: Session) -> Retag:
        _found(session, id_)
        return decide(session, id_, now())

    try:
        run = state.database.run(work)
    except retag.OpenError as error:
        detail = f"The run is {error.retag.state}, so this cannot be done now."
        raise Problem(409, detail, slug="retag-state") from error
    state.wake()
    return RetagView.of(run)


def _found(session: Session, id_: str) -> Retag:
    run = retag.get(session, id_)
    if run is None:
        raise not_found("run")
    return run
