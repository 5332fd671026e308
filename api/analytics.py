"""Analyses of journeys: drivers, avoidable contacts, key figures, before and after."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import HTMLResponse

from api import cursor
from api.auth import Scope, require
from api.html import shown
from api.problems import Problem, declared
from api.routing import resource
from api.schemas.analytics import (
    BehindQuery,
    ChangeQuery,
    ContactView,
    DriversQuery,
    KpisQuery,
    ScopeQuery,
)
from api.schemas.page import Page
from api.schemas.problem import FieldError
from api.state import State, state_of
from api.tables import TABLES
from journey.change.form import BeforeAfter
from journey.change.page import change_page
from journey.drivers.form import AvoidableContacts, Drivers
from journey.drivers.page import avoidable_page, drivers_page
from journey.kpis.form import Kpis
from journey.kpis.page import kpis_page
from journey.measures.ask import Ask, Opening
from workers import analytics
from workers.analytics import Prices, Ready, UnknownDefinitionError

router = resource("Analytics")
READ = [Depends(require(Scope.READ)), TABLES]
ERRORS = declared(404, 422, 503)
Here = Annotated[State, Depends(state_of)]


@router.get(
    "/analytics/drivers",
    operation_id="drivers",
    summary="Which needs, channels, times and themes carry the repeat contacts",
    dependencies=READ,
    responses=ERRORS,
)
def drivers(query: Annotated[DriversQuery, Query()], state: Here) -> Drivers:
    """Compare needs, channels, times of the week, themes and pairs of them with all others.

    `lift` and `avoidable` are adjusted for need, channel, time and brand by logistic regression,
    with 95 % intervals over people. `mark` is set only where a difference survives the correction
    for all comparisons (false discovery rate `level`). Association, not cause.
    """
    with _ready(state, query) as given:
        return analytics.drivers(given)


@router.get(
    "/analytics/drivers.html",
    operation_id="drivers_page",
    summary="The same as one page for people",
    dependencies=READ,
    response_class=HTMLResponse,
    responses=ERRORS,
)
def drivers_html(query: Annotated[DriversQuery, Query()], state: Here) -> HTMLResponse:
    """Give the drivers as one HTML file that needs nothing else."""
    with _ready(state, query) as given:
        text = drivers_page(analytics.drivers(given), given.recent())
    return shown(text)


@router.get(
    "/analytics/avoidable-contacts",
    operation_id="avoidable_contacts",
    summary="Which needs on which channels cost most, and who can decide",
    dependencies=READ,
    responses=ERRORS,
)
def avoidable(query: Annotated[ScopeQuery, Query()], state: Here) -> AvoidableContacts:
    """Give the ten needs and channels whose repeat contacts cost most.

    Each with the contacts and money saved at the usual rate, five conversations to read, and the
    decision that the signals of these contacts point to. Costs of a contact by channel are the
    setting `THROUGHLINE_CONTACT_COSTS`.
    """
    with _ready(state, query) as given:
        return analytics.avoidable(given)


@router.get(
    "/analytics/avoidable-contacts.html",
    operation_id="avoidable_contacts_page",
    summary="The same as one page for people",
    dependencies=READ,
    response_class=HTMLResponse,
    responses=ERRORS,
)
def avoidable_html(query: Annotated[ScopeQuery, Query()], state: Here) -> HTMLResponse:
    """Give the avoidable contacts as one HTML file that needs nothing else."""
    with _ready(state, query) as given:
        text = avoidable_page(analytics.avoidable(given), given.recent())
    return shown(text)


@router.get(
    "/analytics/kpis",
    operation_id="kpis",
    summary="Key figures by any cut and by week",
    dependencies=READ,
    responses=ERRORS,
)
def kpis(query: Annotated[KpisQuery, Query()], state: Here) -> Kpis:
    """Tell first-contact resolution, repeats, reopenings, time, effort, satisfaction and cost.

    Shares have Wilson's interval on effective numbers, times are Kaplan-Meier's with Greenwood's
    interval, means Student's over people. What is too early to say stands under `open`.
    """
    with _ready(state, query) as given:
        return analytics.kpis(given, query.cut, _clocks(query))


@router.get(
    "/analytics/kpis.html",
    operation_id="kpis_page",
    summary="The same as one page for people",
    dependencies=READ,
    response_class=HTMLResponse,
    responses=ERRORS,
)
def kpis_html(query: Annotated[KpisQuery, Query()], state: Here) -> HTMLResponse:
    """Give the key figures as one HTML file that needs nothing else."""
    with _ready(state, query) as given:
        text = kpis_page(analytics.kpis(given, query.cut, _clocks(query)), given.recent())
    return shown(text)


@router.get(
    "/analytics/before-after",
    operation_id="before_after",
    summary="Did a change make a difference",
    dependencies=READ,
    responses=ERRORS,
)
def before_after(query: Annotated[ChangeQuery, Query()], state: Here) -> BeforeAfter:
    """Compare the repeat rate before and after a day, within needs and channels.

    A contact counts once its whole window has passed, on both sides. `placebos` are the same
    comparison at earlier dates; with a need, channel or brand, all other contacts are the control.
    """
    with _ready(state, query) as given:
        return analytics.compared(given, query.day, query.days)


@router.get(
    "/analytics/before-after.html",
    operation_id="before_after_page",
    summary="The same as one page for people",
    dependencies=READ,
    response_class=HTMLResponse,
    responses=ERRORS,
)
def before_after_html(query: Annotated[ChangeQuery, Query()], state: Here) -> HTMLResponse:
    """Give the comparison as one HTML file that needs nothing else."""
    with _ready(state, query) as given:
        found = analytics.compared(given, query.day, query.days)
        text = change_page(found, given.around(found))
    return shown(text)


@router.get(
    "/analytics/contacts",
    operation_id="analytics_contacts",
    summary="The contacts behind a number of an analysis",
    dependencies=READ,
    responses=ERRORS,
)
def contacts(query: Annotated[BehindQuery, Query()], state: Here) -> Page[ContactView]:
    """List the conversations behind a number, the latest first, as they were counted.

    The addresses stand in the analyses under `opens`.
    """
    with _ready(state, query) as given:
        where = Opening.model_validate({"ask": given.ask, **query.told()})
        # Who turns pages sees one listing: the moment of looking is no part of its name.
        listing = cursor.name(
            "analytics", query.model_copy(update={"page_token": "", "page_size": 1})
        )
        after = cursor.decode(query.page_token, listing)
        found = given.listed(where, query.page_size, after)
    return Page(
        items=ContactView.of(found.contacts), next_page_token=cursor.encode(found.next, listing)
    )


@contextmanager
def _ready(state: State, query: ScopeQuery | ChangeQuery) -> Iterator[Ready]:
    """Load what is asked for, or say why there is nothing."""
    database, settings = state.database, state.settings
    usual = analytics.latest_period(database)
    if usual is None:
        detail = "There are no conversations yet. Hand some in with POST /v1/conversations."
        raise Problem(404, detail, slug="no-conversations")
    _check_window(kept_for=analytics.windows(database), hours=query.window_hours)
    whole = isinstance(query, ChangeQuery)
    period = None if isinstance(query, ChangeQuery) else query.period() or usual
    ask: Ask = analytics.asked(period, silence_hours=settings.silence_hours, **query.narrowed())
    prices = Prices(settings.currency, settings.contact_costs)
    with analytics.ready(database, ask, prices, whole=whole) as given:
        try:
            yield given
        except UnknownDefinitionError:
            detail = f"There is no journey definition {ask.definition!r}."
            raise Problem(404, detail, slug="no-such-definition") from None


def _check_window(kept_for: Sequence[float], hours: float) -> None:
    if kept_for and hours not in kept_for:
        kept = ", ".join(f"{one:g}" for one in kept_for)
        detail = f"Repeat contact is kept for windows of {kept} hours."
        wrong = FieldError(detail=detail, parameter="window_hours")
        raise Problem(422, detail, slug="unknown-window", errors=[wrong])


def _clocks(query: KpisQuery) -> dict[str, tuple[list[str], list[str]]]:
    return {
        "time_to_value": (query.start, query.value),
        "retention": (query.start, query.leave),
    }
