"""One merged timeline of a journey."""

from collections.abc import Iterable, Iterator, Sequence

from domain.conversation import Conversation, Role
from domain.event import Event
from domain.journey import Contact, EntryKind, TimelineEntry
from domain.outcome import Outcome, OutcomeState
from domain.signal import SignalKind, SubjectKind

_ORDER = {
    kind: place
    for place, kind in enumerate(
        (
            EntryKind.EVENT,
            EntryKind.CONTACT,
            EntryKind.TURN,
            EntryKind.HANDOVER,
            EntryKind.STATUS,
            EntryKind.RATING,
            EntryKind.OUTCOME,
        )
    )
}


def timeline(
    contacts: Sequence[Contact], events: Iterable[Event], outcomes: Iterable[Outcome]
) -> tuple[TimelineEntry, ...]:
    """Merge all that happened, in order of time; what falls together has a fixed order.

    Of the turns only the key ones stand here: the customer's first and last, and those
    that the summary rests on. Events carry their properties, never text of a talk.
    """
    entries = [entry for contact in contacts for entry in _of_contact(contact)]
    entries += [_of_event(event) for event in events]
    entries += [_of_outcome(o) for o in outcomes if o.state is OutcomeState.YES and o.at]
    return tuple(sorted(entries, key=lambda e: (e.at, _ORDER[e.kind], e.subject_id, e.name)))


def _of_contact(contact: Contact) -> Iterator[TimelineEntry]:
    conversation = contact.conversation
    yield _entry(conversation, EntryKind.CONTACT, conversation.started_at, conversation.channel)
    for position, why in sorted(key_turns(contact).items()):
        turn = conversation.turns[position]
        yield TimelineEntry(
            at=conversation.moment(turn),
            kind=EntryKind.TURN,
            name=why,
            subject_id=conversation.turn_id(position),
            channel=conversation.channel,
            details={"conversation_id": conversation.id, "turn": position, "role": turn.role},
        )
    for change in conversation.status_history:
        yield _entry(conversation, EntryKind.STATUS, change.at, change.status)
    for handover in conversation.handovers:
        name = "escalation" if handover.escalation else "transfer"
        yield _entry(conversation, EntryKind.HANDOVER, handover.at, name, to=handover.to)
    for rating in conversation.ratings:
        yield _entry(conversation, EntryKind.RATING, rating.at, f"{rating.score:g}")


def key_turns(contact: Contact) -> dict[int, str]:
    """Give the positions of a contact's key turns, each with why it is one."""
    found: dict[int, str] = {}
    for signal in contact.signals:
        summary = signal.kind is SignalKind.SUMMARY
        if summary and signal.subject_kind is SubjectKind.CONVERSATION:
            found |= {e.turn: signal.label for e in signal.evidence}
    turns = enumerate(contact.conversation.turns)
    customer = [n for n, t in turns if t.role is Role.CUSTOMER and t.public]
    if customer:
        found.setdefault(customer[0], "opening")
        found.setdefault(customer[-1], "last_word")
    return {n: why for n, why in found.items() if n < len(contact.conversation.turns)}


def _entry(
    conversation: Conversation, kind: EntryKind, at: object, name: str, **details: str
) -> TimelineEntry:
    return TimelineEntry.model_validate(
        {
            "at": at,
            "kind": kind,
            "name": str(name),
            "subject_id": conversation.id,
            "channel": conversation.channel,
            "details": details,
        }
    )


def _of_event(event: Event) -> TimelineEntry:
    return TimelineEntry(
        at=event.at,
        kind=EntryKind.EVENT,
        name=event.name,
        subject_id=event.id,
        details=dict(event.properties),
    )


def _of_outcome(outcome: Outcome) -> TimelineEntry:
    assert outcome.at is not None
    details = {} if outcome.window_hours is None else {"window_hours": outcome.window_hours}
    return TimelineEntry(
        at=outcome.at,
        kind=EntryKind.OUTCOME,
        name=outcome.kind,
        subject_id=outcome.subject_id,
        details=details,
    )
