"""Whose contact it is, where a record shows what several people share."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from domain.base import stable_id
from domain.conversation import Role
from domain.identity import IdentifierKind, Identity, IdentityLevel
from domain.journey import Contact
from journey.groups import RANK
from journey.identity import People
from journey.names import Name, alike, name_tokens

_PERSONAL = (IdentifierKind.EMAIL, IdentifierKind.USER)


@dataclass(frozen=True)
class Owner:
    """The identity that a contact is counted to."""

    identity_id: str
    sure: bool
    """Whether it is one person; False where relatives may be behind it."""
    name: Name = ()
    """What the record calls the customer."""


def owner_of(contact: Contact, people: People) -> Owner:
    """Choose the identity of a contact.

    In order: the one person, known by name, whose mailbox or user id the record shows;
    the one among those who share its identifiers that goes by the record's name; the
    one whom the customer's own words name; the one whose identifier they write; the
    identity of the most personal identifier shown.
    """
    sighting = people.seen[contact.conversation.id]
    if not sighting.shown:
        return Owner(nobody(contact).id, sure=False, name=sighting.name)
    shown = sorted(sighting.shown, key=lambda i: (RANK[i.kind], str(i)))
    personal = {people.home[i] for i in shown if i.kind in _PERSONAL} - people.shared
    if len(personal) == 1 and people.names[min(personal)]:
        return Owner(personal.pop(), sure=True, name=sighting.name)
    homes = [people.home[i] for i in shown]
    candidates = _candidates(homes, people)
    by_name = {c for c in candidates if any(alike(sighting.name, n) for n in people.names[c])}
    written = {people.home[i] for i in sighting.written if i in people.home} & candidates
    for chosen in (
        by_name if sighting.name else set(),
        _named(contact, candidates, people),
        written,
    ):
        if len(chosen) == 1:
            return Owner(chosen.pop(), sure=True, name=sighting.name)
    own = [home for home in homes if home not in people.shared]
    if own:
        return Owner(own[0], sure=True, name=sighting.name)
    return Owner(homes[0], sure=False, name=sighting.name)


def nobody(contact: Contact) -> Identity:
    """Give the identity of a contact that shows no identifier: a session of its own."""
    return Identity(
        id=stable_id("idn", contact.conversation.id),
        level=IdentityLevel.SESSION,
        confidence=1.0,
        identifiers=(),
    )


def _candidates(homes: Iterable[str], people: People) -> set[str]:
    """Give the people who may be behind what a record shows."""
    found = set()
    for home in homes:
        found.add(home)
        if home in people.shared:
            found |= _sharers(home, people)
    return found - people.shared


def _sharers(home: str, people: People) -> set[str]:
    """Give the relatives of something shared, and theirs where that is shared too."""
    near = set(people.identities[home].relatives)
    further = {r for n in near & people.shared for r in people.identities[n].relatives}
    return near | further


def _named(contact: Contact, candidates: set[str], people: People) -> set[str]:
    """Give the candidates whose first name, and nobody else's, the customer says."""
    turns = contact.conversation.turns
    spoken = " ".join(t.body for t in turns if t.role is Role.CUSTOMER and t.public)
    words = set(name_tokens(" ".join(re.findall(r"[^\W\d_]+", spoken))))
    first = {c: {n[0] for n in people.names[c] if len(n[0]) > 1} for c in candidates}
    return {
        c
        for c, names in first.items()
        if (names & words) - {n for other in candidates - {c} for n in first[other]}
    }
