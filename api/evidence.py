"""``GET /v1/conversations/{id}/evidence``: the words behind signals that are kept."""

from typing import Annotated

from fastapi import Depends, Query
from starlette.concurrency import run_in_threadpool

from api.auth import Scope, require
from api.problems import declared, not_found
from api.references import ConversationRef, to_id
from api.routing import resource
from api.schemas.evidence import EvidenceAnswer
from api.schemas.signal import ExplainedView, Redactions, SignalView
from api.state import State, state_of
from domain.conversation import Conversation
from domain.signal import Origin, Signal
from storage import conversations, signals

MOST_SIGNALS = 50
router = resource("Conversations")
SignalIds = Annotated[
    list[Annotated[str, Query(max_length=64)]],
    Query(
        alias="signal",
        max_length=MOST_SIGNALS,
        description="Id of a signal; may be given several times. All signals when missing.",
    ),
]


@router.get(
    "/conversations/{conversation_id}/evidence",
    operation_id="get_evidence",
    summary="The words behind the signals of a conversation",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 422, 429, 503),
)
async def get_evidence(
    conversation_id: ConversationRef,
    state: Annotated[State, Depends(state_of)],
    signal: SignalIds = [],  # noqa: B006
) -> EvidenceAnswer:
    """Give signals with the words that carried them, found by the model at this moment.

    Words have a score; a sentence without one stands where the model that said the signal is
    no longer loaded, where a person said it, or where a rule names its own words.
    """
    id_ = to_id(conversation_id)
    conversation, found, hidden = await run_in_threadpool(_load, state, id_)
    asked = [one for one in found if not signal or one.id in signal]
    if signal and not asked:
        raise not_found("signal")
    machine = [one for one in asked if one.origin is Origin.MACHINE]
    explanation = await state.model.explain(conversation, machine)
    return EvidenceAnswer(
        conversation_id=id_,
        signals=[
            SignalView.of(one, conversation, hidden, explanation=explanation) for one in asked
        ],
        explained=ExplainedView.of(explanation),
    )


def _load(state: State, id_: str) -> tuple[Conversation, tuple[Signal, ...], Redactions]:
    with state.database.reading() as session:
        conversation = conversations.get(session, id_)
        if conversation is None:
            raise not_found("conversation")
        found = tuple(signals.effective(session, [id_]).get(id_, ()))
        return conversation, found, conversations.redactions(session, id_)
