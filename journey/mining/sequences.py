"""The path of each case as an array of codes: the one costly step of mining, made cheap.

Numbering events by a window sorts the whole log. Here the time of an event, its place in the source
and its code are packed into one integer, and only the few integers of each case are sorted. Where
times are so fine that the three do not fit into 62 bits, the place is left out, and cases with two
events at the same moment are numbered by a window; so is a log where even two do not fit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC

from ibis.expr.types import IntegerColumn, Table

from journey.mining.paths import MICRO, WIDTH, coded, micros, steps

ROOM = 1 << 62
UNITS = (MICRO, 1_000)
"""Coarser units of time, in microseconds, that are looked for."""
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
    span = _span(events)
    if span is None or span.ticks * width * span.unit > ROOM:
        return numbered(events, names)
    rows = coded(events, names)
    moment = micros(rows["at"]) - span.origin
    if span.ticks * span.rows * width <= ROOM:
        place = moment // span.unit * span.rows + rows.row
        return _paths(_packed(rows, place * width + rows.code), width)
    packed = keep("packed", _packed(rows, moment * width + rows.code))
    moments = packed["keys"].map(lambda key: key // width).unique().length()
    tied = keep("tied", packed.filter(moments < packed["keys"].length()).select("case_id"))
    plain = _paths(packed, width)
    if not tied.count().to_pyarrow().as_py():
        return plain
    slow = numbered(events.semi_join(tied, "case_id"), names)
    return plain.anti_join(tied, "case_id").union(slow)


@dataclass(frozen=True)
class _Span:
    origin: int
    """Microseconds since 1970 of the first whole second."""
    unit: int
    """The coarsest unit of time, in microseconds, that tells all times apart."""
    ticks: int
    """So many units from the origin to the last event, and one more."""
    rows: int
    """Places in the source, and one more."""


def _span(events: Table) -> _Span | None:
    moment = micros(events["at"])
    finer = {f"unit_{unit}": (moment % unit).max() for unit in UNITS}
    found = events.agg(
        first=events["at"].min(), last=moment.max(), rows=events.row.max(), **finer
    ).to_pyarrow()
    held = found.to_pylist()[0]
    if held["first"] is None:
        return None
    origin = int(held["first"].replace(tzinfo=UTC).timestamp() // 1) * MICRO
    unit = next((unit for unit in UNITS if not held[f"unit_{unit}"]), 1)
    return _Span(origin, unit, (held["last"] - origin) // unit + 1, held["rows"] + 1)


def _packed(rows: Table, key: IntegerColumn) -> Table:
    return rows.group_by("case_id").agg(keys=key.collect().sort())


def _paths(packed: Table, width: int) -> Table:
    return packed.select("case_id", path=packed["keys"].map(lambda key: key % width))


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
    return _paths(keys, WIDTH)
