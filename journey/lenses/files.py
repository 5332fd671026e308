"""What lenses say, as flat tables for other tools."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from journey.lenses.lens import Told

ROWS = pa.schema(
    [
        ("lens", pa.string()),
        ("key", pa.string()),
        ("label", pa.string()),
        ("journeys", pa.int64()),
        ("cover", pa.float64()),
        ("known", pa.int64()),
        ("hits", pa.int64()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("lift", pa.float64()),
        ("clear", pa.bool_()),
        ("few", pa.bool_()),
        ("mean", pa.float64()),
        ("mean_low", pa.float64()),
        ("mean_high", pa.float64()),
        ("median", pa.float64()),
        ("p90", pa.float64()),
        ("examples", pa.string()),
    ]
)


def table(told: Sequence[Told]) -> pa.Table:
    """Give one row for each row of each lens; example ids are joined by a space."""
    rows = [
        {"lens": one.name, **row.model_dump(), "examples": " ".join(row.examples)}
        for one in told
        for row in one.rows
    ]
    return pa.Table.from_pylist(rows, schema=ROWS)


def write(told: Sequence[Told], folder: Path) -> list[Path]:
    """Write ``lenses.parquet`` and ``lenses.csv`` into a folder that exists."""
    held = table(told)
    parquet.write_table(held, folder / "lenses.parquet")
    arrow_csv.write_csv(held, folder / "lenses.csv")
    return [folder / "lenses.parquet", folder / "lenses.csv"]
