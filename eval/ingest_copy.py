"""How fast records go into PostgreSQL, beside plain COPY of the same rows.

``python -m eval.ingest_copy --megabytes 60`` imports invented mails with ``throughline ingest
--no-tag``, reads the rows that this made, and copies the same rows into a second database with
the same keys and indexes, table by table, in one process and one transaction: the least that any
program that writes these rows could take.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql
from rich.console import Console

from eval.context_scale import PAGE, SERVER
from eval.ingest import MB, Written, write_mails
from eval.results import table, write_section
from eval.scale_fill import connect
from storage.database import Database

TITLE = "Ingest into PostgreSQL beside plain COPY"
NAMES = ("throughline_ingest", "throughline_copy")
TABLES = ("jobs", "conversations", "turns", "sightings", "work_items", "job_items")


@dataclass(frozen=True)
class Taken:
    """What a way took."""

    seconds: float
    processor: float
    """Seconds of the importing process itself, the server's not counted."""
    rows: int


def ingest(database: Database, path: Path) -> Taken:
    """Import a file in a process of its own."""
    url = database.url.render_as_string(hide_password=False)
    environment = {k: v for k, v in os.environ.items() if k != "THROUGHLINE_BROKER_URL"}
    begun = time.monotonic()
    child = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "cli", "ingest", str(path), "--no-tag", "--json"],
        env=environment | {"THROUGHLINE_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"the import ended with exit code {child.returncode}")
    with connect(database) as connection:
        rows = sum(
            connection.execute(
                sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(t))
            ).fetchall()[0][0]
            for t in TABLES
        )
    return Taken(time.monotonic() - begun, usage.ru_utime + usage.ru_stime, rows)


def copy(source: Database, target: Database) -> Taken:
    """Copy the rows of one database into another."""
    with connect(source) as connection:
        held = {}
        for name in TABLES:
            with connection.cursor().copy(f"COPY {name} TO STDOUT".encode()) as out:
                held[name] = b"".join(bytes(part) for part in out)
    begun, used, rows = time.monotonic(), time.process_time(), 0
    with connect(target) as connection, connection.transaction():
        for name, data in held.items():
            with connection.cursor() as cursor:
                with cursor.copy(f"COPY {name} FROM STDIN".encode()) as into:
                    into.write(data)
                rows += cursor.rowcount
    return Taken(time.monotonic() - begun, time.process_time() - used, rows)


@contextmanager
def databases(server: str) -> Iterator[list[Database]]:
    """Make two new databases; drop them in the end."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        names = [sql.Identifier(name) for name in NAMES]
        for name in names:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        made = [Database(f"{server}/{name}") for name in NAMES]
        for database in made:
            database.upgrade()
        yield made
        for database, name in zip(made, names, strict=True):
            database.dispose()
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def told(written: Written, ours: Taken, plain: Taken) -> str:
    """Write the figures as Markdown."""
    head = ("way", "records", "rows", "time", "records/s", "MB/s", "its own processor time")
    rows = [
        (
            name,
            f"{written.records:,}",
            f"{taken.rows:,}",
            f"{taken.seconds:.1f} s",
            f"{written.records / taken.seconds:,.0f}",
            f"{written.size / MB / taken.seconds:.1f}",
            f"{taken.processor:.1f} s",
        )
        for name, taken in (("`throughline ingest`", ours), ("plain COPY", plain))
    ]
    return f"{table(head, rows)}\n\nRatio of the times: {ours.seconds / plain.seconds:.1f}."


def main() -> None:
    """Measure one size and write the figures down."""
    parser = argparse.ArgumentParser(description="Compare the import with plain COPY.")
    parser.add_argument("--server", default=SERVER, help="where databases may be made")
    parser.add_argument("--megabytes", type=int, default=60, help="size of the file")
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="throughline-ingest-") as folder:
        path = Path(folder) / "mails.jsonl"
        written = write_mails(path, arguments.megabytes * MB)
        with databases(arguments.server) as (first, second):
            ours = ingest(first, path)
            plain = copy(first, second)
    if ours.rows != plain.rows:
        raise RuntimeError(f"{ours.rows} rows were imported and {plain.rows} copied")
    figures = told(written, ours, plain)
    data = (
        "Canonical JSON lines with invented mails of 1 to 4 kB, two to five in a record. The "
        "import's time runs from the start of its process to its end: loading Python, reading, "
        "checking, cleaning and merging included. COPY gets the finished rows from memory."
    )
    command = f"python -m eval.ingest_copy --megabytes {arguments.megabytes}"
    write_section(TITLE, command, data, figures, PAGE)
    Console().print(figures, markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
