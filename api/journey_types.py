"""Journey types: which there are, which journeys they hold, and having them found anew."""

from typing import Annotated

from fastapi import Depends, Path

from api.auth import Scope, require
from api.problems import Problem, declared, not_found
from api.routing import resource
from api.schemas.lenses import TypeJourneys
from api.state import State, state_of
from domain.base import now
from journey.types.choose import TooFewJourneysError
from journey.types.tell import TypesTold
from workers import journey_models as work

router = resource("Lenses")
FIT_FIRST = "yet: post to /v1/journey-types/fit"


@router.get(
    "/journey-types",
    operation_id="get_journey_types",
    summary="Which kinds of journeys there are",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 503),
)
def get_types(state: Annotated[State, Depends(state_of)]) -> TypesTold:
    """Sort all journeys, new ones too, into the types found last; and tell how shares drift."""
    found = work.types(state.database)
    if found is None:
        raise not_found("type", FIT_FIRST)
    return found


@router.post(
    "/journey-types/fit",
    operation_id="fit_journey_types",
    summary="Find the types anew",
    dependencies=[Depends(require(Scope.WRITE))],
    responses=declared(422, 503),
)
def fit_types(state: Annotated[State, Depends(state_of)]) -> TypesTold:
    """Compare three ways to find types, and keep the most stable. Takes seconds to minutes."""
    try:
        return work.fit_types(state.database, now())
    except TooFewJourneysError as error:
        raise Problem(422, f"{error}.", slug="too-few-journeys") from error


@router.get(
    "/journey-types/{number}/journeys",
    operation_id="list_type_journeys",
    summary="The journeys of a type",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 422, 503),
)
def list_type_journeys(
    number: Annotated[int, Path(ge=0, le=1000)], state: Annotated[State, Depends(state_of)]
) -> TypeJourneys:
    """Give the ids of the journeys that are of this type."""
    found = work.of_type(state.database, number)
    if not found:
        raise not_found("type", FIT_FIRST if found is None else "with this number")
    return TypeJourneys(number=number, journeys=found)
