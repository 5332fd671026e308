"""Whether signals are better kept in a table a month: ``python -m eval.partitions``.

Rows of the shape and the indexes of ``signals`` go into one table, into one that is cut by month,
and into one that is cut by month with a table of its own for the ids, which a unique key that
holds the month cannot guard. Measured: adding rows, reading the signals of one conversation,
taking a month away, and the size of the indexes.
"""

import argparse
import time
from typing import LiteralString

import psycopg
from psycopg import Connection, sql
from rich.console import Console

from eval.context_scale import PAGE, SERVER
from eval.results import table, write_section
from storage.database import Database

TITLE = "Signals in a table a month, or in one"
NAME = "throughline_partitions"
MONTHS = 12
SIGNALS_EACH = 20
"""Of a conversation."""
LOOKS = 400
ERASED = 5_000
"""Rows that one transaction takes away."""
SHAPES = ("one", "months", "months_with_ids")
ROWS = """
INSERT INTO {into} SELECT 'sig_' || substr(md5(n::text), 1, 24),
  'cnv_' || substr(md5((n / {each})::text), 1, 24), 'conversation',
  'cnv_' || substr(md5((n / {each})::text), 1, 24), 'intent', 'label_' || n % 200, 0.9, NULL,
  '[{{"turn": 0, "start": 0, "end": 40}}]', false, NULL, 'customer', 1.0, 'general@1',
  'general-heads@3f2a9c0d', 'txt_' || substr(md5('t' || n), 1, 24), 'machine', '{{}}',
  timestamptz '2026-01-01' + make_interval(months => {month}, secs => n % 2000000), n % 20, true
FROM generate_series({first}::bigint, {last}::bigint) n
"""
IDS = """
INSERT INTO ids SELECT 'sig_' || substr(md5(n::text), 1, 24),
  timestamptz '2026-01-01' + make_interval(months => {month})
FROM generate_series({first}::bigint, {last}::bigint) n ON CONFLICT DO NOTHING
"""


def make(connection: Connection) -> None:
    """Make the three shapes, empty, with the keys and indexes of ``signals``."""
    indexes = connection.execute(
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = 'signals'::regclass AND NOT indisprimary"
    ).fetchall()
    _run(connection, "CREATE TABLE one (LIKE signals INCLUDING STATISTICS, PRIMARY KEY (id))")
    for shape in SHAPES[1:]:
        _run(
            connection,
            "CREATE TABLE {} (LIKE signals, PRIMARY KEY (id, made_at)) "
            "PARTITION BY RANGE (made_at)",
            shape,
        )
        for month in range(MONTHS + 1):
            query = (
                "CREATE TABLE {}_{} PARTITION OF {} FOR VALUES FROM (timestamptz '2026-01-01' + "
                "interval '{} months') TO (timestamptz '2026-01-01' + interval '{} months')"
            )
            connection.execute(query.format(shape, month, shape, month, month + 1).encode())
    _run(connection, "CREATE TABLE ids (id varchar PRIMARY KEY, made_at timestamptz NOT NULL)")
    for shape in SHAPES:
        for (definition,) in indexes:
            wanted = definition.replace("INDEX ix_signals", f"INDEX ix_{shape}")
            connection.execute(wanted.replace("public.signals", shape).encode())


def add(connection: Connection, shape: str, month: int, rows: int) -> float:
    """Add the rows of a month; give the seconds."""
    first = month * rows
    parts = {"each": SIGNALS_EACH, "month": month, "first": first, "last": first + rows - 1}
    begun = time.perf_counter()
    with connection.transaction():
        connection.execute(ROWS.format(into=shape, **parts).encode())
        if shape == "months_with_ids":
            connection.execute(IDS.format(**parts).encode())
    return time.perf_counter() - begun


