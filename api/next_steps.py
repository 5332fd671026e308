"""What comes next in open journeys, all of them at once; one journey tells its own."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import HTMLResponse

from api import cursor
from api.auth import Scope, require
from api.html import shown
from api.journey_types import FIT_FIRST
from api.problems import declared, not_found
from api.routing import resource
from api.schemas.lenses import FirstRowsQuery, JourneysAsked, NextStepQuery, NextSteps
from api.schemas.query import MAX_PAGE
from api.state import State, state_of
from api.tables import TABLES
from domain.base import now
from journey.lenses.page import Looking
from journey.mining.foretold import OpenCase, Place, place_of
from journey.mining.foretold_page import render
from workers.journey_models import ForetoldOpen, foretold_open

router = resource("Lenses")
OPENS = "A journey opens at /v1/journeys/ID."


@router.get(
    "/next-steps",
    operation_id="list_next_steps",
    summary="What comes next in open journeys",
    dependencies=[Depends(require(Scope.READ)), TABLES],
    responses=declared(404, 422, 503),
)
def list_next_steps(
    query: Annotated[NextStepQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> NextSteps:
    """Tell the likely next steps of each open journey and the time left from its present step on.

    Those that are expected to end last come first. `measured` says how well each way did on later
    journeys that it had not seen, a Markov chain among them. It is learned with the types: post to
    `/v1/journey-types/fit`. When it was learned anew meanwhile, pages start again.
    """
    listing = cursor.name("next-steps", query.model_copy(update=_NO_PAGE))
    after = cursor.decode(query.page_token, listing)
    # One more than is shown tells whether another page follows.
    found = _found(query, state, query.page_size + 1, None if after is None else _read(after))
    if after is not None and after[0] != found.version:
        raise cursor.invalid("What comes next was learned anew since this page token was made.")
    items = list(found.rows[: query.page_size])
    more = len(found.rows) > len(items)
    return NextSteps(
        **found.model_dump(exclude={"rows"}),
        items=items,
        next_page_token=cursor.encode(
            _written(found.version, items[-1]) if more else None, listing
        ),
    )


_NO_PAGE = {"page_size": 0, "page_token": ""}


def _written(version: str, row: OpenCase) -> tuple[str, ...]:
    unknown, ends, id_ = place_of(row)
    return version, str(int(unknown)), repr(ends), id_


def _read(position: Sequence[str]) -> Place:
    _, unknown, ends, id_ = position
    return unknown == "1", float(ends), id_


@router.get(
    "/next-steps.html",
    operation_id="next_steps_page",
    summary="The same as one page for people",
    dependencies=[Depends(require(Scope.READ)), TABLES],
    response_class=HTMLResponse,
    responses=declared(404, 422, 503),
)
def get_next_steps_page(
    query: Annotated[FirstRowsQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> HTMLResponse:
    """Give the next steps as one HTML file that needs nothing else."""
    found, looking = _found(query, state, query.limit), Looking(query.wanted(), query.need)
    page = render(
        found,
        now(),
        scope=looking.words,
        opens=OPENS,
        rows=query.limit,
        more=f"/v1/next-steps?{looking.query(page_size=str(MAX_PAGE))}",
        fitted_at=found.fitted_at,
    )
    return shown(page)


def _found(
    query: JourneysAsked, state: State, size: int, after: Place | None = None
) -> ForetoldOpen:
    found = foretold_open(state.database, query.wanted(), query.need, size, after)
    if found is None:
        raise not_found("next step", FIT_FIRST)
    return found
