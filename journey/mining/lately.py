"""What has followed each activity lately: processes drift, and yesterday tells of today."""

from collections.abc import Container, Mapping, Sequence

import numpy as np

from journey.mining.log import LogEvent
from journey.mining.markov import Floats

FADE = 0.985
"""Weight of a move after one more move from the same activity: about the last 65 count."""

Place = tuple[str, int]
"""Case and place of an event in it, from 0."""


def lately(
    traces: Sequence[tuple[str, Sequence[LogEvent]]],
    names: Mapping[str, int],
    counted: Container[str] | None = None,
) -> dict[Place, Floats]:
    """Give for each event the shares of what followed its activity in other cases until then.

    Only moves that were complete at the time of the event are counted, in whichever case; the
    end of a case is not a move, for nobody knows at that time that nothing more will come.

    Parameters
    ----------
    traces : sequence of (case, events in order)
        All cases that can be seen, those in question too.
    names : mapping of str to int
        Codes of the activities, k of them; others are left out.
    counted : container of str, optional
        Cases whose moves are counted; all by default.

    Returns
    -------
    dict
        Shape (k,) for each event with a known activity; sums to 1, or is 0 before any move.
    """
    size = len(names)
    fading = np.zeros((size, size))
    found: dict[Place, Floats] = {}
    for _, kind, place, source, target in _happenings(traces, names):
        if kind == 1 and counted is not None and place[0] not in counted:
            continue
        if kind == 0:
            total = fading[source].sum()
            found[place] = fading[source] / total if total else fading[source].copy()
        else:
            fading[source] *= FADE
            fading[source, target] += 1.0
    return found


def latest(traces: Sequence[tuple[str, Sequence[LogEvent]]], names: Mapping[str, int]) -> Floats:
    """Give the shares of what has followed each activity until the last event, shape (k, k)."""
    fading = np.zeros((len(names), len(names)))
    for _, kind, _, source, target in _happenings(traces, names):
        if kind == 1:
            fading[source] *= FADE
            fading[source, target] += 1.0
    total = fading.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(fading, total, out=np.zeros_like(fading), where=total > 0))


def _happenings(
    traces: Sequence[tuple[str, Sequence[LogEvent]]], names: Mapping[str, int]
) -> list[tuple[float, int, Place, int, int]]:
    """List what happens in order of time; questions come before what happens at that moment."""
    found = []
    for case, events in traces:
        codes = [names.get(event.activity, -1) for event in events]
        times = [event.at.timestamp() for event in events]
        for place, (code, time) in enumerate(zip(codes, times, strict=True)):
            if code < 0:
                continue
            found.append((time, 0, (case, place), code, code))
            if place + 1 < len(codes) and codes[place + 1] >= 0:
                found.append((times[place + 1], 1, (case, place), code, codes[place + 1]))
    return sorted(found)
