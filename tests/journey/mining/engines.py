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
ENGINES = (
    "duckdb",
    pytest.param("postgresql", marks=pytest.mark.services),
    pytest.param("spark", marks=[pytest.mark.slow, pytest.mark.filterwarnings("ignore")]),
)
QUIET = [
    # Spark leaves sockets to the garbage collector, in whichever test that runs.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]
SPARK = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # A handful of rows: to compile each query, or to run it in parallel, costs more than it saves.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


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


def start_spark() -> Iterator[BaseBackend]:
    sql = pytest.importorskip("pyspark.sql", reason="see make test-spark")
    builder = sql.SparkSession.builder.master("local[1]")
    for key, value in SPARK.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield ibis.pyspark.connect(session)
    session.stop()


def put(connection: BaseBackend, rows: list[Row]) -> Table:
    """Make a table of its own for each test."""
    return hold(connection, "events", as_arrow(rows), EVENTS)


def hold(connection: BaseBackend, name: str, rows: pa.Table, schema: ibis.Schema) -> Table:
    """Make a table under a name of its own, for as long as the connection is there."""
    unlike = f"{name}_{uuid.uuid4().hex}"
    if connection.name == "pyspark":
        return connection.create_view(unlike, ibis.memtable(rows, schema=schema))
    connection.create_table(unlike, schema=schema, temp=True)
    connection.insert(unlike, rows)
    return connection.table(unlike)
