"""Lenses on journeys: what they say, and the journeys behind each row."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Path, Query
from fastapi.responses import HTMLResponse

from api import cursor
from api.auth import Scope, require
from api.html import shown
from api.problems import Problem, declared, not_found
from api.routing import resource
from api.schemas.journey import JourneySummary
from api.schemas.lenses import LensOpenQuery, LensPage, LensQuery
from api.schemas.page import Page
from api.state import State, state_of
from api.tables import TABLES
from domain.base import now
from journey.lenses.chain import ChainTold
from journey.lenses.lens import NAMES, Told, UnknownLensError
from journey.lenses.page import Looking, render
from storage import journeys
from workers import lenses as work

router = resource("Lenses")
LensName = Annotated[str, Path(max_length=64, examples=["paths"], description=", ".join(NAMES))]
READER = Depends(require(Scope.READ))
Answer = TypeVar("Answer")


@router.get(
    "/lenses",
    operation_id="list_lenses",
    summary="All lenses on the journeys",
    dependencies=[READER, TABLES],
    responses=declared(422, 503),
)
def list_lenses(
    query: Annotated[LensQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> LensPage:
    """Look through every lens at once, the first rows of each."""
    told = work.told(state.database, NAMES, query.wanted(), query.need, query.chosen())
    return LensPage(items=[_cut(one, query.limit) for one in told])


@router.get(
    "/lenses.html",
    operation_id="lenses_page",
    summary="All lenses as one page for people",
    dependencies=[READER, TABLES],
    response_class=HTMLResponse,
    responses=declared(422, 503),
)
def get_lenses_page(
    query: Annotated[LensQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> HTMLResponse:
    """Give all lenses, the chain and the drawings as one HTML file that needs nothing else."""
    told, chain, drawn = work.report(state.database, query.wanted(), query.need)
    return shown(render(told, chain, drawn, now(), Looking(query.wanted(), query.need)))


@router.get(
    "/lenses/chain",
    operation_id="get_journey_chain",
    summary="Journeys as a Markov chain",
    dependencies=[READER, TABLES],
    responses=declared(404, 422, 503),
)
def get_chain(
    query: Annotated[LensQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> ChainTold:
    """Tell where journeys end from each step, the contacts still to come, and what leads through.

    Where no journey has ended yet the answer is 404.
    """
    found = work.chain(state.database, query.wanted(), query.need)
    if found is None:
        raise not_found("journey that has ended", "in what was asked for")
    return found


@router.get(
    "/lenses/{lens}",
    operation_id="get_lens",
    summary="What one lens says",
    dependencies=[READER, TABLES],
    responses=declared(404, 422, 503),
)
def get_lens(
    lens: LensName,
    query: Annotated[LensQuery, Query()],
    state: Annotated[State, Depends(state_of)],
) -> Told:
    """Tell the rows of a lens, those with the most journeys first, with 95% intervals.

    Each row opens by its `key` under `/v1/lenses/{lens}/journeys`.
    """
    asked = (lens,), query.wanted(), query.need, query.chosen()
    return _cut(_known(lambda: work.told(state.database, *asked))[0], query.limit)


@router.get(
    "/lenses/{lens}/journeys",
    operation_id="list_lens_journeys",
    summary="The journeys behind a row of a lens",
    dependencies=[READER, TABLES],
    responses=declared(404, 422, 503),
)
def list_lens_journeys(
    lens: LensName,
    query: Annotated[LensOpenQuery, Query()],
    state: Annotated[State, Depends(state_of)],
) -> Page[JourneySummary]:
    """List the journeys of one row, in the order of their ids; give the same filters as before."""
    held = (query.wanted(), query.need, query.chosen())
    ids = _known(lambda: work.opens(state.database, lens, query.key, *held))
    if not ids:
        detail = (
            "No row of this lens has this key among these journeys. Take it from `key` of a row, "
            "and give the filters that the lens was asked with."
        )
        raise Problem(404, detail, slug="no-such-row")
    listing = cursor.name(
        f"lens {lens}", query.model_copy(update={"page_token": "", "page_size": 1})
    )
    after = cursor.decode(query.page_token, listing)
    rest = [id_ for id_ in ids if after is None or id_ > after[1]]
    page = rest[: query.page_size]
    with state.database.reading() as session:
        found = journeys.get_many(session, page).values()
    end = (lens, page[-1]) if len(rest) > len(page) else None
    return Page(
        items=[JourneySummary.of(journey) for journey in found],
        next_page_token=cursor.encode(end, listing),
    )


def _known(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except UnknownLensError as error:
        text = str(error)
        raise Problem(404, f"{text[:1].upper()}{text[1:]}.", slug="not-found") from error


def _cut(told: Told, limit: int) -> Told:
    return told.model_copy(update={"rows": told.rows[:limit]})
