"""Reads an event log from CSV: the engine reads it in parallel, we say what it may not guess."""

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

import ibis
from ibis.backends import BaseBackend
from ibis.expr.types import StringValue, Table

from journey.mining.log import Broken, Keys, Quality

CASES = ("case:concept:name", "case_id", "case", "Case ID", "CaseID", "caseid")
ACTIVITIES = ("concept:name", "activity", "Activity", "event", "event_name")
TIMES = ("time:timestamp", "timestamp", "time", "at", "Timestamp", "Complete Timestamp")
ZONE = r":\d{2}(\.\d+)?\s*(Z|z|UTC|GMT|[+-]\d{2}(:?\d{2})?)$"
"""How a time ends that names its zone."""
BUFFER = 4 << 20
"""Bytes that each thread reads at once: twice the longest line. By itself it would take 32 MB."""
CHECKS = (
    ("case_id", "the case has no id"),
    ("activity", "the event has no activity"),
    ("at", "no time in ISO 8601, such as 2026-03-01T09:30:00+01:00"),
)


class MissingColumnError(ValueError):
    """The file lacks a column that holds case, activity or time."""


def read_csv(
    connection: BaseBackend, path: Path, keys: Keys, fields: Sequence[str] = ()
) -> tuple[Table, Quality]:
    """Read a CSV into a table ``events``.

    Parameters
    ----------
    connection : ibis DuckDB backend
    path : Path
        With a header; comma, semicolon, tab or bar between columns; double quotes; UTF-8.
    keys : Keys
        Which columns hold case, activity and time.
    fields : sequence of str
        Further columns to keep, as ``field 0``, ``field 1`` and so on.

    Raises
    ------
    MissingColumnError
        If there is no such column; names those that are there.
    """
    delimiter, columns = _header(path)
    raw = connection.read_csv(
        path,
        auto_detect=False,
        columns=dict.fromkeys(columns, "VARCHAR"),
        header=True,
        delim=delimiter,
        quote='"',
        escape='"',
        buffer_size=BUFFER,
        ignore_errors=True,
        store_rejects=True,
    )
    case, parts, time = choose(raw, path, keys)
    more = further(raw, path, fields)
    read = connection.create_table("read", _columns(raw, case, parts, time, more), temp=True)
    good = read.filter(read.case_id.notnull() & read.activity.notnull() & read["at"].notnull())
    # Not copied once more: all columns that are read again lie beside each other.
    kept = good.select("case_id", "activity", "at", "row", *more)
    return kept, _quality(connection, read, good)


def choose(raw: Table, path: Path, keys: Keys) -> tuple[str, list[str], str]:
    """Give the columns that hold case, activity (one or several) and time.

    Raises
    ------
    MissingColumnError
        If there is no such column; names those that are there.
    """
    case = keys.case or _first(CASES, raw.columns)
    activity = keys.activity or _first(ACTIVITIES, raw.columns)
    time = keys.time or _first(TIMES, raw.columns)
    parts = [activity] if activity in raw.columns else activity.split("+")
    for column in (case, *parts, time):
        if column not in raw.columns:
            known = ", ".join(raw.columns)
            raise MissingColumnError(f"{path.name} has no column {column!r}; it has: {known}")
    return case, parts, time


def further(raw: Table, path: Path, fields: Sequence[str]) -> dict[str, StringValue]:
    """Give further columns as text, by their names in the table of events.

    Raises
    ------
    MissingColumnError
        If there is no such column.
    """
    for field in fields:
        if field not in raw.columns:
            raise MissingColumnError(f"{path.name} has no column {field!r}")
    return {f"field {place}": raw[name].cast("string") for place, name in enumerate(fields)}


def _columns(
    raw: Table, case: str, parts: list[str], time: str, more: dict[str, StringValue]
) -> Table:
    at = raw[time].try_cast("timestamp('UTC')").cast("timestamp")
    activity = join([raw[part].nullif("") for part in parts])
    return raw.select(
        case_id=raw[case].nullif(""),
        activity=activity,
        at=at,
        row=ibis.row_number(),
        # Most times end in Z; only the others need the slower look.
        zoned=raw[time].endswith("Z").ifelse(True, raw[time].re_search(ZONE)),
        **more,
    )


def join(parts: list[StringValue]) -> StringValue:
    """Make one activity of several columns."""
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "+" + part
    return joined


def _header(path: Path) -> tuple[str, list[str]]:
    """Find the mark between columns and their names, which must not repeat."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        head = file.readline(1 << 20).decode("utf-8-sig", "replace")
    delimiter = max(",;\t|", key=head.count)
    names = next(csv.reader([head], delimiter=delimiter), [])
    numbered = [name or f"column {place}" for place, name in enumerate(names, start=1)]
    if len(set(map(str.casefold, numbered))) < len(numbered):
        raise MissingColumnError(f"{path.name}: two columns have the same name")
    return delimiter, numbered


def _first(names: tuple[str, ...], columns: tuple[str, ...]) -> str:
    return next((name for name in names if name in columns), names[0])


def _quality(connection: BaseBackend, read: Table, good: Table) -> Quality:
    quality = Quality()
    counts = good.agg(events=good.count(), bare=(~good.zoned).sum().coalesce(0)).to_pyarrow()
    quality.events = counts["events"][0].as_py()
    quality.without_zone = counts["bare"][0].as_py()
    for line, kind in connection.raw_sql(
        "SELECT line, min(error_type::varchar) FROM reject_errors GROUP BY line ORDER BY line"
    ).fetchall():
        quality.add_broken(Broken(f"line {line}", None, str(kind).lower()))
    for field, reason in CHECKS:
        bad = read.filter(read[field].isnull()).select("row").order_by("row")
        rows = bad.limit(quality.keep).to_pyarrow()["row"].to_pylist()
        for row in rows:
            quality.add_broken(Broken(f"record {row + 1}", field, reason))
        quality.broken += bad.count().to_pyarrow().as_py() - len(rows)
    return quality
