"""The engines on which the same expressions must give the same numbers."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urlsplit

import ibis
import pyarrow as pa
import pytest
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from journey.mining.load import ARROW, embedded
from journey.mining.paths import EVENTS

Row = tuple[str, str, datetime]


def as_arrow(rows: list[Row]) -> pa.Table:
    cases, names, times = zip(*rows, strict=True)
    return pa.table([cases, names, times, range(len(rows))], schema=ARROW)


@contextmanager
def engine(name: str, request: pytest.FixtureRequest) -> Iterator[BaseBackend]:
    if name == "duckdb":
        with embedded(threads=1) as connection:
            yield connection
    elif name == "postgresql":
        parts = urlsplit(request.getfixturevalue("postgresql_url"))
        connection = ibis.postgres.connect(
            host=parts.hostname, port=parts.port, user=parts.username, database=parts.path[1:]
        )
        yield connection
        connection.disconnect()
    else:
        yield request.getfixturevalue("spark")


def put(connection: BaseBackend, rows: list[Row]) -> Table:
    """Make a table of its own for each test."""
    name = f"events_{uuid.uuid4().hex}"
    if connection.name == "pyspark":
        return connection.create_view(name, ibis.memtable(as_arrow(rows)))
    connection.create_table(name, schema=EVENTS, temp=True)
    connection.insert(name, as_arrow(rows))
    return connection.table(name)
