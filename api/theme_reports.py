"""Theme reports: figures of a period, what changed, and the contacts behind each number."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Query
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from api import cursor
from api.auth import Scope, require
from api.html import shown
from api.problems import Problem, declared
from api.routing import resource
from api.schemas.page import Page
from api.schemas.problem import FieldError
from api.schemas.theme_report import (
    BehindView,
    ChangesQuery,
    OpeningQuery,
    PeriodQuery,
    ReportQuery,
)
from api.state import State, state_of
from domain.theme_figures import Period
from storage import theme_opening
from themes.changes import Changes
from themes.page import LISTED, page
from themes.report_form import Report
from workers.theme_report import (
    Asked,
    NoThemesError,
    UnknownWindowError,
    changed,
    latest_period,
    listed,
    names,
    reported,
)

T = TypeVar("T")
router = resource("Themes")


@router.get(
    "/themes/report",
    operation_id="theme_report",
    summary="Themes of a period, with figures that open",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 422, 503),
)
def theme_report(
    query: Annotated[ReportQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> Report:
    """Tell of each theme how much there is, what came of it, and what stands out.

    Shares come with Wilson's 95 % interval, widened where few customers stand for many
    contacts. `mark` is set only where a difference to all other contacts survives the
    correction for many comparisons (false discovery rate `level`). Contacts whose window has
    not passed are open and stand in no share. Each number has an address under `opens`.
    """
    with state.database.reading() as session:
        return _or_problem(lambda: reported(session, _asked(session, query)))


@router.get(
    "/themes/report.html",
    operation_id="theme_report_page",
    summary="The same as one page for people",
    dependencies=[Depends(require(Scope.READ))],
    response_class=HTMLResponse,
    responses=declared(404, 422, 503),
)
def theme_report_page(
    query: Annotated[ReportQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> HTMLResponse:
    """Give the report as one HTML file that needs nothing else: no script, no network."""
    with state.database.reading() as session:
        found = _or_problem(lambda: reported(session, _asked(session, query)))
        text = page(found, names(session), listed(session, found, LISTED))
    return shown(text)


@router.get(
    "/themes/changes",
    operation_id="theme_changes",
    summary="Which themes changed, and what came before",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 422, 503),
)
def theme_changes(
    query: Annotated[ChangesQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> Changes:
    """Tell which themes have unusually many or few contacts, against the weeks before.

    `before` lists releases, incidents and the like of the week before the change began. They
    came before; whether they are the cause is not said.
    """
    with state.database.reading() as session:
        scope = query.scope(_period(session, query))
        return _or_problem(
            lambda: changed(session, Asked(scope=scope, past_weeks=query.past_weeks))
        )


@router.get(
    "/themes/report/contacts",
    operation_id="theme_report_contacts",
    summary="The contacts behind a number of a theme report",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 422, 503),
)
def theme_report_contacts(
    query: Annotated[OpeningQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> Page[BehindView]:
    """List conversations and journeys behind a number, the latest first, with what was said.

    The addresses stand in the report. Stop at an empty token, not at an empty page.
    """
    listing = cursor.name(
        "theme-report", query.model_copy(update={"page_token": "", "page_size": 1})
    )
    after = cursor.decode(query.page_token, listing)
    with state.database.reading() as session:
        # "The last days" are those of the first page, whatever has come in since.
        period = Period.model_validate_json(after[0]) if after else _period(session, query)
        position = after[1:] if after else None
        found = theme_opening.opened(session, query.opening(period), query.page_size, position)
    following = found.next and (period.model_dump_json(), *found.next)
    return Page(
        items=BehindView.of(found.contacts), next_page_token=cursor.encode(following, listing)
    )


def _asked(session: Session, query: ReportQuery) -> Asked:
    scope = query.scope(_period(session, query))
    return Asked(scope=scope, cut=query.cut, past_weeks=query.past_weeks)


def _period(session: Session, query: PeriodQuery) -> Period:
    """Give the days that were asked for, or the last ones with contacts."""
    period = query.period or latest_period(session)
    if period is None:
        detail = "There are no conversations yet. Hand some in with POST /v1/conversations."
        raise Problem(404, detail, slug="no-conversations")
    return period


def _or_problem(make: Callable[[], T]) -> T:
    """Make something of the themes, or say why not."""
    try:
        return make()
    except NoThemesError:
        detail = "There are no themes yet. Find some with POST /v1/themes/refit."
        raise Problem(404, detail, slug="no-themes") from None
    except UnknownWindowError as error:
        wrong = FieldError(detail=str(error), parameter="window_hours")
        raise Problem(422, str(error), slug="unknown-window", errors=[wrong]) from None
