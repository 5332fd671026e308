"""Rows of the embedded engine as they come, without holding all of them."""

from collections.abc import Iterator
from typing import Any

from ibis.expr.types import Table

ROWS = 50_000


def rows_of(table: Table, rows: int = ROWS) -> Iterator[dict[str, Any]]:
    """Give the rows of an expression one by one; ask its engine nothing else meanwhile.

    Parameters
    ----------
    table : Table
        Of DuckDB.
    rows : int
        That are taken from the engine at once.
    """
    engine = table.get_backend()
    # The same through ibis (``to_pyarrow_batches``) calls DuckDB by a name that it has no more.
    for batch in engine.con.sql(engine.compile(table)).to_arrow_reader(rows):
        yield from batch.to_pylist()
