"""``GET /v1/outcomes/by-signal``: what came of the contacts that carry a signal."""

from typing import Annotated

from fastapi import Depends, Query

from api import cursor
from api.auth import Scope, require
from api.problems import Problem, declared
from api.routing import resource
from api.schemas.outcome import OutcomesBySignal, Rate
from api.schemas.problem import FieldError
from api.schemas.query import SignalOutcomeQuery
from api.state import State, state_of
from domain.outcome import OutcomeKind
from storage import outcomes, search
from storage.outcomes import Counted

router = resource("Outcomes")


@router.get(
    "/outcomes/by-signal",
    operation_id="outcomes_by_signal",
    summary="How often did they have to ask again",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(422, 503),
)
def outcomes_by_signal(
    query: Annotated[SignalOutcomeQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> OutcomesBySignal:
    """Count repeat contacts and resolutions among the contacts that carry a label.

    Contacts whose window has not passed are open: they stand in no rate. The ids behind
    the numbers come page by page; `outcome` narrows them to, say, the repeat contacts.
    """
    wanted = query.filter()
    listed = query.listed()
    listing = cursor.name("outcomes", listed)
    after = cursor.decode(query.page_token, listing)
    with state.database.reading() as session:
        counted = outcomes.count(session, wanted)
        page = search.conversation_page(session, listed, query.page_size, after)
    _check_window(counted, query.window_hours)
    repeat = Rate.of(counted.outcomes, OutcomeKind.REPEAT_CONTACT, query.window_hours)
    return OutcomesBySignal(
        kind=query.kind,
        label=query.label,
        window_hours=query.window_hours,
        contacts=counted.contacts,
        open=repeat.open,
        repeat_contact=repeat,
        resolved=Rate.of(counted.outcomes, OutcomeKind.RESOLVED),
        items=list(page.ids),
        next_page_token=cursor.encode(page.next, listing),
    )


def _check_window(counted: Counted, window_hours: float) -> None:
    """Refuse a window that outcomes are not kept for: it would count to nothing in silence."""
    kept = {c.window_hours for c in counted.outcomes if c.kind is OutcomeKind.REPEAT_CONTACT}
    if kept and window_hours not in kept:
        names = ", ".join(f"{hours:g}" for hours in sorted(hours for hours in kept if hours))
        detail = f"Repeat contact is kept for windows of {names} hours."
        wrong = FieldError(detail=detail, parameter="window_hours")
        raise Problem(422, detail, slug="unknown-window", errors=[wrong])
