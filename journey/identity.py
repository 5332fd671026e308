"""Who is behind the records: people, and what several people share.

The policy that these rules carry out is told in ``docs/identity-policy.md``.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from domain.base import stable_id
from domain.event import Event
from domain.identity import Identifier, IdentifierKind, Identity, IdentityLevel, IdentityLink
from domain.journey import Contact
from journey.groups import RANK, Facts, Group, group, sum_up
from journey.names import Name, disagree, mailbox_name
from journey.policy import JourneyPolicy
from journey.sightings import Sighting, evidence, sightings

_FAINT = (IdentifierKind.ANONYMOUS, IdentifierKind.DEVICE)
_LEVEL = {
    IdentifierKind.ACCOUNT: IdentityLevel.ACCOUNT,
    IdentifierKind.ANONYMOUS: IdentityLevel.SESSION,
    IdentifierKind.DEVICE: IdentityLevel.SESSION,
}


@dataclass(frozen=True)
class People:
    """The identities of a neighbourhood, and how to find them."""

    links: tuple[IdentityLink, ...]
    identities: dict[str, Identity]
    home: dict[Identifier, str]
    """Identifier to the id of its identity."""
    names: dict[str, frozenset[Name]]
    """Identity id to the names it goes by, those of its mailboxes among them."""
    shared: frozenset[str]
    """Ids of identities that stand for what several people share."""
    seen: dict[str, Sighting]
    """Record id to whom the record shows."""

    def relatives(self, identity_id: str) -> frozenset[str]:
        """Give the ids of the identities that share something with one."""
        found = self.identities.get(identity_id)
        return frozenset(found.relatives) if found else frozenset()

    def level(self, identity_id: str) -> IdentityLevel:
        """Give what an identity stands for; a session where no identifier was shown."""
        found = self.identities.get(identity_id)
        return found.level if found else IdentityLevel.SESSION

    def unlike(self, one: str, other: str) -> bool:
        """Tell whether two identities are known by unlike names, or each by own mailboxes."""
        names = [self.names.get(i, frozenset()) for i in (one, other)]
        if names[0] and names[1]:
            return disagree(names[0] | names[1])
        return all(self._has_mailbox(i) for i in (one, other))

    def _has_mailbox(self, identity_id: str) -> bool:
        found = self.identities.get(identity_id)
        return any(i.kind is IdentifierKind.EMAIL for i in found.identifiers) if found else False


def resolve(
    contacts: Sequence[Contact],
    events: Sequence[Event],
    withdrawn: Collection[str],
    policy: JourneyPolicy,
) -> People:
    """Find the people behind the records of a neighbourhood.

    Parameters
    ----------
    contacts, events
        All records of the neighbourhood, in any order.
    withdrawn : collection of str
        Ids of links that a person took back. Their two ends stay apart.
    policy : JourneyPolicy
        Thresholds and caps.
    """
    seen = sightings(contacts, events)
    links = evidence(seen, policy)
    facts = sum_up(seen, links, withdrawn)
    groups = group(facts, policy)
    identities, names = _identities(groups, facts, policy)
    home = {i: found.id for found in identities.values() for i in found.identifiers}
    return People(
        links=tuple(_levelled(link, home) for link in links),
        identities=identities,
        home=home,
        names=names,
        shared=frozenset(home[g.members[0]] for g in groups if g.shared),
        seen={sighting.record_id: sighting for sighting in seen},
    )


def _identities(
    groups: Sequence[Group], facts: Facts, policy: JourneyPolicy
) -> tuple[dict[str, Identity], dict[str, frozenset[Name]]]:
    ordered = [
        sorted(g.members, key=lambda i: (facts.first_seen[i], RANK[i.kind], str(i))) for g in groups
    ]
    ids = [stable_id("idn", str(members[0])) for members in ordered]
    home = {i: ids[n] for n, members in enumerate(ordered) for i in members}
    relatives = _relatives(groups, home, policy)
    identities, names = {}, {}
    for found, members, id_ in zip(groups, ordered, ids, strict=True):
        identities[id_] = Identity(
            id=id_,
            level=_level(found),
            confidence=round(found.confidence, 4),
            identifiers=tuple(members),
            relatives=tuple(sorted(relatives[id_])),
        )
        names[id_] = frozenset({*found.names, *map(mailbox_name, members)} - {()})
    return identities, names


def _relatives(
    groups: Sequence[Group], home: dict[Identifier, str], policy: JourneyPolicy
) -> dict[str, set[str]]:
    """Relate what is linked; those who share one thing are relatives of each other too."""
    circles = []
    for member in groups:
        own = home[member.members[0]]
        others = {home[i] for i in member.relatives if i in home} - {own}
        circles.append((own, others, member.shared))
    public = {own for own, others, shared in circles if shared and len(others) > policy.max_sharers}
    found: dict[str, set[str]] = defaultdict(set)
    for own, others, shared in circles:
        if own in public:
            continue
        near = others - public
        for one, other in combinations((own, *near), 2) if shared else ((own, n) for n in near):
            found[one].add(other)
            found[other].add(one)
    return found


def _level(found: Group) -> IdentityLevel:
    kinds = {identifier.kind for identifier in found.members}
    if found.shared:
        return _LEVEL.get(found.members[0].kind, IdentityLevel.HOUSEHOLD)
    if kinds <= set(_FAINT):
        return IdentityLevel.SESSION
    if kinds <= {IdentifierKind.ACCOUNT, *_FAINT}:
        return IdentityLevel.ACCOUNT
    return IdentityLevel.PERSON


def _levelled(link: IdentityLink, home: dict[Identifier, str]) -> IdentityLink:
    """Say of a link what it came to mean."""
    one, other = home.get(link.left), home.get(link.right)
    weaker = max((link.left, link.right), key=lambda identifier: RANK[identifier.kind])
    if weaker.kind in _FAINT:
        level = IdentityLevel.SESSION
    elif one is not None and one == other:
        level = IdentityLevel.PERSON
    else:
        level = _LEVEL.get(weaker.kind, IdentityLevel.HOUSEHOLD)
    return link.model_copy(update={"level": level})
