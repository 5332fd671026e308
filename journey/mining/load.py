"""Brings a log into a table of the engine that mines it."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from journey.mining.csvlog import read_csv
from journey.mining.log import Broken, Keys, LogEvent, Quality
from journey.mining.parquetlog import read_parquet
from journey.mining.paths import EVENTS
from journey.mining.xes import read_xes

BATCH = 50_000
ARROW = pa.schema(
    [
        ("case_id", pa.string()),
        ("activity", pa.string()),
        ("at", pa.timestamp("us")),
        ("row", pa.int64()),
    ]
)


class UnknownFormatError(ValueError):
    """The file is neither XES nor CSV by its name."""


@contextmanager
def embedded(memory: str = "4GB", threads: int | None = None) -> Iterator[BaseBackend]:
    """Open DuckDB for one job: in memory, what does not fit goes to a folder that is removed.

    Parameters
    ----------
    memory : str
        Ceiling of the engine's memory, such as ``4GB``.
    threads : int, optional
        All cores by default.
    """
    with tempfile.TemporaryDirectory(prefix="throughline-mine-") as spill:
        settings: dict[str, Any] = {"memory_limit": memory, "temp_directory": spill}
        if threads:
            settings["threads"] = threads
        connection = ibis.duckdb.connect(**settings)
        connection.raw_sql("SET TimeZone = 'UTC'")
        try:
            yield connection
        finally:
            connection.disconnect()


def load(
    connection: BaseBackend, path: Path, keys: Keys, fields: Sequence[str] = ()
) -> tuple[Table, Quality]:
    """Read a log into a table ``events``.

    Parameters
    ----------
    connection : ibis DuckDB backend
    path : Path
        ``.xes``, ``.xes.gz``, ``.csv``, ``.csv.gz``, ``.tsv``, ``.txt`` or ``.parquet``.
    keys : Keys
        Which fields hold case, activity and time.
    fields : sequence of str
        Further columns of a table to keep, as ``field 0`` and so on; of XES none is kept here.

    Raises
    ------
    UnknownFormatError
        If the name of the file ends in none of these.
    MissingColumnError
        If a CSV or Parquet file has no such column.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if is_xes(path):
        quality = Quality()
        return insert(connection, "events", read_xes(path, keys), quality), quality
    if {".csv", ".tsv", ".txt"} & set(suffixes[-2:]):
        return read_csv(connection, path, keys, fields)
    if ".parquet" in suffixes[-1:]:
        return read_parquet(connection, path, keys, fields)
    known = ".xes, .xes.gz, .csv, .csv.gz, .tsv, .txt or .parquet"
    raise UnknownFormatError(f"{path.name}: expected {known}")


def is_xes(path: Path) -> bool:
    """Tell by its name whether a file holds XES."""
    return ".xes" in [suffix.lower() for suffix in path.suffixes][-2:]


def insert(
    connection: BaseBackend,
    name: str,
    items: Iterable[LogEvent | Broken],
    quality: Quality,
) -> Table:
    """Write events into a new temporary table, batch by batch; broken ones are counted."""
    connection.create_table(name, schema=EVENTS, temp=True)
    for batch in _batches(items, quality):
        connection.insert(name, batch)
    return connection.table(name)


def _batches(items: Iterable[LogEvent | Broken], quality: Quality) -> Iterator[pa.Table]:
    source = iter(items)
    row = 0
    while chunk := list(islice(source, BATCH)):
        for item in chunk:
            quality.add(item)
        events = [item for item in chunk if isinstance(item, LogEvent)]
        yield pa.table(
            {
                "case_id": [event.case_id for event in events],
                "activity": [event.activity for event in events],
                "at": [event.at.replace(tzinfo=None) for event in events],
                "row": range(row, row + len(events)),
            },
            schema=ARROW,
        )
        row += len(events)
