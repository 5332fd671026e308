"""What became of what agents promised: kept, settled, open or overdue.

The promises themselves are read by ``nlp`` and stand as signals on the contacts.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from domain.base import Record, UtcDatetime
from domain.conversation import Conversation, Role, Turn
from domain.event import Event
from domain.journey import Contact
from domain.signal import Signal, SignalKind
from journey.ending import settled_at

_FILE = Path(__file__).with_name("promises.yaml")
_LATER = timedelta(minutes=30)
"""An agent's turn so much later can be the answer that was promised."""


class PromiseState(StrEnum):
    """What became of a promise."""

    KEPT = "kept"
    SETTLED = "settled"
    """Nothing shows it kept, but the matter was settled since: nobody waits for it."""
    OPEN = "open"
    OVERDUE = "overdue"


class Promise(Record):
    """What an agent said would happen."""

    conversation_id: str
    turn: int
    """Position of the turn."""
    start: int
    end: int
    """Characters ``[start, end)`` of the turn's original: the words."""
    action: str
    """call, refund, send, write or do."""
    made_at: UtcDatetime
    due_at: UtcDatetime | None
    """None where no day was named: such a promise is never overdue."""
    state: PromiseState
    kept_by: str | None = None
    """Id of the turn or event that shows it kept."""


def promises(
    contacts: Sequence[Contact], events: Iterable[Event], now: datetime
) -> tuple[Promise, ...]:
    """Judge the promises of a journey.

    A promise is kept when a later event or turn says that the thing was done, and a
    promised answer when an agent speaks again in the same contact, half an hour later or
    more. When the last contact is settled, nobody waits for the others any more.

    Parameters
    ----------
    contacts : sequence of Contact
        Those of one journey, in order of time, with their signals.
    events : iterable of Event
        Those of the journey.
    now : datetime
        What was due before it and not kept is overdue.

    Returns
    -------
    tuple of Promise
        In order of time.
    """
    conversations = [contact.conversation for contact in contacts]
    happened = sorted(events, key=lambda event: (event.at, event.id))
    found = [promise for contact in contacts for promise in _made(contact)]
    judged = [_judge(promise, conversations, happened, now) for promise in found]
    return tuple(sorted(judged, key=lambda p: (p.made_at, p.conversation_id, p.turn, p.start)))


def _made(contact: Contact) -> Iterator[Promise]:
    """Give what was promised in a contact; a promise that a person added may lack its words."""
    conversation = contact.conversation
    places = {conversation.turn_id(n): n for n in range(len(conversation.turns))}
    for signal in contact.signals:
        if signal.kind is SignalKind.PROMISE and signal.subject_id in places:
            position = places[signal.subject_id]
            turn = conversation.turns[position]
            start, end = _place(signal, turn)
            yield Promise(
                conversation_id=conversation.id,
                turn=position,
                start=start,
                end=end,
                action=signal.label,
                made_at=conversation.moment(turn),
                due_at=signal.details.get("due_at"),
                state=PromiseState.OPEN,
            )


def _place(signal: Signal, turn: Turn) -> tuple[int, int]:
    if signal.evidence:
        return signal.evidence[0].start, signal.evidence[0].end
    return 0, len(turn.text)


def _judge(
    promise: Promise, conversations: Sequence[Conversation], events: Sequence[Event], now: datetime
) -> Promise:
    kept_by = _kept_by(promise, conversations, events)
    settled = settled_at(conversations[-1])
    state = PromiseState.OPEN
    if kept_by is not None:
        state = PromiseState.KEPT
    elif settled is not None and _settles(settled, promise):
        state = PromiseState.SETTLED
    elif promise.due_at is not None and promise.due_at < now:
        state = PromiseState.OVERDUE
    return promise.model_copy(update={"state": state, "kept_by": kept_by})


def _settles(settled: datetime, promise: Promise) -> bool:
    """Tell whether a settling ends a promise: one made in the same breath is still owed."""
    if promise.due_at is None:
        return settled >= promise.made_at
    return settled > promise.made_at


def _kept_by(
    promise: Promise, conversations: Sequence[Conversation], events: Sequence[Event]
) -> str | None:
    names = _words()["events"].get(promise.action, ())
    for event in events:
        if event.name in names and event.at > promise.made_at:
            return event.id
    for conversation in conversations:
        for position, turn in enumerate(conversation.turns):
            here = conversation.id == promise.conversation_id
            if _keeps(turn, conversation.moment(turn), promise, here=here):
                return conversation.turn_id(position)
    return None


def _keeps(turn: Turn, at: datetime, promise: Promise, *, here: bool) -> bool:
    if not turn.public or at <= promise.made_at or turn.role not in (Role.AGENT, Role.CUSTOMER):
        return False
    answered = here and promise.action == "write" and turn.role is Role.AGENT
    if answered and at - promise.made_at >= _LATER:
        return True
    return bool(_pattern("done", promise.action).search(turn.body))


@cache
def _pattern(table: str, row: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(_words()[table][row])})\b", re.IGNORECASE)


@cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return found
