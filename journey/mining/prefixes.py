"""What is known of a case after each of its events, as numbers to learn from."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from journey.mining.lately import Place
from journey.mining.log import LogEvent
from journey.mining.markov import Floats

LAST = 4
"""So many of the last activities are seen one by one; all earlier ones as counts."""
KNOWN = 200
"""So many values of a field are told apart; gradient boosting takes at most 255."""
CLOCK = 6
"""Columns about time: place, since start, since the last two, hour, weekday."""


@dataclass(frozen=True)
class Case:
    """One case, in order of time."""

    case_id: str
    events: tuple[LogEvent, ...]
    ended: bool = True
    """Whether nothing more will come; what follows the last event of an open case is not known."""
    known_at: datetime | None = None
    """When it was known that it has ended, such as after a silence; by itself with its last
    event."""

    @property
    def known_s(self) -> float:
        """Give `known_at` in seconds since 1970."""
        return (self.known_at or self.events[-1].at).timestamp()

    @property
    def seconds(self) -> Floats:
        """Times in seconds since 1970, UTC; shape (events,)."""
        return np.array([event.at.timestamp() for event in self.events])


def cases(events: Iterable[LogEvent]) -> list[Case]:
    """Gather events into cases, in the order in which the cases start."""
    ordered = sorted(events, key=attrgetter("case_id"))
    found = [
        Case(name, tuple(sorted(held, key=attrgetter("at"))))
        for name, held in groupby(ordered, key=attrgetter("case_id"))
    ]
    return sorted(found, key=lambda case: (case.events[0].at, case.case_id))


@dataclass(frozen=True)
class Encoder:
    """Which activities and field values are told apart; learned from training cases only."""

    names: Mapping[str, int]
    fields: Mapping[str, Mapping[str, int]]

    @property
    def size(self) -> int:
        """Number of activities, k; the code k is the end."""
        return len(self.names)

    @property
    def categorical(self) -> NDArray[np.bool_]:
        """Which columns hold codes, shape (columns,)."""
        codes = LAST + len(self.fields)
        return np.arange(codes + 2 * self.size + CLOCK) < codes


def learn(training: Sequence[Case], fields: Sequence[str]) -> Encoder:
    """Learn the codes from training cases.

    Parameters
    ----------
    training : sequence of Case
    fields : sequence of str
        Attributes of events to look at besides the activity.
    """
    names = sorted({event.activity for case in training for event in case.events})
    events = [event for case in training for event in case.events]
    return Encoder(
        names={name: place for place, name in enumerate(names)},
        fields={field: _common(events, field) for field in fields},
    )


def _common(events: Sequence[LogEvent], field: str) -> dict[str, int]:
    seen = Counter(str(event.attributes.get(field)) for event in events)
    return {value: place for place, (value, _) in enumerate(seen.most_common(KNOWN))}


@dataclass(frozen=True)
class Prefixes:
    """Beginnings of cases and what came after."""

    features: Floats
    """Shape (n, columns); codes first, NaN where unknown or not there yet."""
    next: NDArray[np.int64]
    """Shape (n,): code of the next activity, k for the end, -1 for one never seen in training."""
    left_s: Floats
    """Shape (n,): seconds from the last known event to the last of the case."""
    length: NDArray[np.int64]
    """Shape (n,): events known."""
    history: list[list[int]]
    """Codes of the known activities; those never seen are left out."""


def prefixes(
    held: Sequence[Case],
    encoder: Encoder,
    recent: Mapping[Place, Floats],
    until: float = np.inf,
) -> Prefixes:
    """Cut cases into all their beginnings.

    Parameters
    ----------
    held : sequence of Case
    encoder : Encoder
    recent : mapping
        From `journey.mining.lately`, over all cases that could be seen.
    until : float
        Seconds since 1970: a beginning is left out if what came next was not known by then.
    """
    rows, following, left, length, history = [], [], [], [], []
    for case in held:
        codes = [encoder.names.get(event.activity, -1) for event in case.events]
        seconds = case.seconds
        table = _features(case, codes, encoder, recent)
        for place in range(len(codes)):
            last = place + 1 == len(codes)
            if seconds[place if last else place + 1] > until or (last and not case.ended):
                break
            rows.append(table[place])
            following.append(encoder.size if last else codes[place + 1])
            # Of a case still open at that time, how much is left is not known.
            whole = case.ended and seconds[-1] <= until
            left.append(seconds[-1] - seconds[place] if whole else np.nan)
            length.append(place + 1)
            history.append([code for code in codes[: place + 1] if code >= 0])
    return _put(encoder, rows, following, left, length, history)


def standing(held: Sequence[Case], encoder: Encoder, latest: Floats) -> Prefixes:
    """Say how cases stand now: one row each, of what nobody knows yet what comes next.

    Parameters
    ----------
    held : sequence of Case
    encoder : Encoder
    latest : array, shape (k, k)
        From `journey.mining.lately.latest`.
    """
    rows, length, history = [], [], []
    for case in held:
        codes = [encoder.names.get(event.activity, -1) for event in case.events]
        recent = {(case.case_id, len(codes) - 1): latest[codes[-1]]} if codes[-1] >= 0 else {}
        rows.append(_features(case, codes, encoder, recent)[-1])
        length.append(len(codes))
        history.append([code for code in codes if code >= 0])
    return _put(encoder, rows, [-1] * len(rows), [np.nan] * len(rows), length, history)


def _put(
    encoder: Encoder,
    rows: list[Floats],
    following: list[int],
    left: list[float],
    length: list[int],
    history: list[list[int]],
) -> Prefixes:
    features = np.array(rows).reshape(len(rows), len(encoder.categorical))
    whole = np.array(following, dtype=np.int64), np.array(left, dtype=float)
    return Prefixes(features, *whole, np.array(length, dtype=np.int64), history)


def _features(
    case: Case, codes: list[int], encoder: Encoder, recent: Mapping[Place, Floats]
) -> Floats:
    size = len(codes)
    last = np.full((size, LAST), np.nan)
    for back in range(LAST):
        last[back:, back] = [code if code >= 0 else np.nan for code in codes[: size - back]]
    fields = [
        [values.get(str(event.attributes.get(field)), np.nan) for event in case.events]
        for field, values in encoder.fields.items()
    ]
    counts = (np.array(codes)[:, None] == np.arange(encoder.size)).cumsum(axis=0)
    none = np.zeros(encoder.size)
    lately = np.array([recent.get((case.case_id, place), none) for place in range(size)])
    columns = [last, *(np.array(field)[:, None] for field in fields), counts, lately, _clock(case)]
    return np.concatenate(columns, axis=1)


def _clock(case: Case) -> Floats:
    seconds = case.seconds
    waits = np.diff(seconds, prepend=seconds[0])
    before = np.concatenate([[np.nan], waits[:-1]])
    hours = [event.at.hour + event.at.minute / 60 for event in case.events]
    weekdays = [event.at.weekday() for event in case.events]
    place = np.arange(1, len(seconds) + 1)
    return np.column_stack([place, seconds - seconds[0], waits, before, hours, weekdays])
