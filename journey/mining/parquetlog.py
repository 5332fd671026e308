"""Reads an event log from Parquet: the engine scans the file again and again, it is not copied."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import ibis
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from journey.mining.csvlog import CHECKS, MissingColumnError, choose, further, join
from journey.mining.log import Broken, Keys, Quality


def read_parquet(
    connection: BaseBackend, path: Path, keys: Keys, fields: Sequence[str] = ()
) -> tuple[Table, Quality]:
    """Read a Parquet file as a table ``events``; a log larger than memory is fine.

    Parameters
    ----------
    connection : ibis DuckDB backend
    path : Path
        Its time is a timestamp, with or without zone; one without is taken as UTC.
    keys : Keys
        Which columns hold case, activity and time.
    fields : sequence of str
        Further columns to keep, as ``field 0``, ``field 1`` and so on.

    Raises
    ------
    MissingColumnError
        If there is no such column, or the time is none.
    """
    try:
        raw = connection.read_parquet(path)
    except duckdb.Error as error:
        raise MissingColumnError(f"{path.name} is no Parquet file, or is torn") from error
    case, parts, time = choose(raw, path, keys)
    if not raw[time].type().is_timestamp():
        raise MissingColumnError(f"{path.name}: the column {time!r} holds no timestamps")
    read = raw.select(
        case_id=raw[case].cast("string").nullif(""),
        activity=join([raw[part].cast("string").nullif("") for part in parts]),
        at=raw[time].cast("timestamp"),
        row=ibis.row_number(),
        **further(raw, path, fields),
    )
    good = read.filter(read.case_id.notnull() & read.activity.notnull() & read["at"].notnull())
    quality = Quality()
    held = read.agg(
        every=read.count(),
        **{field: read[field].isnull().sum().coalesce(0) for field, _ in CHECKS},
    ).to_pyarrow()
    counts = {name: held[name][0].as_py() for name in held.column_names}
    quality.events = good.count().to_pyarrow().as_py()
    if raw[time].type().timezone is None:
        quality.without_zone = counts["every"] - counts["at"]
    for field, reason in CHECKS:
        if counts[field]:
            quality.add_broken(Broken(f"{counts[field]:,} records", field, reason))
    quality.broken = counts["every"] - quality.events
    return good, quality
