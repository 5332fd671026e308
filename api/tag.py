"""``POST /v1/tag``: signals of a text at once; nothing is kept."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import Body, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from api.auth import Scope, require
from api.mail import split
from api.microbatch import Read
from api.problems import declared
from api.routing import resource
from api.schemas.signal import ExplainedView, SignalView
from api.schemas.tag import (
    CONVERSATION_EXAMPLE,
    TEXT_EXAMPLE,
    WORDS_EXAMPLE,
    Grain,
    TagAnswer,
    TagRequest,
)
from api.state import State, state_of
from domain.base import now, stable_id
from domain.conversation import Conversation, Role, Turn
from domain.explanation import Explanation
from domain.redaction import redacted

T = TypeVar("T")
HUNG_UP = 499
"""What nginx calls a request whose client is gone; it stands in our log alone."""
router = resource("Tag")
_EXAMPLES = {
    "text": {"summary": "One text of a customer", "value": TEXT_EXAMPLE},
    "conversation": {"summary": "A conversation", "value": CONVERSATION_EXAMPLE},
    "words": {"summary": "A text, and the words behind each label", "value": WORDS_EXAMPLE},
}


@router.post(
    "/tag",
    operation_id="tag",
    summary="Tag a text or a conversation at once",
    dependencies=[Depends(require(Scope.TAG))],
    response_model=TagAnswer,
    responses=declared(413, 415, 422, 429, 503),
)
async def tag(
    request: Request,
    body: Annotated[TagRequest, Body(openapi_examples=_EXAMPLES)],
    state: Annotated[State, Depends(state_of)],
) -> Response:
    """Give intents, acts, sentiment, emotions, effort, urgency, promises and entities.

    Beside these of each turn, of the whole: resolution, satisfaction, language and a summary.

    Needs no database and keeps nothing. The same text gets the same answer alone, inside a
    conversation and beside other calls. Calls that come at the same time pass the model
    together; where too many wait already, the answer is 429 and says when to ask again.
    With `evidence: words` each intent, act, sentiment and emotion, and effort and urgency that
    a head heard, points at the words that carried it instead of at the sentence.
    """
    # Whatever takes long for a long conversation stays off the event loop.
    conversation = await run_in_threadpool(_asked, body)
    read = await _while_connected(request, _read(state, conversation, body.evidence))
    if read is None:
        return Response(status_code=HUNG_UP)
    state.telemetry.tagged.inc(len(conversation.turns))
    content = await run_in_threadpool(_answer, conversation, *read)
    return Response(content, media_type="application/json")


async def _read(
    state: State, conversation: Conversation, evidence: Grain
) -> tuple[Read, Explanation | None]:
    read = await state.model.tag(conversation)
    if evidence is Grain.SENTENCES:
        return read, None
    return read, await state.model.explain(conversation, read[1].signals)


async def _while_connected(request: Request, reading: Coroutine[Any, Any, T]) -> T | None:
    """Wait for something as long as the client does; None where it hung up before."""
    answer = asyncio.ensure_future(reading)
    # The body was read, so all that can still come is that the client is gone.
    gone = asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        return answer.result() if answer.done() else None
    finally:
        gone.cancel()
        answer.cancel()


def _asked(body: TagRequest) -> Conversation:
    return split(body.conversation or _of_text(body))


def _answer(conversation: Conversation, read: Read, explanation: Explanation | None) -> str:
    version, tagged = read
    pairs = zip(conversation.turns, tagged.redactions, strict=True)
    return TagAnswer(
        conversation_id=conversation.id,
        model=version,
        signals=[
            SignalView.of(s, conversation, tagged.redactions, explanation=explanation)
            for s in tagged.signals
        ],
        redacted=[redacted(turn.text, spans) for turn, spans in pairs],
        explained=None if explanation is None else ExplainedView.of(explanation),
    ).model_dump_json()


def _of_text(request: TagRequest) -> Conversation:
    text = request.text or ""
    return Conversation(
        source="api",
        source_id=stable_id("txt", text),
        channel=request.channel,
        started_at=now(),
        turns=(Turn(role=Role.CUSTOMER, text=text),),
    )
