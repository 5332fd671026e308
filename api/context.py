"""``GET /v1/context``: what an agent needs to know in one look."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import ValidationError
from sqlalchemy.orm import Session

from api.auth import Scope, require
from api.problems import Problem, declared, not_found
from api.references import to_id
from api.routing import resource
from api.schemas.context import ContextQuery, ContextView
from api.schemas.problem import FieldError
from api.state import State, state_of
from domain.base import now
from domain.identity import Identifier, Identity
from storage import identities, sightings
from storage.freshness import settled
from workers.look import by_conversation, by_identifiers, look
from workers.policy import policy_of

router: APIRouter = resource("Context")
POLL_SECONDS = 0.05
MAX_RECORDS = 500


@router.get(
    "/context",
    operation_id="get_context",
    summary="What an agent needs to know in one look",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 409, 422, 503),
)
def get_context(
    query: Annotated[ContextQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> ContextView:
    """Sum up a customer by an address, a ticket or our id, in at most twelve points.

    Who it is, what they want now, what they told already, what was tried, promises open or
    overdue, mood and trend, risks with reasons, last outcomes. Points are in our own words;
    the customer's stand in `quote`, without identifiers. Ids that were merged lead to the
    customer they belong to now.
    """
    identifier = _identifier(query.identifier)
    fresh = _wait(state, query, identifier)
    with state.database.reading() as session:
        identity = _find(session, query, identifier)
        if identity is None and not fresh:
            raise _too_early()
        if identity is None:
            raise not_found("customer", "by this name")
        context = look(session, identity, policy_of(state.settings))
    return ContextView.of(context, fresh=fresh, asked=query.customer)


def _identifier(text: str | None) -> Identifier | None:
    try:
        return None if text is None else Identifier.model_validate(text)
    except ValidationError as error:
        wrong = FieldError(
            detail="Write kind:value, such as email:name@host.", parameter="identifier"
        )
        detail = "The identifier cannot be read."
        raise Problem(422, detail, slug="invalid-request", errors=[wrong]) from error


def _wait(state: State, query: ContextQuery, identifier: Identifier | None) -> bool:
    """Wait for the work on what was just handed in; tell whether all of it is done."""
    end = time.monotonic() + query.wait_seconds
    while True:
        with state.database.reading() as session:
            if settled(session, _records(session, query, identifier), now()):
                return True
        if time.monotonic() >= end:
            return False
        time.sleep(POLL_SECONDS)


def _records(session: Session, query: ContextQuery, identifier: Identifier | None) -> set[str]:
    """Find what the answer rests on; of an id that is known, all has been worked on before."""
    if query.conversation is not None:
        return {to_id(query.conversation)}
    names = {str(identifier)} if identifier is not None else set()
    if query.customer is not None and (identity := identities.get(session, query.customer)):
        names = {str(known) for known in identity.identifiers}
    return sightings.records_with(session, names, MAX_RECORDS)


def _find(session: Session, query: ContextQuery, identifier: Identifier | None) -> Identity | None:
    if query.conversation is not None:
        return by_conversation(session, to_id(query.conversation))
    if query.customer is not None:
        return identities.get(session, query.customer)
    return by_identifiers(session, [identifier] if identifier is not None else [])


def _too_early() -> Problem:
    detail = "The work on this is not done yet. Ask again in a second."
    return Problem(409, detail, slug="not-tagged", headers={"Retry-After": "1"})
