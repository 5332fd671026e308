"""Journey types: which there are, which journeys they hold, and having them found anew."""

from typing import Annotated

from fastapi import Depends, Path
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api.auth import Scope, require
from api.html import shown
from api.once import Once, once
from api.problems import Problem, declared, not_found
from api.routing import resource
from api.schemas.lenses import FitAccepted, TypeJourneys
from api.state import State, state_of
from api.tables import TABLES
from domain.base import now
from journey.types.choose import LEAST
from journey.types.page import render
from storage import jobs, journeys, work
from workers import journey_models
from workers.journey_models import TypesFound
from workers.themes_work import JOURNEYS

router = resource("Lenses")
FIT_FIRST = "yet: post to /v1/journey-types/fit"


@router.get(
    "/journey-types",
    operation_id="get_journey_types",
    summary="Which kinds of journeys there are",
    dependencies=[Depends(require(Scope.READ)), TABLES],
    responses=declared(404, 503),
)
def get_types(state: Annotated[State, Depends(state_of)]) -> TypesFound:
    """Sort all journeys, new ones too, into the types found last; and tell how shares drift."""
    found = journey_models.types(state.database)
    if found is None:
        raise not_found("type", FIT_FIRST)
    return found


@router.get(
    "/journey-types.html",
    operation_id="journey_types_page",
    summary="The types as one page for people",
    dependencies=[Depends(require(Scope.READ)), TABLES],
    response_class=HTMLResponse,
    responses=declared(404, 503),
)
def get_types_page(state: Annotated[State, Depends(state_of)]) -> HTMLResponse:
    """Give the types as one HTML file that needs nothing else."""
    return shown(render(get_types(state), now()))


@router.post(
    "/journey-types/fit",
    operation_id="fit_journey_types",
    summary="Have the types found anew",
    status_code=202,
    response_model=FitAccepted,
    dependencies=[Depends(require(Scope.WRITE))],
    responses=declared(409, 422, 503),
)
def fit_types(post: Annotated[Once, Depends(once)]) -> Response:
    """Have three ways to find types compared by a worker, and what comes next learned.

    `GET /v1/jobs/{id}` tells how far it is: seconds to minutes. The present types stay until then.
    """

    def ask(session: Session) -> FitAccepted:
        if (there := journeys.at_most(session, LEAST)) < LEAST:
            detail = f"{there} journeys are too few to look for types; {LEAST} are needed."
            raise Problem(422, detail, slug="too-few-journeys")
        moment = now()
        job = jobs.create(session, jobs.JobKind.JOURNEYS, moment)
        work.add(session, work.Kind.FIT, JOURNEYS, moment)
        jobs.follow(session, job, work.Kind.FIT, [JOURNEYS])
        jobs.received(session, job, moment)
        return FitAccepted(id=job)

    return post.answer(202, ask)


@router.get(
    "/journey-types/{number}/journeys",
    operation_id="list_type_journeys",
    summary="The journeys of a type",
    dependencies=[Depends(require(Scope.READ)), TABLES],
    responses=declared(404, 422, 503),
)
def list_type_journeys(
    number: Annotated[int, Path(ge=0, le=1000)], state: Annotated[State, Depends(state_of)]
) -> TypeJourneys:
    """Give the ids of the journeys that are of this type."""
    found = journey_models.of_type(state.database, number)
    if not found:
        raise not_found(
            "type",
            FIT_FIRST if found is None else "with this number: GET /v1/journey-types tells them",
        )
    return TypeJourneys(number=number, journeys=found)
