"""What comes next in open journeys, all of them at once; one journey tells its own."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import HTMLResponse

from api.auth import Scope, require
from api.html import shown
from api.journey_types import FIT_FIRST
from api.problems import declared, not_found
from api.routing import resource
from api.schemas.lenses import MOST, NextStepQuery
from api.state import State, state_of
from api.tables import TABLES
from domain.base import now
from journey.lenses.page import Looking
from journey.mining.foretold_page import render
from workers.journey_models import ForetoldOpen, foretold_open

router = resource("Lenses")
OPENS = "A journey opens at /v1/journeys/ID."
NARROWER = "ask for fewer by since, until, brand, channel or need"


@router.get(
    "/next-steps",
    operation_id="list_next_steps",
    summary="What comes next in open journeys",
    dependencies=[Depends(require(Scope.READ)), TABLES],
    responses=declared(404, 422, 503),
)
def list_next_steps(
    query: Annotated[NextStepQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> ForetoldOpen:
    """Tell the likely next steps of each open journey and the time left from its present step on.

    Those that are expected to end last come first. `measured` says how well each way did on later
    journeys that it had not seen, a Markov chain among them. It is learned with the types: post to
    `/v1/journey-types/fit`.
    """
    found = _found(query, state)
    return found.model_copy(update={"rows": found.rows[: query.limit]})


@router.get(
    "/next-steps.html",
    operation_id="next_steps_page",
    summary="The same as one page for people",
    dependencies=[Depends(require(Scope.READ)), TABLES],
    response_class=HTMLResponse,
    responses=declared(404, 422, 503),
)
def get_next_steps_page(
    query: Annotated[NextStepQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> HTMLResponse:
    """Give the next steps as one HTML file that needs nothing else."""
    found, looking = _found(query, state), Looking(query.wanted(), query.need)
    page = render(
        found,
        now(),
        scope=looking.words,
        opens=OPENS,
        rows=query.limit,
        more=NARROWER
        if query.limit == MOST
        else f"/v1/next-steps?{looking.query(limit=str(MOST))}",
        fitted_at=found.fitted_at,
    )
    return shown(page)


def _found(query: NextStepQuery, state: State) -> ForetoldOpen:
    found = foretold_open(state.database, query.wanted(), query.need)
    if found is None:
        raise not_found("next step", FIT_FIRST)
    return found
