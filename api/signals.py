"""Corrections: a person's word about a signal stands above the machine's."""

from typing import Annotated

from fastapi import Body, Depends, Path
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.auth import Principal, Scope, require
from api.corrections import Subject, Word, addition, behind, removal, replacement
from api.once import Once, once
from api.problems import Problem, declared, not_found
from api.references import ConversationRef, to_id
from api.routing import resource
from api.schemas.correction import (
    ADD_EXAMPLE,
    REPLACE_EXAMPLE,
    SignalAddition,
    SignalReplacement,
)
from api.schemas.signal import SignalView
from api.state import State, state_of
from domain.base import now
from domain.conversation import Conversation
from domain.correction import Correction
from domain.signal import Signal, SubjectKind
from storage import conversations, corrections, signals

router = resource("Corrections")
SignalId = Annotated[str, Path(max_length=64, examples=["sig_3f2a9c0d1e4b5a6978879605"])]
Corrector = Annotated[Principal, Depends(require(Scope.CORRECT))]


@router.put(
    "/signals/{signal_id}",
    operation_id="replace_signal",
    summary="Say what a signal should have been",
    responses=declared(404, 413, 415, 422, 503),
)
def replace_signal(
    signal_id: SignalId,
    body: Annotated[
        SignalReplacement, Body(openapi_examples={"label": {"value": REPLACE_EXAMPLE}})
    ],
    caller: Corrector,
    state: Annotated[State, Depends(state_of)],
) -> SignalView:
    """Put another label in the place of a machine's signal, or of your earlier word.

    Your word counts everywhere at once and outlives re-tagging; journeys are rebuilt
    with it. It hangs on what the signal is about and on the machine's label. Where the
    text is edited afterwards it stays in force, and the signal says `text_changed: true`
    in its details so that a reviewer finds it.
    """
    word = Word(body.label, body.value, caller.name, now())

    def work(session: Session) -> SignalView:
        owner, signal = _load(session, signal_id)
        known = behind(signal, corrections.of_conversation(session, owner))
        said = replacement(signal, known, word)
        if known is not None and known.id != said.id:
            corrections.remove(session, known.id, word.at)
        return _keep(session, said)

    view = state.database.run(work)
    state.wake()
    return view


@router.delete(
    "/signals/{signal_id}",
    operation_id="remove_signal",
    summary="Strike a signal, or take your word back",
    status_code=204,
    response_class=Response,
    responses=declared(404, 422, 503),
)
def remove_signal(
    signal_id: SignalId, caller: Corrector, state: Annotated[State, Depends(state_of)]
) -> None:
    """Strike a machine's signal: it counts no more, also after re-tagging.

    A person's signal is taken back instead, so that the machine's word counts again.
    """

    def work(session: Session) -> None:
        owner, signal = _load(session, signal_id)
        known = behind(signal, corrections.of_conversation(session, owner))
        if known is not None:
            corrections.remove(session, known.id, now())
        else:
            corrections.save(session, removal(signal, caller.name, now()), now())
        signals.lay_corrections(session, owner)

    state.database.run(work)
    state.wake()


@router.post(
    "/conversations/{conversation_id}/signals",
    operation_id="add_signal",
    summary="Add a signal that the machine did not see",
    status_code=201,
    response_model=SignalView,
    responses=declared(404, 409, 413, 415, 422, 503),
)
def add_signal(
    conversation_id: ConversationRef,
    body: Annotated[SignalAddition, Body(openapi_examples={"intent": {"value": ADD_EXAMPLE}})],
    caller: Corrector,
    post: Annotated[Once, Depends(once)],
) -> Response:
    """Add a label to a conversation or to one of its turns.

    What happens when the text is edited later is told at `PUT /v1/signals/{id}`. A label
    that the machine later gives by itself is not said twice.
    """
    word = Word(body.label, body.value, caller.name, now())

    def work(session: Session) -> SignalView:
        conversation = conversations.get(session, to_id(conversation_id))
        if conversation is None:
            raise not_found("conversation")
        subject = _subject(session, conversation, body.turn)
        return _keep(session, addition(subject, body.kind, body.role, word))

    return post.answer(201, work)


def _load(session: Session, signal_id: str) -> tuple[str, Signal]:
    found = signals.get(session, signal_id)
    if found is None:
        raise not_found("signal")
    conversations.lock(session, found[0])
    return found


def _subject(session: Session, conversation: Conversation, turn: int | None) -> Subject:
    """Find the text that the person read."""
    if turn is not None and turn >= len(conversation.turns):
        raise Problem(422, f"The conversation has {len(conversation.turns)} turns, counted from 0.")
    conversations.lock(session, conversation.id)
    id_ = conversation.id if turn is None else conversation.turn_id(turn)
    read = signals.effective(session, [conversation.id]).get(conversation.id, ())
    if not read:
        detail = "The conversation was not read yet, so there is nothing to add to. Ask again soon."
        raise Problem(409, detail, slug="not-tagged", headers={"Retry-After": "2"})
    hashes = {signal.subject_id: signal.content_hash for signal in read}
    kind = SubjectKind.CONVERSATION if turn is None else SubjectKind.TURN
    return Subject(kind, id_, hashes.get(id_, read[0].content_hash))


def _keep(session: Session, said: Correction) -> SignalView:
    owner = corrections.save(session, said, said.at)
    if owner is None:
        raise not_found("signal")
    signals.lay_corrections(session, owner)
    conversation = conversations.get_many(session, [owner])[owner]
    hidden = conversations.redactions(session, owner)
    (signal,) = [s for s in signals.effective(session, [owner])[owner] if _says(s, said)]
    return SignalView.of(signal, conversation, hidden)


def _says(signal: Signal, said: Correction) -> bool:
    key = (signal.subject_id, signal.kind, signal.role, signal.label)
    return key == (said.subject_id, said.kind, said.role, said.label)
