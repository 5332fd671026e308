"""Names that probably mean the same: suggested, never applied before a person confirms."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from domain.base import Record, UtcDatetime
from journey.events.alike import Neighbours, by_name, by_place

NAME_ENOUGH = 0.6
PLACE_ENOUGH = 0.75
"""Alone, a likeness must reach this much to be told."""
BOTH_ENOUGH = 1.0
"""Together: the sum of both."""
MIN_SEEN = 5
"""Seen less often, a name's place tells nothing."""
MOST = 50
BESIDE = 0.2
"""Names that stand beside each other in a larger share of cases are two steps, not one."""
DRIFT = timedelta(days=7)
"""Two names overlap at most this long where one took the other's place."""


class Why(StrEnum):
    """What a suggestion rests on."""

    NAME = "name"
    PLACE = "place"
    DRIFT = "drift"
    """One stopped when the other began."""


class Seen(Record):
    """A canonical name as it was seen."""

    name: str
    events: int
    first_at: UtcDatetime
    last_at: UtcDatetime
    known: bool
    """Whether it stands in the registry."""


class Suggestion(Record):
    """Two names that may mean the same."""

    alias: str
    name: str
    """The one to keep: that of the registry, else the more frequent one."""
    score: float
    """Likeness of name and place together, 0 to 2: to sort by, not a probability."""
    by_name: float
    by_place: float | None
    """None where one of them was seen too seldom."""
    why: tuple[Why, ...]
    alias_events: int
    name_events: int


def suggest(
    seen: Iterable[Seen],
    places: Mapping[str, Neighbours],
    rejected: Collection[tuple[str, str]] = (),
) -> tuple[Suggestion, ...]:
    """Suggest aliases among the names that were seen.

    Of two names at most one stands in the registry: what is there under two names was meant so.
    Names that often follow each other in one case mean different steps, and are not suggested.

    Parameters
    ----------
    seen : iterable of Seen
    places : mapping of str to Neighbours
        By name.
    rejected : collection of (alias, name)
        Pairs that a person said are different.

    Returns
    -------
    tuple of Suggestion
        At most 50, the surest first; an alias once.
    """
    ordered = sorted(seen, key=lambda s: (not s.known, -s.events, s.name))
    no = {frozenset(pair) for pair in rejected}
    found: dict[str, Suggestion] = {}
    for number, alias in enumerate(ordered):
        if alias.known:
            continue
        pairs = [s for s in ordered[:number] if frozenset((alias.name, s.name)) not in no]
        told = [one for s in pairs if (one := _told(alias, s, places)) is not None]
        if told:
            found[alias.name] = max(told, key=lambda s: (s.score, s.name_events, s.name))
    return tuple(sorted(found.values(), key=lambda s: (-s.score, s.alias)))[:MOST]


def _told(alias: Seen, other: Seen, places: Mapping[str, Neighbours]) -> Suggestion | None:
    mine, theirs = places.get(alias.name, Neighbours()), places.get(other.name, Neighbours())
    beside = mine.before.get(other.name, 0) + mine.after.get(other.name, 0)
    if beside > BESIDE * mine.seen:
        return None
    named = by_name(alias.name, other.name)
    placed = None
    if min(mine.seen, theirs.seen) >= MIN_SEEN:
        placed = by_place(mine, theirs)
    drifted = _drifted(alias, other)
    why = [Why.NAME] if named >= NAME_ENOUGH else []
    why += [Why.PLACE] if (placed or 0.0) >= PLACE_ENOUGH else []
    total = named + (placed or 0.0)
    if not why and total < BOTH_ENOUGH:
        return None
    # A place alone is shared by many: it needs some word in common, or a name that took over.
    if Why.NAME not in why and named < 0.3 and not drifted:
        return None
    return Suggestion(
        alias=alias.name,
        name=other.name,
        score=round(total, 4),
        by_name=round(named, 4),
        by_place=None if placed is None else round(placed, 4),
        why=(*(why or [Why.NAME, Why.PLACE]), *([Why.DRIFT] if drifted else [])),
        alias_events=alias.events,
        name_events=other.events,
    )


def _drifted(one: Seen, other: Seen) -> bool:
    """Tell whether one name stopped about when the other began."""
    first, second = sorted((one, other), key=lambda s: s.first_at)
    overlap = first.last_at - second.first_at
    ran_on: datetime = second.last_at
    return abs(overlap) <= DRIFT and ran_on - first.last_at > DRIFT
