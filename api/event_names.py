"""``/v1/event-names``: names that were seen, what may be the same, and what people say of it."""

from typing import Annotated

from fastapi import Body, Depends, Query

from api.auth import Principal, Scope, require
from api.problems import Problem, declared, not_found
from api.routing import resource
from api.schemas.event_name import EXAMPLE, AliasRequest
from api.state import State, state_of
from api.tables import TABLES
from storage import event_aliases
from storage.event_aliases import AliasError, AliasWord
from workers.event_names import RegistryReport, report, say

router = resource("Definitions")
Admin = Annotated[Principal, Depends(require(Scope.ADMIN))]
_EXAMPLES = {"same": {"summary": "Two names of one thing", "value": EXAMPLE}}


@router.get(
    "/event-names",
    operation_id="get_event_names",
    summary="Names of events: unknown ones, drifting ones, and suggested aliases",
    dependencies=[Depends(require(Scope.READ, Scope.ADMIN)), TABLES],
    responses=declared(503),
)
def get_event_names(state: Annotated[State, Depends(state_of)]) -> RegistryReport:
    """Tell of each canonical name how often it was seen, how sources spell it, and what it means.

    Suggestions rest on likeness of names and of places in customers' sequences. They are applied
    only when a person confirms them.
    """
    return report(state.database)


@router.post(
    "/event-names/aliases",
    operation_id="say_event_alias",
    summary="Say that two names mean the same, or that they do not",
    status_code=201,
    responses=declared(409, 413, 415, 422, 503),
)
def say_event_alias(
    body: Annotated[AliasRequest, Body(openapi_examples=_EXAMPLES)],
    caller: Admin,
    state: Annotated[State, Depends(state_of)],
) -> AliasWord:
    """Keep the word. Stored events stay as they are: names are read through it from now on."""
    try:
        return state.database.run(
            lambda session: say(session, body.alias, body.name, caller.name, same=body.same)
        )
    except AliasError:
        detail = "The name is itself an alias of the alias. Take that word back first."
        raise Problem(409, detail, slug="alias-circle") from None


@router.delete(
    "/event-names/aliases",
    operation_id="take_back_event_alias",
    summary="Take a word on two names back",
    status_code=204,
    responses=declared(404, 422, 503),
)
def take_back_event_alias(
    alias: Annotated[str, Query(min_length=1, max_length=128)],
    name: Annotated[str, Query(min_length=1, max_length=128)],
    _caller: Admin,
    state: Annotated[State, Depends(state_of)],
) -> None:
    """Let the names be two again, and let the pair be suggested again."""
    with state.database.session() as session:
        if not event_aliases.take_back(session, alias, name):
            raise not_found("word", "on these two names")
