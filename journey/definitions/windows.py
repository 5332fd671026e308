"""Where each journey of a definition begins and how it closes: one pass over starts and ends."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

LAST = 2**62
"""A place behind every step."""


class How(StrEnum):
    """How a journey closed."""

    ENDED = "ended"
    LEFT = "left"
    """Its time-out passed without the end."""
    OPEN = "open"
    """Its time-out has not passed yet: neither ended nor left."""


class Edge(NamedTuple):
    """A step that may open or close a journey."""

    case_id: str
    place: int
    at: datetime
    starts: bool
    ends: bool


@dataclass(frozen=True, slots=True)
class Window:
    """One journey: from one place of its case to another."""

    journey: str
    """The case; with ``#2``, ``#3`` … where it is not the case's first."""
    case_id: str
    first_place: int
    last_place: int
    opened_at: datetime
    closed_at: datetime
    """When it ended; else when the time-out passes."""
    how: How


def windows(
    edges: Iterable[Edge], timeout: timedelta, as_of: datetime, *, once: bool
) -> Iterator[Window]:
    """Cut cases into journeys.

    A start inside a journey goes on with it; the end is a later step than the start. What comes
    after an end or a time-out belongs to no journey, until the next start.

    Parameters
    ----------
    edges : iterable of Edge
        Those that start or end, in order of case and place.
    timeout : timedelta
        Counted from the start.
    as_of : datetime
        Up to when things are known; without zone, UTC, like the times of the edges.
    once : bool
        One journey a case at most.
    """
    for case_id, group in groupby(edges, key=attrgetter("case_id")):
        for number, window in enumerate(_of_case(list(group), timeout, as_of), start=1):
            name = case_id if number == 1 else f"{case_id}#{number}"
            yield Window(name, case_id, *window)
            if once:
                break


def _of_case(
    edges: list[Edge], timeout: timedelta, as_of: datetime
) -> Iterator[tuple[int, int, datetime, datetime, How]]:
    after = -1
    while (start := next((e for e in edges if e.starts and e.place > after), None)) is not None:
        closes = start.at + timeout
        later = (e for e in edges if e.ends and e.place > start.place and e.at <= closes)
        end = next(later, None)
        if end is not None:
            after = end.place
            yield start.place, end.place, start.at, end.at, How.ENDED
            continue
        yield start.place, LAST, start.at, closes, How.LEFT if closes <= as_of else How.OPEN
        after = next((e.place - 1 for e in edges if e.place > start.place and e.at > closes), LAST)
