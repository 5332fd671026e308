"""Which journey an event belongs to."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.event import Event
from journey.groups import RANK
from journey.identity import People
from journey.policy import JourneyPolicy
from journey.reading import Reading
from journey.references import references

_AFTER = frozenset({"survey_answered", "survey_sent"})
"""Names of events that always speak of what came before them."""


@dataclass(frozen=True)
class Span:
    """An issue on the axis of time."""

    identity_ids: frozenset[str]
    """The owners of its contacts."""
    contacts: tuple[tuple[datetime, datetime], ...]
    """Start and end of each contact."""
    named: frozenset[str]
    """References that its contacts name."""


def span_of(readings: Sequence[Reading]) -> Span:
    """Lay an issue's contacts along time."""
    return Span(
        frozenset(r.owner.identity_id for r in readings),
        tuple((r.start, max(r.start, r.end.at)) for r in readings),
        frozenset().union(*(r.named for r in readings)),
    )


def attach(
    events: Iterable[Event], spans: Mapping[str, Span], people: People, policy: JourneyPolicy
) -> dict[str, list[Event]]:
    """Give each event to one issue at most.

    Among the issues of the event's identity that it falls into (from ``lookback_days``
    before the first contact to ``repeat_window_hours`` after the last), one that names
    a reference of the event comes first, then the one with the nearest contact.
    An event of something shared is given by its reference alone.

    Parameters
    ----------
    events : iterable of Event
        In any order.
    spans : mapping of str to Span
        Issue id to where it lies.
    people : People
        Whose events they are.
    policy : JourneyPolicy
        How far an issue reaches.

    Returns
    -------
    dict of str to list of Event
        Issue id to its events, in order of time.
    """
    found: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda e: (e.at, e.id)):
        chosen = _choose(event, spans, people, policy)
        if chosen is not None:
            found.setdefault(chosen, []).append(event)
    return found


def _choose(
    event: Event, spans: Mapping[str, Span], people: People, policy: JourneyPolicy
) -> str | None:
    homes = [people.home[i] for i in sorted(set(event.identifiers), key=lambda i: RANK[i.kind])]
    own = [home for home in homes if home not in people.shared][:1]
    near = {*homes, *(r for home in homes for r in people.relatives(home))}
    named = _event_references(event)
    best: tuple[bool, float, str] | None = None
    for issue_id, span in spans.items():
        same = bool(named & span.named)
        known = span.identity_ids & near if same else span.identity_ids & set(own)
        distance = _distance(event, span, policy)
        if known and distance is not None:
            rank = (not same, distance, issue_id)
            best = min(best, rank) if best else rank
    return best[2] if best else None


def _event_references(event: Event) -> frozenset[str]:
    texts = [str(value) for value in event.properties.values() if isinstance(value, str | int)]
    plain = {re.sub(r"[^A-Z\d]", "", text.upper()) for text in texts if re.search(r"\d", text)}
    return frozenset(plain | {code for text in texts for code in references(text)})


def _distance(event: Event, span: Span, policy: JourneyPolicy) -> float | None:
    """Give the seconds from an event to the nearest contact; None outside the span."""
    first, last = min(span.contacts)[0], max(end for _, end in span.contacts)
    after = timedelta(hours=policy.repeat_window_hours)
    if not first - timedelta(days=policy.lookback_days) <= event.at <= last + after:
        return None
    looks_back = event.name in _AFTER
    return min(
        (
            max((start - event.at), (event.at - end), timedelta()).total_seconds()
            for start, end in span.contacts
            if not looks_back or start <= event.at
        ),
        default=None,
    )