def look(connection: Connection, shape: str, rows: int) -> float:
    """Read the signals of conversations one by one; give the milliseconds of one."""
    query = sql.SQL(
        "SELECT * FROM {} WHERE conversation_id = 'cnv_' || substr(md5(%s::text), 1, 24)"
    ).format(sql.Identifier(shape))
    taken = 0.0
    for turn in range(LOOKS):
        number = turn * 7919 % (MONTHS * rows // SIGNALS_EACH)
        begun = time.perf_counter()
        found = connection.execute(query, [number]).fetchall()
        taken += time.perf_counter() - begun
        assert len(found) == SIGNALS_EACH
    return 1000 * taken / LOOKS


def clear(connection: Connection, shape: str) -> float:
    """Take the first month away and make its room usable again; give the seconds."""
    begun = time.perf_counter()
    if shape != "one":
        _run(connection, "DROP TABLE {}", f"{shape}_0")
    for emptied in {"one": ["one"], "months_with_ids": ["ids"]}.get(shape, []):
        query = sql.SQL(
            "DELETE FROM {0} WHERE id IN (SELECT id FROM {0} "
            "WHERE made_at < timestamptz '2026-02-01' LIMIT {1})"
        ).format(sql.Identifier(emptied), ERASED)
        while connection.execute(query).rowcount:
            pass
        _run(connection, "VACUUM {}", emptied)
    return time.perf_counter() - begun


def indexes_mb(connection: Connection, shape: str) -> float:
    """Give the size of the indexes, and of the table of ids where there is one."""
    found = connection.execute(
        "SELECT sum(pg_indexes_size(oid)) FROM pg_class WHERE relkind = 'r' AND "
        "(relname = %s OR relname ~ %s)",
        [shape, rf"^{shape}_\d+$"],
    ).fetchone()
    ids = connection.execute("SELECT pg_total_relation_size('ids')").fetchone()
    assert found is not None
    assert ids is not None
    return float(found[0] + (ids[0] if shape == "months_with_ids" else 0)) / 1e6


def main() -> None:
    """Measure and write the figures down."""
    parser = argparse.ArgumentParser(description="Compare ways to keep signals.")
    parser.add_argument("--server", default=SERVER, help="where a database may be made")
    parser.add_argument("--rows", type=int, default=100_000, help="of a month")
    arguments = parser.parse_args()
    with psycopg.connect(f"{arguments.server}/postgres", autocommit=True) as server:
        _run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", NAME)
        _run(server, "CREATE DATABASE {}", NAME)
        database = Database(f"{arguments.server}/{NAME}")
        database.upgrade()
        database.dispose()
        with psycopg.connect(f"{arguments.server}/{NAME}", autocommit=True) as connection:
            figures = compare(connection, arguments.rows)
        _run(server, "DROP DATABASE {} WITH (FORCE)", NAME)
    data = f"{MONTHS} months with {arguments.rows:,} signals each, beside other work."
    write_section(TITLE, f"python -m eval.partitions --rows {arguments.rows}", data, figures, PAGE)
    Console().print(figures, markup=False, highlight=False, soft_wrap=True)


def compare(connection: Connection, rows: int) -> str:
    """Measure every shape; give a Markdown table."""
    make(connection)
    # In turns, so that what else runs on the machine hits all alike.
    for month in range(MONTHS - 1):
        for shape in SHAPES:
            add(connection, shape, month, rows)
    added = {shape: rows / add(connection, shape, MONTHS - 1, rows) for shape in SHAPES}
    connection.execute("VACUUM ANALYZE")
    looked: dict[str, list[float]] = {shape: [] for shape in SHAPES}
    for _ in range(3):
        for shape in SHAPES:
            looked[shape].append(look(connection, shape, rows))
    sizes = {shape: indexes_mb(connection, shape) for shape in SHAPES}
    cleared = {shape: clear(connection, shape) for shape in SHAPES}
    head = ("shape", "rows added a second", "one conversation's signals", "indexes", "a month away")
    lines = [
        (
            shape.replace("_", " "),
            f"{added[shape]:,.0f}",
            f"{min(looked[shape][1:]):.2f} ms",
            f"{sizes[shape]:,.0f} MB",
            f"{cleared[shape]:.2f} s",
        )
        for shape in SHAPES
    ]
    return table(head, lines)


def _run(connection: Connection, statement: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


if __name__ == "__main__":
    main()
