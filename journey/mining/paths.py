"""Paths of a log as Ibis expressions: the same on DuckDB, PostgreSQL and Spark.

An event table has the columns ``case_id`` (string), ``activity`` (string), ``at`` (timestamp
without zone, UTC) and ``row`` (int64, the place in the source). Inside a case, events are ordered
by time and, where times are equal, by their place in the source; neither is ever null, so the
null order of an engine does not matter. Integers stay far inside 64 bits and the only division
is by a count that is never zero, so Spark's ANSI mode changes nothing either.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa
from ibis.expr.types import IntegerColumn, Table, TimestampColumn

START = "(start)"
END = "(end)"
WIDTH = 1 << 20
"""More than any log has kinds of activity: position x WIDTH + code fits 64 bits."""
MICRO = 1_000_000

EVENTS = ibis.schema(
    {"case_id": "!string", "activity": "!string", "at": "!timestamp", "row": "!int64"}
)


def activities(events: Table) -> list[str]:
    """Give the names of all activities, in the order of their code points.

    Sorted here and not by the engine, whose collation may differ.
    """
    return sorted(events.select("activity").distinct().to_pyarrow()["activity"].to_pylist())


def coded(events: Table, names: Sequence[str]) -> Table:
    """Put the code of its activity beside each event: its place in ``names``."""
    codes = pa.array(range(len(names)), pa.int64())
    table = ibis.memtable(pa.table({"activity": pa.array(names, pa.string()), "code": codes}))
    return events.join(table, "activity")


def steps(events: Table, names: Sequence[str]) -> Table:
    """Number the events of each case.

    Parameters
    ----------
    events : Table
        Columns as told at the head of this module.
    names : sequence of str
        All activities; the code of one is its place in here.

    Returns
    -------
    Table
        ``case_id``, ``position`` (from 0), ``code``.
    """
    order = {"group_by": "case_id", "order_by": ["at", "row"]}
    return coded(events, names).select("case_id", "code", position=ibis.row_number().over(**order))


def variants(sequences: Table) -> Table:
    """Count the cases that took exactly the same path.

    Parameters
    ----------
    sequences : Table
        ``case_id``, ``path``: from `journey.mining.sequences`.

    Returns
    -------
    Table
        ``path`` (array of codes, in order), ``count``, ``example`` (a case).
    """
    return sequences.group_by("path").agg(
        count=lambda t: t.count(), example=lambda t: t.case_id.min()
    )


def summed(variants: Table) -> Table:
    """Add up the variants that were counted in parts."""
    return variants.group_by("path").agg(
        count=lambda t: t["count"].sum().cast("int64"), example=lambda t: t.example.min()
    )


def directly_follows(variants: Table) -> Table:
    """Count which activity follows which, from the paths: there are fewer of them than cases.

    Returns
    -------
    Table
        ``source``, ``target`` (codes; source is null where a case starts, target where it ends),
        ``count``.
    """
    place = ibis.range(variants.path.length()).unnest()
    placed = variants.select("path", "count", place=place)
    last = placed.place + 1 == placed.path.length()
    none = ibis.null("int64")
    moves = placed.select(
        "count",
        source=placed.path[placed.place],
        target=last.ifelse(none, placed.path[last.ifelse(0, placed.place + 1)]),
    )
    starts = variants.select("count", source=none, target=variants.path[0])
    every = moves.select("source", "target", "count").union(
        starts.select("source", "target", "count")
    )
    return every.group_by("source", "target").agg(count=lambda t: t["count"].sum().cast("int64"))


def transitions(follows: Table) -> Table:
    """Turn counts into probabilities: of all that follows a source, the end among it.

    Returns
    -------
    Table
        The columns of ``follows`` and ``probability`` in (0, 1], which sums to 1 over a source.
    """
    total = follows["count"].sum().over(group_by="source")
    return follows.mutate(probability=follows["count"].cast("float64") / total.cast("float64"))


def waits(events: Table) -> Table:
    """Measure the time from each event to the next.

    Returns
    -------
    Table
        ``source``, ``target`` (names), ``count``, ``median_s``: seconds, half of the cases waited
        no longer.
    """
    order = {"group_by": "case_id", "order_by": ["at", "row"]}
    moment = micros(events["at"])
    moves = events.select(
        source="activity",
        target=events.activity.lead().over(**order),
        wait=(moment.lead().over(**order) - moment),
    )
    moves = moves.filter(moves.target.notnull())
    return moves.group_by("source", "target").agg(
        count=moves.count(), median_s=moves.wait.median() / MICRO
    )


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def epoch_us(at: dt.timestamp) -> dt.int64:
    """Give microseconds since 1970, as DuckDB calls it."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def unix_micros(at: dt.timestamp) -> dt.int64:
    """Give microseconds since 1970, as Spark calls it."""


def micros(at: TimestampColumn) -> IntegerColumn:
    """Give microseconds since 1970; exact, for no engine makes a float of them."""
    own = {"duckdb": epoch_us, "pyspark": unix_micros}.get(at.get_backend().name)
    if own is not None:
        return own(at)
    seconds = at.truncate("s").epoch_seconds().cast("int64")
    return seconds * MICRO + at.microsecond().cast("int64")


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
