"""Journeys, by id and as a listing."""

from typing import Annotated

from fastapi import Depends, Path, Query

from api import cursor
from api.auth import Scope, require
from api.problems import declared, not_found
from api.routing import resource
from api.schemas.journey import JourneySummary, JourneyView
from api.schemas.page import Page
from api.schemas.query import JourneyQuery
from api.state import State, state_of
from storage import journeys, search
from workers.journey_models import foretold

router = resource("Journeys")
JourneyId = Annotated[str, Path(max_length=64, examples=["jny_3f2a9c0d1e4b5a6978879605"])]


@router.get(
    "/journeys/{journey_id}",
    operation_id="get_journey",
    summary="One journey with its timeline",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 422, 503),
)
def get_journey(journey_id: JourneyId, state: Annotated[State, Depends(state_of)]) -> JourneyView:
    """Give a journey: its contacts and why they belong together, effort, outcomes, timeline.

    The id of a journey that was merged into another one leads to that one.
    """
    with state.database.reading() as session:
        journey = journeys.get(session, journey_id)
        if journey is None:
            raise not_found("journey")
        return JourneyView.opened(journey, journey_id, foretold(session, journey))


@router.get(
    "/journeys",
    operation_id="list_journeys",
    summary="Find journeys",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(422, 503),
)
def list_journeys(
    query: Annotated[JourneyQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> Page[JourneySummary]:
    """List journeys, the last opened first, without their timelines.

    Stop at an empty token, not at an empty page.
    """
    wanted = query.filter()
    listing = cursor.name("journeys", wanted)
    after = cursor.decode(query.page_token, listing)
    with state.database.reading() as session:
        page = search.journey_page(session, wanted, query.page_size, after)
        found = journeys.get_many(session, page.ids).values()
    return Page(
        items=[JourneySummary.of(journey) for journey in found],
        next_page_token=cursor.encode(page.next, listing),
    )
