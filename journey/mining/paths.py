"""Paths of a log as Ibis expressions: the same on DuckDB, PostgreSQL and Spark.

An event table has the columns ``case_id`` (string), ``activity`` (string), ``at`` (timestamp
without zone, UTC) and ``row`` (int64, the place in the source). Inside a case, events are ordered
by time and, where times are equal, by their place in the source; neither is ever null, so the
null order of an engine does not matter. Integers stay far inside 64 bits and the only division
is by a count that is never zero, so Spark's ANSI mode changes nothing either.
"""

from collections.abc import Sequence

import ibis
from ibis.expr.types import Table

START = "(start)"
END = "(end)"
WIDTH = 1 << 20
"""More than any log has kinds of activity: position x WIDTH + code fits 64 bits."""

EVENTS = ibis.schema(
    {"case_id": "!string", "activity": "!string", "at": "!timestamp", "row": "!int64"}
)


def activities(events: Table) -> list[str]:
    """Give the names of all activities, in the order of their code points.

    Sorted here and not by the engine, whose collation may differ.
    """
    return sorted(events.select("activity").distinct().to_pyarrow()["activity"].to_pylist())


def steps(events: Table, names: Sequence[str]) -> Table:
    """Number the events of each case and put the next one beside each.

    Parameters
    ----------
    events : Table
        Columns as told at the head of this module.
    names : sequence of str
        All activities; the code of one is its place in here.

    Returns
    -------
    Table
        ``case_id``, ``position`` (from 0), ``code``, ``next_code`` (null at the last event).
    """
    table = ibis.memtable(
        {"activity": list(names), "code": range(len(names))},
        schema={"activity": "string", "code": "int64"},
    )
    coded = events.join(table, "activity")
    order = {"group_by": "case_id", "order_by": ["at", "row"]}
    return coded.select(
        "case_id",
        "code",
        position=ibis.row_number().over(**order),
        next_code=coded.code.lead().over(**order),
    )


def directly_follows(steps: Table) -> Table:
    """Count which activity follows which.

    Returns
    -------
    Table
        ``source``, ``target`` (codes; source is null where a case starts, target where it ends),
        ``count``.
    """
    moves = steps.group_by(source="code", target="next_code").agg(count=lambda t: t.count())
    starts = (
        steps.filter(steps.position == 0)
        .group_by(target="code")
        .agg(count=lambda t: t.count())
        .select(source=ibis.null("int64"), target="target", count="count")
    )
    return moves.union(starts)


def transitions(follows: Table) -> Table:
    """Turn counts into probabilities: of all that follows a source, the end among it.

    Returns
    -------
    Table
        The columns of ``follows`` and ``probability`` in (0, 1], which sums to 1 over a source.
    """
    total = follows["count"].sum().over(group_by="source")
    return follows.mutate(probability=follows["count"].cast("float64") / total.cast("float64"))


def variants(steps: Table) -> Table:
    """Count the cases that took exactly the same path.

    The path is collected in any order and then sorted by position, because not every engine
    can order inside an aggregate.

    Returns
    -------
    Table
        ``path`` (array of position x WIDTH + code, in order), ``count``, ``example`` (a case).
    """
    keyed = steps.select("case_id", key=steps.position * WIDTH + steps.code)
    paths = keyed.group_by("case_id").agg(path=keyed.key.collect().sort())
    return paths.group_by("path").agg(count=lambda t: t.count(), example=lambda t: t.case_id.min())


def waits(events: Table) -> Table:
    """Measure the time from each event to the next.

    Returns
    -------
    Table
        ``source``, ``target`` (names), ``count``, ``median_s``: seconds, half of the cases waited
        no longer.
    """
    order = {"group_by": "case_id", "order_by": ["at", "row"]}
    seconds = events["at"].epoch_seconds()
    moves = events.select(
        source="activity",
        target=events.activity.lead().over(**order),
        wait_s=(seconds.lead().over(**order) - seconds),
    )
    moves = moves.filter(moves.target.notnull())
    return moves.group_by("source", "target").agg(
        count=moves.count(), median_s=moves.wait_s.median()
    )


def doubled(events: Table) -> Table:
    """Count the events that say the same of the same case at the same time as another.

    Returns
    -------
    Table
        One row, ``doubled``: how many could be left out.
    """
    same = events.group_by("case_id", "activity", "at").agg(times=lambda t: t.count())
    return same.agg(doubled=(same.times - 1).sum().coalesce(0))


def reordered(events: Table) -> Table:
    """Count the events that stand after a later event of their case in the source.

    Returns
    -------
    Table
        One row, ``reordered``.
    """
    before = events["at"].lag().over(group_by="case_id", order_by="row")
    late = events.select(late=(events["at"] < before).ifelse(1, 0))
    return late.agg(reordered=late.late.sum().coalesce(0))
