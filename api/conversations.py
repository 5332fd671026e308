"""Conversations: hand them in, let them grow, read them."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Body, Depends, Query
from fastapi.responses import Response
from pydantic import SkipValidation

from api import cursor, growth, mail
from api.auth import Principal, Scope, require
from api.batch import parse
from api.intake import take
from api.once import Once, once
from api.problems import Problem, declared, not_found
from api.references import ConversationRef, to_id
from api.routing import resource
from api.schemas.conversation import (
    CONVERSATION_EXAMPLE,
    TURNS_EXAMPLE,
    ConversationSummary,
    ConversationView,
    NewTurns,
)
from api.schemas.job import JobAccepted
from api.schemas.page import Page
from api.schemas.query import ConversationQuery
from api.state import State, room, state_of
from api.strict import BatchRoute
from domain.conversation import Conversation
from storage import conversations, search, signals

batches = resource("Intake", BatchRoute)
router = resource("Conversations")
Reader = Annotated[Principal, Depends(require(Scope.READ))]
_EXAMPLES: dict[str, Any] = {
    "one": {"summary": "One conversation", "value": CONVERSATION_EXAMPLE},
    "batch": {"summary": "A batch", "value": [CONVERSATION_EXAMPLE]},
}


@batches.post(
    "/conversations",
    operation_id="post_conversations",
    summary="Hand in conversations",
    status_code=202,
    response_model=JobAccepted,
    dependencies=[Depends(require(Scope.WRITE)), Depends(room)],
    responses=declared(409, 413, 415, 422, 429, 503),
)
def post_conversations(
    body: Annotated[
        # Each record is read on its own, so that a bad one does not stop the good ones.
        SkipValidation[Conversation | list[Conversation]], Body(openapi_examples=_EXAMPLES)
    ],
    post: Annotated[Once, Depends(once)],
) -> Response:
    """Take one conversation or up to 1,000 of them.

    What is answered with 202 is committed. A conversation is known by source and source id:
    sent twice it is kept once, a newer copy is merged into the older one, and turns are never
    taken away. In mail, quotations and signatures are found and kept apart, unless `parts` is
    given. Good conversations of a list are taken, bad ones are listed; where none is
    good the answer is 422.
    """
    batch = parse(body, Conversation)
    ready = replace(batch, records=[mail.split(record) for record in batch.records])
    return post.answer(202, lambda session: take(session, ready))


@router.post(
    "/conversations/{conversation_id}/turns",
    operation_id="post_turns",
    summary="Let a live conversation grow",
    status_code=202,
    response_model=JobAccepted,
    dependencies=[Depends(require(Scope.WRITE))],
    responses=declared(404, 409, 413, 415, 422, 503),
)
def post_turns(
    conversation_id: ConversationRef,
    body: Annotated[NewTurns, Body(openapi_examples={"turn": {"value": TURNS_EXAMPLE}})],
    post: Annotated[Once, Depends(once)],
) -> Response:
    """Add turns at the end of a conversation; its tags and context follow within two seconds.

    A turn with a `source_id` that is known takes the place of the older one, so it can be
    sent again or edited. Turns without one are always new: send an `Idempotency-Key`.
    """
    return post.answer(202, lambda session: growth.grow(session, to_id(conversation_id), body))


@router.get(
    "/conversations/{conversation_id}",
    operation_id="get_conversation",
    summary="A conversation with its signals",
    responses=declared(404, 422, 503),
)
def get_conversation(
    conversation_id: ConversationRef,
    caller: Reader,
    state: Annotated[State, Depends(state_of)],
    original: Annotated[
        bool, Query(description="Show what is stored; needs the scope `originals`.")
    ] = False,
) -> ConversationView:
    """Give a conversation, its turns in redacted form, and all signals with their evidence.

    Corrections by people are applied. A turn that was not read yet shows no text.
    """
    if original and not caller.may(Scope.ORIGINALS):
        raise Problem(403, "This key lacks the scope `originals`.", slug="missing-scope")
    id_ = to_id(conversation_id)
    with state.database.reading() as session:
        conversation = conversations.get(session, id_)
        if conversation is None:
            raise not_found("conversation")
        read = signals.effective(session, [id_]).get(id_, ())
        hidden = conversations.redactions(session, id_)
    return ConversationView.of(conversation, read, hidden, original=original)


@router.get(
    "/conversations",
    operation_id="list_conversations",
    summary="Find conversations",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(422, 503),
)
def list_conversations(
    query: Annotated[ConversationQuery, Query()], state: Annotated[State, Depends(state_of)]
) -> Page[ConversationSummary]:
    """List conversations, the last started first, without their text.

    Pages stay right while new conversations come in. Stop at an empty token, not at an
    empty page.
    """
    wanted = query.filter()
    listing = cursor.name("conversations", wanted)
    after = cursor.decode(query.page_token, listing)
    with state.database.reading() as session:
        page = search.conversation_page(session, wanted, query.page_size, after)
        found = conversations.get_many(session, page.ids)
    return Page(
        items=[ConversationSummary.of(found[id_]) for id_ in page.ids],
        next_page_token=cursor.encode(page.next, listing),
    )
