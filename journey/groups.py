"""Groups of identifiers that are one person, grown without ever merging two unlike people."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

from domain.identity import Identifier, IdentifierKind, IdentityLink
from journey.names import Name, alike, disagree, mailbox_name
from journey.policy import JourneyPolicy
from journey.sightings import Sighting

RANK = {
    IdentifierKind.EMAIL: 0,
    IdentifierKind.USER: 0,
    IdentifierKind.ACCOUNT: 1,
    IdentifierKind.PHONE: 2,
    IdentifierKind.SOCIAL: 3,
    IdentifierKind.ANONYMOUS: 4,
    IdentifierKind.DEVICE: 5,
}
"""Handles are placed from the most personal kind to the least."""
_NAMED_ALIKE = 0.5
"""How much two like names add to a link, by the rule of independent evidence."""

Pair = frozenset[Identifier]


@dataclass
class Group:
    """Identifiers of one person; or one identifier that several people share."""

    members: list[Identifier]
    names: set[Name] = field(default_factory=set)
    shared: bool = False
    confidence: float = 1.0
    """The weakest link that was needed to hold the group together."""
    relatives: list[Identifier] = field(default_factory=list)
    """One member of each group that shares something with this one."""

    def kinds(self, kind: IdentifierKind) -> set[Identifier]:
        """Give the members of one kind."""
        return {i for i in self.members if i.kind is kind}


@dataclass(frozen=True)
class Facts:
    """What the records say about identifiers, summed up."""

    first_seen: dict[Identifier, datetime]
    names: dict[Identifier, set[Name]]
    strength: dict[Pair, float]
    """Combined confidence of all links of a pair, those of independent records."""
    apart: frozenset[Pair]
    """Pairs that a person took apart."""


def sum_up(
    seen: Sequence[Sighting], links: Iterable[IdentityLink], withdrawn: Collection[str]
) -> Facts:
    """Sum up sightings (in the order of time) and links.

    Confidence of a pair is ``1 - prod(1 - c)`` over its records. One withdrawn link
    holds its two identifiers apart, whatever other records show.
    """
    first: dict[Identifier, datetime] = {}
    names: dict[Identifier, set[Name]] = defaultdict(set)
    for sighting in seen:
        for identifier in (*sighting.shown, *sighting.written):
            first.setdefault(identifier, sighting.at)
        for identifier in sighting.shown:
            names[identifier] |= {sighting.name} - {()}
    doubt: dict[Pair, float] = defaultdict(lambda: 1.0)
    apart = set()
    for link in links:
        pair = frozenset((link.left, link.right))
        doubt[pair] *= 1.0 - link.confidence
        if link.id in withdrawn:
            apart.add(pair)
    strength = {p: _strength(p, d, names) for p, d in doubt.items() if p not in apart}
    return Facts(first, names, strength, frozenset(apart))


def _strength(pair: Pair, doubt: float, names: dict[Identifier, set[Name]]) -> float:
    one, other = (names.get(identifier, set()) for identifier in pair)
    if any(alike(a, b) for a in one for b in other):
        doubt *= 1.0 - _NAMED_ALIKE
    return 1.0 - doubt


def group(facts: Facts, policy: JourneyPolicy) -> list[Group]:
    """Place every identifier, the most personal kinds first.

    An identifier whose neighbours are unlike people, or that itself was seen under
    unlike names, is *shared*: it makes a group of its own and relatives of the others.

    Returns
    -------
    list of Group
        Disjoint; every identifier stands in exactly one.
    """
    return _Placement(facts, policy).place_all()


def _names(found: Group) -> set[Name]:
    """Give the names of a group, those of its mailboxes among them."""
    return found.names | ({mailbox_name(i) for i in found.members} - {()})


class _Placement:
    def __init__(self, facts: Facts, policy: JourneyPolicy) -> None:
        self.facts = facts
        self.policy = policy
        self.home: dict[Identifier, Group] = {}
        self.near: dict[Identifier, list[Identifier]] = defaultdict(list)
        for pair in facts.strength:
            one, other = pair
            self.near[one].append(other)
            self.near[other].append(one)

    def place_all(self) -> list[Group]:
        for identifier in sorted(self.facts.first_seen, key=self._order):
            self._place(identifier)
        self._relate()
        return list({id(g): g for g in self.home.values()}.values())

    def _order(self, identifier: Identifier) -> tuple[int, datetime, str]:
        return RANK[identifier.kind], self.facts.first_seen[identifier], str(identifier)

    def _place(self, identifier: Identifier) -> None:
        names = set(self.facts.names.get(identifier, ()))
        own = Group([identifier], names)
        self.home[identifier] = own
        found = [g for g in self._candidates(identifier) if not self._apart(own, g)]
        if disagree(names) or any(self._unlike(a, b) for a, b in combinations((own, *found), 2)):
            own.shared = True
            self._merge_namesakes(identifier, found)
            return
        for candidate in found:
            merged = self.home[identifier]
            if not self._apart(merged, candidate):
                self._merge(merged, candidate, self._bond(identifier, candidate))

    def _merge_namesakes(self, identifier: Identifier, sharers: Sequence[Group]) -> None:
        """Merge those who share something and go by like names: they are one person."""
        for one, other in combinations(sharers, 2):
            left, right = self.home[one.members[0]], self.home[other.members[0]]
            names = [_names(left), _names(right)]
            alike_by_name = all(names) and not disagree(names[0] | names[1])
            if left is not right and alike_by_name and not self._apart(left, right):
                bond = min(self._bond(identifier, left), self._bond(identifier, right))
                self._merge(left, right, bond)

    def _candidates(self, identifier: Identifier) -> list[Group]:
        """Give the people beside an identifier, the surest bond first."""
        threshold = self.policy.merge_threshold
        strong = [n for n in self.near[identifier] if self._pair(identifier, n) >= threshold]
        placed = sorted((n for n in strong if n in self.home), key=self._order)
        groups = list({id(self.home[n]): self.home[n] for n in placed}.values())
        groups = [g for g in groups if not g.shared]
        return sorted(groups, key=lambda g: -self._bond(identifier, g))

    def _pair(self, one: Identifier, other: Identifier) -> float:
        return self.facts.strength.get(frozenset((one, other)), 0.0)

    def _bond(self, identifier: Identifier, candidate: Group) -> float:
        return max(self._pair(identifier, member) for member in candidate.members)

    def _merge(self, one: Group, other: Group, bond: float) -> None:
        one.members += other.members
        one.names |= other.names
        one.confidence = min(one.confidence, other.confidence, bond)
        for member in other.members:
            self.home[member] = one

    def _apart(self, one: Group, other: Group) -> bool:
        """Tell whether a person took these two apart."""
        return any(
            frozenset((a, b)) in self.facts.apart for a in one.members for b in other.members
        )

    def _unlike(self, one: Group, other: Group) -> bool:
        """Tell whether two groups are known, or must be feared, to be two people."""
        named = [one.names, other.names]
        if not all(named):
            named = [_names(one), _names(other)]
        if all(named):
            return disagree(named[0] | named[1])
        return self._unlike_handles(one, other)

    def _unlike_handles(self, one: Group, other: Group) -> bool:
        """Two mailboxes or two accounts whose owners nobody named are feared to be two."""
        for kind in (IdentifierKind.EMAIL, IdentifierKind.ACCOUNT):
            left, right = one.kinds(kind), other.kinds(kind)
            together = any(
                self._pair(a, b) >= self.policy.merge_threshold for a in left for b in right
            )
            if left and right and not together:
                return True
        return False

    def _relate(self) -> None:
        """Make relatives of all groups that a link joins and that did not merge."""
        for pair in self.facts.strength:
            one, other = sorted(pair, key=self._order)
            if self.home[one] is not self.home[other]:
                self.home[one].relatives.append(self.home[other].members[0])
                self.home[other].relatives.append(self.home[one].members[0])
