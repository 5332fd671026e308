"""Contacts joined into issues, over all channels."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from domain.base import stable_id
from domain.identity import IdentityLevel
from domain.journey import Issue, Join
from journey.identity import People
from journey.names import alike
from journey.owner import Owner
from journey.policy import JourneyPolicy
from journey.reading import Reading
from journey.sameness import Floats, Sameness, parts, probability

_NEVER = 2.0
"""A probability that nothing reaches."""
_SURENESS = (
    IdentityLevel.PERSON,
    IdentityLevel.ACCOUNT,
    IdentityLevel.HOUSEHOLD,
    IdentityLevel.SESSION,
)


def join_issues(
    readings: Iterable[Reading], people: People, policy: JourneyPolicy
) -> tuple[Issue, ...]:
    """Join contacts into issues.

    In order of time each contact joins the issue it most probably belongs to, whichever
    of the issue's contacts it is nearest to, if that passes the threshold: the policy's,
    or the strict one where it is not sure that one person made both contacts. Contacts
    of people known to be unlike are never joined.

    Parameters
    ----------
    readings : iterable of Reading
        All contacts of a neighbourhood, in any order.
    people : People
        Who is behind them.
    policy : JourneyPolicy
        Window and thresholds.

    Returns
    -------
    tuple of Issue
        In order of their first contact. Every contact stands in exactly one.
    """
    ordered = sorted(readings, key=lambda r: (r.start, r.id))
    if not ordered:
        return ()
    sameness = Sameness(ordered)
    roots = np.arange(len(ordered))  # the row that opened the issue of each row
    joins: dict[int, list[Join]] = {}
    owners = list(dict.fromkeys(reading.owner for reading in ordered))
    place = np.array([owners.index(reading.owner) for reading in ordered])
    table = np.array([[_threshold(a, b, people, policy) for b in owners] for a in owners])
    for row in range(len(ordered)):
        needed = table[place[row]][place[:row]]
        join, nearest = _join(row, ordered, sameness, needed, roots, policy)
        roots[row] = row if nearest is None else roots[nearest]
        joins.setdefault(int(roots[row]), []).append(join)
    by_id = {reading.id: reading for reading in ordered}
    return tuple(_issue(row, by_id, people) for row in joins.values())


def _join(
    row: int,
    readings: Sequence[Reading],
    sameness: Sameness,
    needed: Floats,
    roots: NDArray[np.int64],
    policy: JourneyPolicy,
) -> tuple[Join, int | None]:
    """Find the earlier contact that a contact goes on from, if any does."""
    evidence = sameness.evidence(row)
    chances = probability(evidence)
    near = sameness.gaps(row) <= policy.issue_window.total_seconds()
    strangers = np.isin(roots[:row], roots[:row][needed > 1.0])
    margin = np.where(near & ~strangers, chances - needed, -1.0)
    if not row or margin.max() < 0:
        return Join(conversation_id=readings[row].id, previous_id=None, probability=1.0), None
    nearest = int(margin.argmax())
    join = Join(
        conversation_id=readings[row].id,
        previous_id=readings[nearest].id,
        probability=round(float(chances[nearest]), 4),
        parts=parts(evidence[nearest]),
    )
    return join, nearest


def _threshold(one: Owner, other: Owner, people: People, policy: JourneyPolicy) -> float:
    """Give the probability that contacts of two must reach; above 1 where none is enough."""
    named = bool(one.name and other.name)
    same = one.identity_id == other.identity_id
    if same and one.identity_id not in people.shared:
        return policy.join_threshold
    if not same and not _may_be_one(one, other, people):
        return _NEVER
    if named:
        return policy.join_threshold if alike(one.name, other.name) else _NEVER
    return policy.strict_join_threshold


def _may_be_one(one: Owner, other: Owner, people: People) -> bool:
    """Tell whether two identities could yet be one person: relatives not known to be unlike."""
    if other.identity_id not in people.relatives(one.identity_id):
        return False
    sure = one.sure and other.sure
    return not (sure and people.unlike(one.identity_id, other.identity_id))


def _issue(joins: Sequence[Join], readings: Mapping[str, Reading], people: People) -> Issue:
    """Name an issue after its first contact, and count it to the surest identity."""
    owners = [readings[join.conversation_id].owner.identity_id for join in joins]
    return Issue(
        id=stable_id("iss", joins[0].conversation_id),
        identity_id=min(owners, key=lambda owner: _SURENESS.index(people.level(owner))),
        joins=tuple(joins),
    )
