"""Time to value and retention, where events carry them."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

import ibis
import numpy as np
import yaml
from ibis.expr.types import Table

from journey.kpis.form import Milestone
from journey.kpis.kpis import duration
from journey.kpis.survival import curve
from journey.measures.ask import Ask
from journey.measures.prepared import one

_FILE = Path(__file__).with_name("milestones.yaml")
NAMES = ("time_to_value", "retention")


@cache
def events() -> dict[str, dict[str, list[str]]]:
    """Read which events start and end which clock."""
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded


def milestone(
    name: str,
    steps: Table,
    journeys: Table,
    ask: Ask,
    start: Sequence[str] = (),
    end: Sequence[str] = (),
) -> Milestone:
    """Measure the time of people from one event to another, those taken in who still wait.

    Parameters
    ----------
    name : str
        ``time_to_value`` or ``retention``.
    steps, journeys : Table
        Of the mart. Only events on journeys are seen there.
    start, end : sequence of str
        Names of events; those of ``milestones.yaml`` by default.
    """
    first, last = (list(start) or events()[name]["start"], list(end) or events()[name]["end"])
    clock = _clock(steps, journeys, first, last, ask.as_of.replace(tzinfo=None))
    rows = clock.to_pyarrow()
    seen = _seen(steps, [*first, *last])
    begun, ended = ([n for n in names if n in seen] for names in (first, last))
    found = None
    if rows.num_rows and ended:
        lasted = np.maximum(np.asarray(rows["seconds"].to_pylist(), float), 0.0)
        came = np.asarray(rows["done"].to_pylist()) == 1
        found = duration(curve(lasted, came))
    return Milestone(
        name=name,
        start=tuple(begun),
        end=tuple(ended),
        people=rows.num_rows,
        duration=found,
        why=_why(begun, ended, first, last),
    )


def _clock(
    steps: Table, journeys: Table, first: Sequence[str], last: Sequence[str], now: datetime
) -> Table:
    """Give each person with a start the seconds until the end, or until now."""
    whose = journeys.select(of_id="journey_id", person="identity_id")
    of_events = steps.filter((steps.kind == "event") & steps.activity.isin([*first, *last]))
    seen = of_events.join(whose, of_events.case_id == whose.of_id)
    seen = seen.filter(seen.person.notnull())
    nothing = ibis.null("timestamp")
    begun = seen.activity.isin(list(first)).ifelse(seen["at"], nothing)
    starts = seen.group_by("person").agg(begun=begun.min())
    starts = starts.filter(starts.begun.notnull() & (starts.begun <= ibis.literal(now)))
    ends = seen.filter(seen.activity.isin(list(last))).select(ending="person", ended="at")
    both = starts.left_join(
        ends,
        [starts.person == ends.ending, ends.ended >= starts.begun, ends.ended <= ibis.literal(now)],
    )
    by = both.group_by("person", "begun").agg(ended=lambda t: t.ended.min())
    until = by.ended.coalesce(ibis.literal(now)).epoch_seconds()
    return by.select(
        "person",
        seconds=(until - by.begun.epoch_seconds()).cast("float64"),
        done=one(by.ended.notnull()),
    )


def _seen(steps: Table, names: Sequence[str]) -> set[str]:
    there = steps.filter((steps.kind == "event") & steps.activity.isin(list(names)))
    return set(there.select("activity").distinct().to_pyarrow()["activity"].to_pylist())


def _why(
    begun: Sequence[str], ended: Sequence[str], first: Sequence[str], last: Sequence[str]
) -> str:
    if not begun:
        return f"no event on any journey starts the clock; looked for: {', '.join(first)}"
    if not ended:
        return f"no event on any journey ends it; looked for: {', '.join(last)}"
    told = f"from {' or '.join(begun)} to {' or '.join(ended)}".replace("_", " ")
    return f"{told}, for people whose events stand on a journey with a contact"
