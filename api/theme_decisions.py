"""A person's word about themes: name, confirm, place, merge, split, move."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Body, Depends
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.auth import Principal, Scope, require
from api.once import Once, once
from api.problems import Problem, declared, not_found
from api.routing import resource
from api.schemas.theme import (
    MERGE_EXAMPLE,
    MOVE_EXAMPLE,
    PATCH_EXAMPLE,
    SPLIT_EXAMPLE,
    TAKE_BACK_EXAMPLE,
    MergeRequest,
    MoveBackRequest,
    Moved,
    MoveRequest,
    SplitRequest,
    TakeBackRequest,
    ThemePatch,
    ThemeView,
)
from api.state import State, state_of
from api.themes import ThemeId, opened
from domain.base import now
from domain.theme import Theme
from storage import themes
from workers import themes_decide, themes_take_back
from workers.themes_decide import DecisionError

router = resource("Themes")
Decider = Annotated[Principal, Depends(require(Scope.CORRECT))]


@router.patch(
    "/themes/{theme_id}",
    operation_id="patch_theme",
    summary="Name, confirm or place a theme",
    responses=declared(404, 413, 415, 422, 503),
)
def patch_theme(
    theme_id: ThemeId,
    body: Annotated[ThemePatch, Body(openapi_examples={"name": {"value": PATCH_EXAMPLE}})],
    caller: Decider,
    state: Annotated[State, Depends(state_of)],
) -> ThemeView:
    """Give a theme your name, confirm it, or put it under another one.

    Your word outlives refits: the theme keeps id, name and place as long as some theme of a
    refit holds most of its texts.
    """

    def work(session: Session) -> ThemeView:
        moment, theme = now(), _live(session, theme_id)
        if body.label is not None:
            theme = themes_decide.rename(session, theme, body.label, caller.name, moment)
        if body.confirmed is not None:
            theme = themes_decide.confirm(session, theme, caller.name, moment, yes=body.confirmed)
        if "parent_id" in body.model_fields_set:
            theme = themes_decide.place(session, theme, body.parent_id, caller.name, moment)
        return opened(session, theme.id)

    return _decided(state, work)


@router.post(
    "/themes/{theme_id}/merge",
    operation_id="merge_themes",
    summary="Let a theme take up others",
    response_model=ThemeView,
    responses=declared(404, 409, 413, 415, 422, 503),
)
def merge_themes(
    theme_id: ThemeId,
    body: Annotated[MergeRequest, Body(openapi_examples={"one": {"value": MERGE_EXAMPLE}})],
    caller: Decider,
    post: Annotated[Once, Depends(once)],
) -> Response:
    """Make several themes one. Their ids lead to it, and refits keep them together."""

    def work(session: Session) -> ThemeView:
        into = _live(session, theme_id)
        others = [_live(session, id_) for id_ in dict.fromkeys(body.theme_ids) if id_ != into.id]
        return opened(session, themes_decide.merge(session, into, others, caller.name, now()).id)

    return _posted(post, 200, work)


@router.post(
    "/themes/{theme_id}/split",
    operation_id="split_theme",
    summary="Cut a part out of a theme",
    status_code=201,
    response_model=ThemeView,
    responses=declared(404, 409, 413, 415, 422, 503),
)
def split_theme(
    theme_id: ThemeId,
    body: Annotated[SplitRequest, Body(openapi_examples={"part": {"value": SPLIT_EXAMPLE}})],
    caller: Decider,
    post: Annotated[Once, Depends(once)],
) -> Response:
    """Make a theme of its own of what is more like some statements than like the rest.

    Name a few statements that show the part; texts that come later are told apart by it too,
    also after refits.
    """

    def work(session: Session) -> ThemeView:
        theme = _live(session, theme_id)
        fresh = themes_decide.split(
            session, theme, body.label, body.statement_ids, caller.name, now()
        )
        return opened(session, fresh.id)

    return _posted(post, 201, work)


@router.post(
    "/themes/{theme_id}/statements",
    operation_id="move_statements",
    summary="Say which statements belong to a theme",
    response_model=Moved,
    responses=declared(404, 409, 413, 415, 422, 503),
)
def move_statements(
    theme_id: ThemeId,
    body: Annotated[MoveRequest, Body(openapi_examples={"one": {"value": MOVE_EXAMPLE}})],
    caller: Decider,
    post: Annotated[Once, Depends(once)],
) -> Response:
    """Move statements to a theme, or out of every theme. All with the same words go along.

    It counts for texts that come later and outlives refits.
    """

    def work(session: Session) -> Moved:
        theme = _live(session, theme_id)
        target = None if body.remove else theme
        return Moved(
            statements=themes_decide.move(session, target, body.statement_ids, caller.name, now())
        )

    return _posted(post, 200, work)


# Before the path with an id in it, which would take "statements" for one.
@router.post(
    "/themes/statements/take-back",
    operation_id="move_statements_back",
    summary="Let the model place statements again",
    response_model=Moved,
    responses=declared(409, 413, 415, 422, 503),
)
def move_back(
    body: Annotated[MoveBackRequest, Body(openapi_examples={"one": {"value": MOVE_EXAMPLE}})],
    caller: Decider,
    post: Annotated[Once, Depends(once)],
) -> Response:
    """Take back moves of statements. All with the same words go along."""

    def work(session: Session) -> Moved:
        moved = themes_take_back.move_back(session, body.statement_ids, caller.name, now())
        return Moved(statements=moved)

    return _posted(post, 200, work)


@router.post(
    "/themes/{theme_id}/take-back",
    operation_id="take_back_theme_decision",
    summary="Take back what was decided about a theme",
    response_model=ThemeView,
    responses=declared(404, 409, 413, 415, 422, 503),
)
def take_back(
    theme_id: ThemeId,
    body: Annotated[
        TakeBackRequest, Body(openapi_examples={"merger": {"value": TAKE_BACK_EXAMPLE}})
    ],
    caller: Decider,
    post: Annotated[Once, Depends(once)],
) -> Response:
    """Take back a name, a confirmation, a place, a merger or a split.

    Of a merger name the theme that was taken up, of a split the part that was cut out. The
    theme gets its texts back at once; a merger that a refit has taken in since comes apart at
    the next refit, and the ledger says so.
    """

    def work(session: Session) -> ThemeView:
        if not themes.get_many(session, [theme_id]):
            raise not_found("theme")
        theme = themes_take_back.take_back(session, theme_id, body.what, caller.name, now())
        return opened(session, theme.id)

    return _posted(post, 200, work)


def _live(session: Session, theme_id: str) -> Theme:
    theme = themes.lock(session, now(), theme_id)
    if theme is None:
        raise not_found("live theme")
    return theme


def _refuse(error: DecisionError) -> Problem:
    return Problem(422, str(error), slug="impossible-decision")


def _decided(state: State, work: Callable[[Session], ThemeView]) -> ThemeView:
    try:
        return state.database.run(work)
    except DecisionError as error:
        raise _refuse(error) from error


def _posted(post: Once, status: int, work: Callable[[Session], BaseModel]) -> Response:
    try:
        return post.answer(status, work)
    except DecisionError as error:
        raise _refuse(error) from error
