"""Follows, transitions and variants as ``throughline mine`` counts them."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb

from journey.mining import paths
from journey.mining.load import embedded, load
from journey.mining.log import Keys
from journey.mining.mine import move_of, read_variants, tally

VERSION = f"duckdb {duckdb.__version__}"
_open = ExitStack()


def read(path: Path) -> Any:  # noqa: ANN401
    """Read the log into the engine, checked."""
    connection = _open.enter_context(embedded())
    events, quality = load(connection, path, Keys())
    return connection, events, quality.events


def mine(log: Any) -> Any:  # noqa: ANN401
    """Give moves with count and probability, and variants with count, as tables."""
    connection, events, size = log
    names = paths.activities(events)
    counted = tally(connection, events, names, size)
    return paths.transitions(paths.directly_follows(counted)).to_pyarrow(), counted, names


def told(found: Any) -> Any:  # noqa: ANN401
    """Give what was found as plain rows, to be held against the other way."""
    table, counted, names = found
    moves = [move_of(row, names) for row in table.to_pylist()]
    rows = [(m.source, m.target, m.count, m.probability) for m in moves]
    return rows, [(variant.path, variant.count) for variant in read_variants(counted, names)]
