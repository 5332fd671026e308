"""One look at a customer: what is stored of them, summed up for an agent."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from domain.base import now
from domain.identity import Identifier, Identity
from domain.journey import Contact, EntryKind, Journey
from domain.redaction import Redaction, redacted
from domain.theme import AssignmentState
from journey.context import Context, ThemeOf, summarise
from journey.policy import JourneyPolicy
from storage import (
    conversations,
    events,
    identities,
    journeys,
    signals,
    theme_assignments,
    themes,
)

Hidden = dict[str, tuple[tuple[Redaction, ...] | None, ...]]


def look(session: Session, identity: Identity, policy: JourneyPolicy) -> Context:
    """Sum up what is known of a customer now.

    Parameters
    ----------
    identity : Identity
        As found by one of the functions beside this one.
    """
    found = journeys.of_identity(session, identity.id)
    contacts = _contacts(session, found)
    shown = [e.subject_id for j in found for e in j.timeline if e.kind is EntryKind.EVENT]
    happened = events.get_many(session, shown).values()
    redact = _Redact(session, contacts)
    reasons = _themes(session, [contact.conversation.id for contact in contacts])
    return summarise(identity, found, contacts, happened, redact, policy, now(), reasons)


def by_conversation(session: Session, conversation_id: str) -> Identity | None:
    """Find whose conversation it is; by its identifiers as long as no journey holds it."""
    for journey in journeys.of_conversation(session, conversation_id):
        return identities.get(session, journey.identity_id)
    conversation = conversations.get(session, conversation_id)
    return by_identifiers(session, conversation.identifiers if conversation else ())


def by_identifiers(session: Session, identifiers: Iterable[Identifier]) -> Identity | None:
    """Find whom one of some identifiers belongs to."""
    found = (identities.find(session, identifier) for identifier in identifiers)
    return next((identity for identity in found if identity is not None), None)


def _contacts(session: Session, found: Iterable[Journey]) -> list[Contact]:
    ids = [id_ for journey in found for id_ in journey.issue.conversation_ids]
    read = signals.general(session, ids)
    return [
        Contact(conversation=conversation, signals=read.get(id_, ()))
        for id_, conversation in conversations.get_many(session, ids).items()
    ]


def _themes(session: Session, conversation_ids: Iterable[str]) -> list[ThemeOf]:
    """Find the themes that contacts have by the live model; leanings are left out."""
    behind: dict[str, list[str]] = {}
    for id_, said in theme_assignments.of_conversations(session, conversation_ids).items():
        firm = (one.theme_id for one in said if one.state is AssignmentState.ASSIGNED)
        for theme_id in dict.fromkeys(theme for theme in firm if theme is not None):
            behind.setdefault(theme_id, []).append(id_)
    return [
        ThemeOf(theme_id=theme.id, label=theme.label, conversation_ids=tuple(behind[theme.id]))
        for theme in themes.get_many(session, behind).values()
    ]


class _Redact:
    """Cuts words out of a turn without the identifiers in them; loads each talk's once."""

    def __init__(self, session: Session, contacts: Iterable[Contact]) -> None:
        self._session = session
        self._known = {c.conversation.id: c.conversation for c in contacts}
        self._hidden: Hidden = {}

    def __call__(self, conversation_id: str, turn: int, start: int, end: int) -> str:
        """Give the words; nothing of a turn whose identifiers are not known yet."""
        if conversation_id not in self._hidden:
            self._hidden[conversation_id] = conversations.redactions(self._session, conversation_id)
        spans = self._hidden[conversation_id][turn]
        if spans is None:
            return ""
        return redacted(self._known[conversation_id].turns[turn].text, spans, start, end)
