"""Opens the analysis mart: kept tables, narrowed to what one analysis asks for."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from journey import mart
from journey.mart import Mart, Wanted, narrowed
from journey.mining.load import embedded
from storage import event_aliases
from storage.database import Database
from workers import mart_file
from workers.kept_mart import Keeper

TRIES = 5
log = logging.getLogger(__name__)


@contextmanager
def open_mart(
    database: Database,
    wanted: Wanted | None = None,
    memory: str = "2GB",
    threads: int | None = None,
) -> Iterator[Mart]:
    """Open contacts, steps, journeys and events as they stand now.

    They are read from the kept tables of the database, brought up to date before; where too much
    changes for that, they are of a moment ago (``workers.mart_state.older_at``). Where none are or
    can be kept they are filled for this block alone. All tables are of one moment. The engine
    puts what does not fit into ``memory`` into a folder that is removed.

    Parameters
    ----------
    wanted : Wanted, optional
        Period, brand, channel and window of repeat contact; everything by default.
    memory : str
        Ceiling of the engine's memory, such as ``2GB``.
    threads : int, optional
        All cores by default.
    """
    with database.reading() as session:
        names = event_aliases.confirmed(session)
    with embedded(memory, threads) as connection, _attached(database, connection):
        kept = {name: connection.table(name, database=("kept", "main")) for name in mart.KEPT}
        yield narrowed(connection, kept, wanted or Wanted(), names)


@contextmanager
def _attached(database: Database, connection: Backend) -> Iterator[None]:
    """Let the engine read the kept tables as ``kept``."""
    keeper = Keeper.of(database)
    if keeper is not None and keeper.usable():
        _attach_newest(keeper, connection)
        yield
        return
    if keeper is not None:
        _tell_unusable(keeper.folder)
    with tempfile.TemporaryDirectory(prefix="throughline-mart-") as folder:
        path = Path(folder) / "mart.duckdb"
        with database.reading() as session:
            mart_file.fill(session, path)
        connection.raw_sql(f"ATTACH '{path}' AS kept (READ_ONLY)")
        yield


@cache
def _tell_unusable(folder: Path) -> None:
    """Say once that each analysis reads all anew."""
    log.warning("no tables can be kept in %s: each analysis fills its own", folder)


def _attach_newest(keeper: Keeper, connection: Backend) -> None:
    for attempt in range(1, TRIES + 1):
        path = keeper.newest()
        try:
            connection.raw_sql(f"ATTACH '{path}' AS kept (READ_ONLY)")
            return
        except duckdb.IOException:  # another process has put a newer file in its place just now
            if attempt == TRIES:
                raise
