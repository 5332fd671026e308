"""Which journeys stand in which row of a lens: all that a lens says is counted from this.

A table of members has ``key`` (the row), ``case_id`` (a journey), ``hit`` (1, 0, or null where it
is not known: what the lens asks of that journey) and ``value`` (a measure, or null). A lens gives
its members as an Ibis expression, so that counting and opening read the same rows.
"""

from collections.abc import Sequence

import ibis
from ibis.expr.types import Table

from journey.lenses.walk import BAD, Looked
from journey.lenses.words import STEP
from journey.mining.paths import MICRO, micros

NONE = "float64"
FUNNEL = ("contact", "status:solved", "rating", "outcome:satisfied")
BEFORE_S = 48 * 3_600
"""A search this long before a contact is taken as an attempt to do without it."""


def drop_offs(seen: Looked) -> Table:
    """Ask of each step a journey came to: was it the last, with nothing solved."""
    last = seen.walk.group_by("case_id").agg(last=lambda t: t.place.max())
    came = seen.walk.group_by("case_id", "activity").agg(place=lambda t: t.place.max())
    held = came.join(last, "case_id").join(_outcome(seen), "case_id")
    lost = ((held.place == held.last) & held.ending.isin(BAD)).ifelse(1, 0)
    known = held.ending != "open"
    return _members(held, held.activity, known.ifelse(lost, ibis.null("int64")))


def paths(seen: Looked) -> Table:
    """Ask of each two or three steps in a row: did the journey go badly."""
    order = {"group_by": "case_id", "order_by": "place"}
    after = seen.walk.mutate(
        second=seen.walk.activity.lead().over(**order),
        third=seen.walk.activity.lead(2).over(**order),
    )
    two = after.filter(after.second.notnull())
    three = after.filter(after.third.notnull())
    rows = two.select("case_id", key=two.activity + STEP + two.second).union(
        three.select("case_id", key=three.activity + STEP + three.second + STEP + three.third)
    )
    return _asked(rows.distinct(), seen)


def effort(seen: Looked) -> Table:
    """Measure effort by need and first channel."""
    held = seen.journeys
    key = held.need.fill_null("need not told") + ", by " + held.first_channel.fill_null("event")
    return _members(held, key, held.bad, held.effort.cast(NONE))


def funnel(seen: Looked, stages: Sequence[str] = FUNNEL) -> Table:
    """Ask of journeys at one stage whether they came to the next, and measure how long it took.

    Parameters
    ----------
    stages : sequence of str
        Activities, or kinds such as ``contact``, in order; others may lie between them.
    """
    held = seen.steps
    at = seen.journeys.select("case_id", stamp=seen.journeys.opened_at, row=ibis.literal(-1))
    found = []
    for number, stage in enumerate(stages, start=1):
        here = held.filter((held.activity == stage) | (held.kind == stage))
        here = here.select(here_case=here.case_id, here_at=here["at"], here_row=here.row)
        later = at.join(here, [at.case_id == here.here_case, here.here_row > at.row])
        first = later.group_by("case_id").agg(came=lambda t: t.here_row.min())
        placed = first.join(
            here, [first.case_id == here.here_case, first.came == here.here_row]
        ).select(arrived=first.case_id, stamp_there=here.here_at, row_there=here.here_row)
        both = at.left_join(placed, at.case_id == placed.arrived)
        took = (micros(both.stamp_there) - micros(both.stamp)).cast(NONE) / MICRO
        key = ibis.literal(f"{number}{STEP}{stage}")
        found.append(_members(both, key, both.arrived.notnull().ifelse(1, 0), took))
        at = placed.select(case_id=placed.arrived, stamp=placed.stamp_there, row=placed.row_there)
    return ibis.union(*found) if len(found) > 1 else found[0]


def variants(seen: Looked) -> Table:
    """Ask of each whole path: did the journey go badly."""
    placed = seen.walk.place.cast("string").lpad(8, "0") + seen.walk.activity
    rows = seen.walk.select("case_id", part=placed).group_by("case_id")
    collected = rows.agg(parts=lambda t: t.part.collect().sort())
    named = collected.parts.map(lambda part: part.substr(8))
    return _asked(collected.select("case_id", key=named.join(STEP)), seen)


def waits(seen: Looked) -> Table:
    """Measure the time from each step to the next, in seconds."""
    order = {"group_by": "case_id", "order_by": "place"}
    after = seen.walk.mutate(
        second=seen.walk.activity.lead().over(**order), until=seen.walk["at"].lead().over(**order)
    )
    after = after.filter(after.second.notnull())
    took = (micros(after.until) - micros(after["at"])).cast(NONE) / MICRO
    rows = after.select("case_id", key=after.activity + STEP + after.second, value=took)
    return _asked(rows, seen)


def back_tracks(seen: Looked) -> Table:
    """Ask of each step a journey came to: did it come back there after something else."""
    order = {"group_by": "case_id", "order_by": "place"}
    before = seen.walk.activity.lag().over(**order)
    marked = seen.walk.mutate(begins=(before != seen.walk.activity).fill_null(True).ifelse(1, 0))
    runs = marked.group_by("case_id", "activity").agg(runs=lambda t: t.begins.sum())
    return _members(runs, runs.activity, (runs.runs > 1).ifelse(1, 0))


def channel_switches(seen: Looked) -> Table:
    """Ask of each change of channel between contacts: did the journey go badly."""
    talks = seen.walk.filter(seen.walk.kind == "contact")
    after = talks.mutate(then=talks.channel.lead().over(group_by="case_id", order_by="place"))
    moved = after.filter(after.then.notnull() & (after.then != after.channel))
    rows = moved.select("case_id", key=moved.channel + STEP + moved.then)
    return _asked(rows.distinct(), seen)


def handovers(seen: Looked) -> Table:
    """Ask of journeys by how often they were passed on: did they go badly."""
    order = {"group_by": "case_id", "order_by": "place"}
    talks = seen.walk.filter(seen.walk.kind == "contact")
    window = talks.mutate(then=talks.channel.lead().over(**order))
    later = window.mutate(third=talks.channel.lead(2).over(**order))
    returned = later.filter((later.third == later.channel) & (later.then != later.channel))
    ping = returned.select(
        "case_id", key=ibis.literal("ping-pong: back on a channel they had left")
    )
    handed = seen.walk.filter(seen.walk.kind == "handover")
    counted = handed.group_by("case_id").agg(times=lambda t: t.count())
    every = seen.journeys.select("case_id").left_join(counted, "case_id")
    times = every.times.fill_null(0)
    told = ibis.cases(
        (times == 0, "never passed on"), (times == 1, "passed on once"), else_="passed on again"
    )
    return _asked(every.select("case_id", key=told).union(ping.distinct()), seen)


def self_service(seen: Looked, attempts: Sequence[str]) -> Table:
    """Measure how soon a contact followed an attempt without one, and ask how that went.

    Parameters
    ----------
    attempts : sequence of str
        Activities by which customers help themselves.
    """
    talks = seen.walk.filter(seen.walk.kind == "contact")
    talks = talks.select(talk_case=talks.case_id, talk_at=talks["at"], talk_place=talks.place)
    tried = seen.walk.filter(seen.walk.activity.isin(list(attempts)))
    after = tried.join(talks, [tried.case_id == talks.talk_case, talks.talk_place > tried.place])
    took = (micros(after.talk_at) - micros(after["at"])).cast(NONE) / MICRO
    rows = after.select("case_id", key=after.activity, value=took)
    rows = rows.filter(rows.value <= BEFORE_S).group_by("key", "case_id")
    return _asked(rows.agg(value=lambda t: t.value.min()), seen)


def _outcome(seen: Looked) -> Table:
    return seen.journeys.select("case_id", "ending", "bad")


def _asked(rows: Table, seen: Looked) -> Table:
    """Ask of each row whether its journey went badly."""
    held = rows.join(_outcome(seen), "case_id")
    return _members(held, held.key, held.bad, held.value if "value" in rows.columns else None)


def _members(
    rows: Table, key: ibis.Value, hit: ibis.Value, value: ibis.Value | None = None
) -> Table:
    return rows.select(
        key=key.cast("string"),
        case_id=rows.case_id,
        hit=hit.cast("int64"),
        value=ibis.null(NONE) if value is None else value.cast(NONE),
    )
