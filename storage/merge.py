"""Two copies of one conversation become one that has lost nothing.

The copy that is newer by its own clock wins wherever both say something: by the source's
``updated_at`` in the metadata where both have it, else by the latest moment in the record;
a tie goes to the copy that came in last. Turns and status changes are never removed, so an
export that lists fewer of them takes nothing away.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from domain.base import Record
from domain.conversation import Conversation, Turn

UPDATED_AT = "updated_at"
"""Key of the metadata that holds when the source last changed the record, ISO 8601."""

Pairs = Mapping[int, int]
R = TypeVar("R", bound=Record)


def merged(stored: Conversation, incoming: Conversation) -> Conversation:
    """Merge two copies of one conversation.

    Parameters
    ----------
    stored, incoming : Conversation
        Copies with the same id.

    Returns
    -------
    Conversation
        Equal to ``stored`` where the incoming copy says nothing new.

    Raises
    ------
    pydantic.ValidationError
        If both together exceed a limit of the record, such as its number of turns.
    """
    incoming_wins = is_newer(incoming, stored)
    new, old = (incoming, stored) if incoming_wins else (stored, incoming)
    return Conversation(
        source=stored.source,
        source_id=stored.source_id,
        channel=new.channel,
        started_at=new.started_at,
        turns=merged_turns(new.turns, old.turns),
        ended_at=_ended_at(new, old),
        subject=new.subject or old.subject,
        identifiers=new.identifiers or old.identifiers,
        customer_name=new.customer_name or old.customer_name,
        brand=new.brand or old.brand,
        language=new.language or old.language,
        status_history=_union(new.status_history, old.status_history, lambda s: s.at),
        handovers=_union(new.handovers, old.handovers, lambda h: h.at),
        ratings=_union(new.ratings, old.ratings, lambda r: r.at),
        metadata={**old.metadata, **new.metadata},
    )


def is_newer(incoming: Conversation, stored: Conversation) -> bool:
    """Tell whether the incoming copy is at least as new as the stored one."""
    clocks = _updated_at(incoming), _updated_at(stored)
    if clocks[0] is not None and clocks[1] is not None:
        return clocks[0] >= clocks[1]
    return incoming.last_moment() >= stored.last_moment()


def merged_turns(new: Sequence[Turn], old: Sequence[Turn]) -> tuple[Turn, ...]:
    """Merge the turns of two copies: all of the newer's, and what only the older one has.

    A turn that only the older copy has goes behind the turn it followed there.
    """
    pairs = _pairs(new, old)
    followers: dict[int, list[Turn]] = {}
    place = -1
    for position, turn in enumerate(old):
        if position in pairs:
            place = pairs[position]
        else:
            followers.setdefault(place, []).append(turn)
    result = followers.get(-1, [])
    for position, turn in enumerate(new):
        result += [turn, *followers.get(position, ())]
    return tuple(_once(result))


def _pairs(new: Sequence[Turn], old: Sequence[Turn]) -> Pairs:
    """Find which older turn is which newer one: position in ``old`` to position in ``new``.

    The source's own id says so; without one, the same words at the same time; last, what
    stands at the same place and is nowhere else, which is an edit.
    """
    places = dict(zip(_keys(new), range(len(new)), strict=True))
    pairs = {p: places[key] for p, key in enumerate(_keys(old)) if key in places}
    taken = set(pairs.values())
    for position in range(min(len(new), len(old))):
        nameless = new[position].source_id is None and old[position].source_id is None
        if nameless and position not in pairs and position not in taken:
            pairs[position] = position
    return pairs


def _keys(turns: Sequence[Turn]) -> list[tuple[object, ...]]:
    """Give each turn its own key; equal nameless turns are told apart by their count."""
    counts: Counter[tuple[object, ...]] = Counter()
    keys = []
    for turn in turns:
        key: tuple[object, ...] = (turn.source_id,)
        if turn.source_id is None:
            key = (None, turn.role, turn.text, turn.at, turn.start_ms)
            counts[key] += 1
            key = (*key, counts[key])
        keys.append(key)
    return keys


def _once(turns: Iterable[Turn]) -> list[Turn]:
    """Keep the last of turns that carry one source id, at the place of the first."""
    result: dict[tuple[object, ...], Turn] = {}
    for position, turn in enumerate(turns):
        result[(turn.source_id,) if turn.source_id is not None else (None, position)] = turn
    return list(result.values())


def _ended_at(new: Conversation, old: Conversation) -> datetime | None:
    """Take the newer end; an older end no longer holds once something came after it."""
    if new.ended_at is not None or old.ended_at is None:
        return new.ended_at
    return old.ended_at if new.last_moment() <= old.ended_at else None


def _union(new: Iterable[R], old: Iterable[R], at: Callable[[R], datetime]) -> tuple[R, ...]:
    result: list[R] = []
    for item in (*new, *old):
        if item not in result:
            result.append(item)
    return tuple(sorted(result, key=at))


def _updated_at(conversation: Conversation) -> datetime | None:
    try:
        moment = datetime.fromisoformat(conversation.metadata.get(UPDATED_AT, ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
