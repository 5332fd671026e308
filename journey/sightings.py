"""Which record shows which identifiers, and the evidence that they belong together."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from pydantic import ValidationError

from domain.conversation import Conversation, Role
from domain.event import Event
from domain.identity import Identifier, IdentifierKind, IdentityLevel, IdentityLink
from domain.journey import Contact
from domain.signal import SignalKind
from journey.names import Name, name_tokens
from journey.policy import JourneyPolicy

TRUST = {
    IdentifierKind.EMAIL: 0.97,
    IdentifierKind.USER: 0.97,
    IdentifierKind.ACCOUNT: 0.95,
    IdentifierKind.PHONE: 0.9,
    IdentifierKind.SOCIAL: 0.9,
    IdentifierKind.ANONYMOUS: 0.8,
    IdentifierKind.DEVICE: 0.75,
}
"""How surely a handle of this kind is one person's, when one record shows it."""
WRITTEN = 0.65
"""What is left of the trust when the handle stands only in the customer's words."""
_WRITTEN_KINDS = {"email": IdentifierKind.EMAIL, "phone": IdentifierKind.PHONE}
_ACCOUNT_LIKE = re.compile(r"(?<![\w@.+-])[A-Za-z]{0,6}[-#]?\d[\d-]{4,}\d(?![\w@-])")
"""At least six digits, with letters before them or none: such numbers are one customer's."""
_MIN_DIGITS = 6


@dataclass(frozen=True)
class Sighting:
    """One record and whom it shows."""

    record_id: str
    at: datetime
    shown: tuple[Identifier, ...]
    """Given by the source."""
    written: tuple[Identifier, ...] = ()
    """Found in the customer's own words, and shown by some record."""
    name: Name = ()


def sightings(contacts: Iterable[Contact], events: Iterable[Event]) -> list[Sighting]:
    """List whom each record shows, in the order of time, then of record ids."""
    contacts, events = list(contacts), list(events)
    known = {i for contact in contacts for i in contact.conversation.identifiers}
    known |= {identifier for event in events for identifier in event.identifiers}
    found = [_of_contact(contact, known) for contact in contacts]
    found += [Sighting(e.id, e.at, _unique(e.identifiers)) for e in events]
    return sorted(found, key=lambda sighting: (sighting.at, sighting.record_id))


def written_identifiers(contact: Contact) -> tuple[Identifier, ...]:
    """Give what may be identifiers in the customer's own words.

    E-mail addresses and phone numbers are taken as entities found them; every long number
    is taken for an account as it stands. They become evidence only where some record
    shows that very identifier: a text promises nothing by itself.
    """
    turns = contact.conversation.turns
    spoken = {n: t.body for n, t in enumerate(turns) if t.role is Role.CUSTOMER and t.public}
    found = [
        (IdentifierKind.ACCOUNT, match.group())
        for text in (contact.conversation.subject or "", *spoken.values())
        for match in _ACCOUNT_LIKE.finditer(text)
        if sum(c.isdigit() for c in match.group()) >= _MIN_DIGITS
    ]
    found += [
        (_WRITTEN_KINDS[s.label], str(s.details.get("value") or ""))
        for s in contact.signals
        if s.kind is SignalKind.ENTITY and s.label in _WRITTEN_KINDS and not s.abstained
        if all(e.turn in spoken for e in s.evidence)
    ]
    return _unique(i for kind, value in found if (i := _identifier(kind, value)))


def _identifier(kind: IdentifierKind, value: str) -> Identifier | None:
    try:
        return Identifier(kind=kind, value=value)
    except ValidationError:
        return None


def customer_name(conversation: Conversation) -> Name:
    """Give the customer's name as the record has it, or as their turns are signed."""
    signed = {t.author for t in conversation.turns if t.role is Role.CUSTOMER and t.author}
    return name_tokens(conversation.customer_name) or (
        name_tokens(signed.pop()) if len(signed) == 1 else ()
    )


def evidence(seen: Iterable[Sighting], policy: JourneyPolicy) -> list[IdentityLink]:
    """Turn what records show into links between pairs of identifiers.

    Levels are those of the weaker handle here; resolving identities corrects them.
    """
    return [link for sighting in seen for link in _links(sighting, policy)]


def _of_contact(contact: Contact, known: Collection[Identifier]) -> Sighting:
    conversation = contact.conversation
    shown = _unique(conversation.identifiers)
    words = written_identifiers(contact)
    written = tuple(i for i in words if i in known and i not in shown)
    name = customer_name(conversation)
    return Sighting(conversation.id, conversation.started_at, shown, written, name)


def _unique(identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    return tuple(sorted(set(identifiers), key=str))


def _links(sighting: Sighting, policy: JourneyPolicy) -> Iterator[IdentityLink]:
    for left, right in _pairs(sighting.shown, policy):
        trust = min(TRUST[left.kind], TRUST[right.kind])
        yield _link(sighting, left, right, trust, f"{left.kind}_and_{right.kind}_in_one_record")
    for left in sighting.shown[: policy.max_pairs]:
        for right in sighting.written[: policy.max_pairs]:
            trust = WRITTEN * min(TRUST[left.kind], TRUST[right.kind])
            yield _link(sighting, left, right, trust, f"{right.kind}_in_the_words")


def _pairs(
    shown: Sequence[Identifier], policy: JourneyPolicy
) -> Iterator[tuple[Identifier, Identifier]]:
    if len(shown) <= policy.max_pairs:
        return combinations(shown, 2)
    return ((shown[0], other) for other in shown[1:])


def _link(
    sighting: Sighting, left: Identifier, right: Identifier, trust: float, rule: str
) -> IdentityLink:
    return IdentityLink(
        left=left,
        right=right,
        level=IdentityLevel.PERSON,
        confidence=round(trust, 4),
        rule=rule,
        seen_in=sighting.record_id,
        at=sighting.at,
    )
