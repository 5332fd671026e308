"""What was tried so far: what the team says it did, and what the customer did alone."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from domain.conversation import Role
from domain.event import Event
from domain.journey import Contact
from journey.brief import Draft, Place, said_at, summary_place
from journey.cues import announces, tells_attempt, tells_deed
from journey.talk import sentences

_SELF_SERVICE = {
    "help_searched": "searched the help centre",
    "article_viewed": "read a help article",
    "bot_ended": "tried the bot",
    "bot_failed": "was not understood by the bot",
    "login_failed": "failed to log in",
    "identity_check_failed": "failed the identity check",
    "payment_failed": "had a payment refused",
    "contact_form_opened": "opened the contact form",
}


def tried(contacts: Sequence[Contact], events: Sequence[Event]) -> Iterator[Draft]:
    """Say what was done: by the team, then by the customer alone, as recorded and as told.

    An announcement ("I'll have a look") is no try and is left out; another sentence
    of the summary stands in where the team tells of no deed.
    """
    deed = next(_said(contacts, "Team", _deed), None)
    yield from (deed,) if deed else _said(contacts, "Team", _summed_up)
    yield from _alone(contacts, events)
    yield from _said(contacts, "Customer", _attempt)


def _said(
    contacts: Sequence[Contact], who: str, find: Callable[[Contact], Place | None]
) -> Iterator[Draft]:
    for contact in reversed(contacts):
        place = find(contact)
        if place is not None:
            yield Draft(f"{who}: “{{quote}}”", said_at(contact, place), place)
            return


def _deed(contact: Contact) -> Place | None:
    return _last(contact, Role.AGENT, tells_deed)


def _attempt(contact: Contact) -> Place | None:
    return _last(contact, Role.CUSTOMER, tells_attempt)


def _last(contact: Contact, role: Role, tells: Callable[[str], bool]) -> Place | None:
    """Give the last public sentence of a role that tells so; questions tell nothing."""
    for position, turn in reversed(list(enumerate(contact.conversation.turns))):
        if turn.role is not role or not turn.public:
            continue
        for start, end in reversed(list(sentences(turn.body))):
            sentence = turn.body[start:end]
            if not sentence.endswith("?") and tells(sentence):
                return contact.conversation.id, position, start, end
    return None


def _summed_up(contact: Contact) -> Place | None:
    place = summary_place(contact, "done")
    if place is None:
        return None
    _, turn, start, end = place
    return None if announces(contact.conversation.turns[turn].text[start:end]) else place


def _alone(contacts: Sequence[Contact], events: Sequence[Event]) -> Iterator[Draft]:
    own = [event for event in events if event.name in _SELF_SERVICE]
    counts = Counter(event.name for event in own)
    bots = [c.conversation.id for c in contacts if _met_a_bot(c)]
    said = [_SELF_SERVICE[name] + (f" ({n} times)" if n > 1 else "") for name, n in counts.items()]
    if bots and "bot_ended" not in counts:
        said.append("talked to the bot")
    if said:
        at = max((event.at for event in own), default=None)
        yield Draft("Customer: " + ", ".join(said), at, evidence=(*(e.id for e in own), *bots))


def _met_a_bot(contact: Contact) -> bool:
    return any(turn.role is Role.BOT for turn in contact.conversation.turns)
