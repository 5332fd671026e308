"""The path of each case as an array of codes: the one costly step of mining, made cheap.

Numbering events by a window sorts the whole log. Here the time and the code of an event are packed
into one integer, and only the few integers of each case are sorted. Cases with two events at the
same moment, whose order the integer cannot tell, are numbered by a window; so is a log whose times
and codes do not fit into 63 bits.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, timedelta

from ibis.expr.types import Table

from journey.mining.paths import MICRO, WIDTH, coded, micros, steps

MICROSECOND = timedelta(microseconds=1)
ROOM = 1 << 62
Keep = Callable[[str, Table], Table]
"""Computes a table once and gives it back under a name; what it gives may be lazy."""


def sequences(events: Table, names: Sequence[str], keep: Keep) -> Table:
    """Give the path of each case, the same on every engine.

    Parameters
    ----------
    events : Table
        As told in `journey.mining.paths`.
    names : sequence of str
        All activities; the code of one is its place in here.
    keep : callable
        Where the engine can, computes a table once: it is read up to three times.

    Returns
    -------
    Table
        ``case_id``, ``path`` (array of codes, in order of time, then of the source).
    """
    width = 1 << max(len(names) - 1, 1).bit_length()
    span = events.agg(first=events["at"].min(), last=events["at"].max()).to_pyarrow().to_pylist()[0]
    if span["first"] is None or span["last"] - span["first"] > ROOM // width * MICROSECOND:
        return numbered(events, names)
    origin = int(span["first"].replace(tzinfo=UTC).timestamp()) * MICRO
    rows = coded(events, names)
    key = (micros(rows["at"]) - origin) * width + rows.code
    packed = keep("packed", rows.group_by("case_id").agg(keys=key.collect().sort()))
    moments = packed["keys"].map(lambda key: key // width).unique().length()
    tied = keep("tied", packed.filter(moments < packed["keys"].length()).select("case_id"))
    plain = packed.select("case_id", path=packed["keys"].map(lambda key: key % width))
    if not tied.count().to_pyarrow().as_py():
        return plain
    slow = numbered(events.semi_join(tied, "case_id"), names)
    return plain.anti_join(tied, "case_id").union(slow)


def numbered(events: Table, names: Sequence[str]) -> Table:
    """Give the path of each case by numbering its events, whatever their times.

    The path is collected in any order and then sorted by position, because not every engine
    can order inside an aggregate.

    Returns
    -------
    Table
        As `sequences`.
    """
    placed = steps(events, names)
    keyed = placed.select("case_id", key=placed.position * WIDTH + placed.code)
    keys = keyed.group_by("case_id").agg(keys=keyed.key.collect().sort())
    return keys.select("case_id", path=keys["keys"].map(lambda key: key % WIDTH))
