"""``/v1/journey-definitions``: what a journey is, its map, and the journeys behind each number."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Annotated

from fastapi import Body, Depends, Path, Query
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api import cursor
from api.auth import Principal, Scope, require
from api.definition_runs import RUNS
from api.html import shown
from api.once import Once, once
from api.problems import Problem, declared, not_found
from api.routing import resource
from api.schemas.definition import (
    EXAMPLE,
    DefinitionView,
    FollowedView,
    JourneysQuery,
    MapQuery,
    StandingView,
)
from api.schemas.page import Page
from api.schemas.problem import FieldError
from api.state import State, state_of
from api.tables import TABLES
from domain.base import now
from journey.definitions.definition import Definition
from journey.definitions.followed import Followed
from journey.definitions.form import Map, Period
from journey.definitions.map import map_of
from journey.definitions.opening import Ran, UnknownAskError
from journey.definitions.page import render
from storage import definitions as stored
from workers.definitions import Standing, doubts, save, standing

router = resource("Definitions")
DefinitionId = Annotated[str, Path(max_length=64, examples=["refund_return"])]
Admin = Annotated[Principal, Depends(require(Scope.ADMIN))]
Reader = Depends(require(Scope.READ, Scope.ADMIN))
_EXAMPLES = {"refund": {"summary": "A refund in two stages", "value": EXAMPLE}}


@router.get(
    "/journey-definitions",
    operation_id="list_journey_definitions",
    summary="All journey definitions that count",
    dependencies=[Reader],
    responses=declared(503),
)
def list_journey_definitions(
    state: Annotated[State, Depends(state_of)],
) -> list[StandingView]:
    """Give shipped definitions and own ones, which stand above shipped ones of the same id."""
    with state.database.reading() as session:
        return [StandingView.of(one) for one in standing(session).values()]


@router.post(
    "/journey-definitions",
    operation_id="save_journey_definition",
    summary="Let a definition count from now on",
    status_code=201,
    response_model=DefinitionView,
    responses=declared(409, 413, 415, 422, 503),
)
def save_journey_definition(
    body: Annotated[Definition, Body(openapi_examples=_EXAMPLES)],
    caller: Admin,
    post: Annotated[Once, Depends(once)],
) -> Response:
    """Keep a new version of an own definition; the same words again change nothing.

    What is wrong is named by its field. `doubts` in the answer name events that nobody knows.
    """

    def work(session: Session) -> DefinitionView:
        save(session, body, caller.name, now())
        return _whole(session, body.id)

    return post.answer(201, work)


@router.get(
    "/journey-definitions/{definition_id}",
    operation_id="get_journey_definition",
    summary="A definition, its versions and doubts about it",
    dependencies=[Reader],
    responses=declared(404, 422, 503),
)
def get_journey_definition(
    definition_id: DefinitionId, state: Annotated[State, Depends(state_of)]
) -> DefinitionView:
    """Give all that a definition says, and which version counted from when."""
    with state.database.reading() as session:
        return _whole(session, definition_id)


@router.delete(
    "/journey-definitions/{definition_id}",
    operation_id="remove_journey_definition",
    summary="Take an own definition away",
    status_code=204,
    responses=declared(404, 422, 503),
)
def remove_journey_definition(
    definition_id: DefinitionId, caller: Admin, state: Annotated[State, Depends(state_of)]
) -> None:
    """Let no own version count any more. A shipped definition of the id counts again."""
    with state.database.session() as session:
        if not stored.take_away(session, definition_id, caller.name, now()):
            raise not_found("own definition")


@router.get(
    "/journey-definitions/{definition_id}/map",
    operation_id="get_journey_map",
    summary="The map of a definition: volume, mood, pain points and exits by stage",
    dependencies=[Reader, TABLES],
    responses=declared(404, 422, 503),
)
def get_journey_map(
    definition_id: DefinitionId,
    query: Annotated[MapQuery, Query()],
    state: Annotated[State, Depends(state_of)],
) -> Map:
    """Tell how journeys go through the stages, and how measures and guardrails stand.

    Shares and means come with 95 % intervals. A journey whose time-out has not passed is open:
    neither ended nor left. `opens` is the address of the journeys behind a number. Figures may
    be a minute old.
    """
    with _ran(state, definition_id, query.period()) as ran:
        return map_of(ran)


@router.get(
    "/journey-definitions/{definition_id}/map.html",
    operation_id="get_journey_map_page",
    summary="The map as one page for people",
    dependencies=[Reader, TABLES],
    response_class=HTMLResponse,
    responses=declared(404, 422, 503),
)
def get_journey_map_page(
    definition_id: DefinitionId,
    query: Annotated[MapQuery, Query()],
    state: Annotated[State, Depends(state_of)],
) -> HTMLResponse:
    """Give the map as one HTML file that needs nothing else: no script, no network."""
    with _ran(state, definition_id, query.period()) as ran:
        return shown(render(ran, map_of(ran)))


@router.get(
    "/journey-definitions/{definition_id}/journeys",
    operation_id="list_journey_map_journeys",
    summary="The journeys behind a number of a map",
    dependencies=[Reader, TABLES],
    responses=declared(404, 422, 503),
)
def list_journey_map_journeys(
    definition_id: DefinitionId,
    query: Annotated[JourneysQuery, Query()],
    state: Annotated[State, Depends(state_of)],
) -> Page[FollowedView]:
    """List journeys in the order they opened. The addresses stand in the map as `opens`."""
    listing = cursor.name(f"journey-map/{definition_id}", query.model_copy(update=_NO_PAGE))
    after = cursor.decode(query.page_token, listing)
    place = None if after is None else (datetime.fromisoformat(after[0]), after[1])
    with _ran(state, definition_id, query.period()) as ran:
        try:
            found = ran.chosen(query.ask(), query.page_size + 1, place)
        except UnknownAskError as error:
            field, _, reason = str(error).partition(": ")
            wrong = FieldError(detail=reason, parameter=field)
            raise Problem(422, str(error), slug="unknown-number", errors=[wrong]) from None
        page = found[: query.page_size]
        items = [FollowedView.of(ran, journey) for journey in page]
    position = _place(page[-1]) if len(found) > len(page) else None
    return Page(items=items, next_page_token=cursor.encode(position, listing))


_NO_PAGE = {"page_size": 0, "page_token": ""}


def _place(journey: Followed) -> tuple[str, str]:
    """Give the sort key of a listing, which every run has in the same order."""
    return journey.opened_at.replace(tzinfo=None).isoformat(), journey.id


def _ran(state: State, definition_id: str, period: Period) -> AbstractContextManager[Ran]:
    with state.database.reading() as session:
        definition = _standing(session, definition_id).definition
    return RUNS.open(state.database, definition, period)


def _standing(session: Session, definition_id: str) -> Standing:
    found = standing(session).get(definition_id)
    if found is None:
        raise not_found(
            "journey definition", "with this id: GET /v1/journey-definitions lists them"
        )
    return found


def _whole(session: Session, definition_id: str) -> DefinitionView:
    found = _standing(session, definition_id)
    return DefinitionView.whole(
        found,
        doubts(session, found.definition),
        stored.versions(session, definition_id),
        stored.changes(session, definition_id),
    )
