"""``throughline export``: flat tables for analysis elsewhere."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet
import typer
from typer import Option

from cli.console import output, progress
from cli.open import open_database
from settings import Settings
from storage.export import TABLES, batches

app = typer.Typer(add_completion=False)


class FileFormat(StrEnum):
    """What the tables are written as."""

    PARQUET = "parquet"
    CSV = "csv"


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where the files go; made when missing")],
    format: Annotated[  # noqa: A002 - the word people type
        list[FileFormat] | None, Option(help="parquet, csv; both when not given")
    ] = None,
    texts: Annotated[bool, Option("--texts", help="Add the redacted text of turns")] = False,
) -> None:
    """Write conversations, turns, signals, journeys, their contacts and outcomes: a file each.

    Times are UTC. Identifiers of customers and original texts are never written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = open_database(Settings())
    formats = format or list(FileFormat)
    with progress("exporting", len(TABLES) * len(formats)) as bar:
        for table in TABLES:
            for kind in formats:
                with database.reading() as session:
                    path = folder / f"{table}.{kind}"
                    rows = _write(path, kind, batches(session, table, texts=texts))
                output.print(f"{path}  {rows:,} rows", soft_wrap=True)
                bar.advance()
    database.dispose()


def _write(path: Path, kind: FileFormat, parts: Iterator[pa.RecordBatch]) -> int:
    first = next(parts)
    rows = 0
    writer = (
        parquet.ParquetWriter(path, first.schema)
        if kind is FileFormat.PARQUET
        else arrow_csv.CSVWriter(path, first.schema)
    )
    with writer:
        for batch in parts:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows
