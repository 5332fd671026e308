"""Opens the analysis mart: an embedded engine, filled from the database for one job."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyarrow as pa
from ibis.backends import BaseBackend
from ibis.expr.schema import Schema
from ibis.expr.types import Table
from sqlalchemy.orm import Session

from journey import mart
from journey.mining.load import embedded
from journey.rollup import MOOD_INTENTS
from storage import event_aliases
from storage import mart as stored
from storage import mart_events as stored_events
from storage.database import Database
from storage.mart import Wanted

Read = Callable[[Session, Wanted, pa.Schema], Iterator[pa.RecordBatch]]


@contextmanager
def open_mart(
    database: Database,
    wanted: Wanted | None = None,
    memory: str = "2GB",
    threads: int | None = None,
    *,
    events: bool = False,
) -> Iterator[mart.Mart]:
    """Load contacts, steps and journeys into DuckDB; all is gone when the block ends.

    The three are read in one transaction, so they agree with each other. The engine keeps what
    does not fit into ``memory`` in a folder that is removed.

    Parameters
    ----------
    wanted : Wanted, optional
        Period, brand, channel and window of repeat contact; everything by default.
    memory : str
        Ceiling of the engine's memory, such as ``2GB``.
    threads : int, optional
        All cores by default.
    events : bool
        Load all events too, those of customers who were never in contact among them.
    """
    with embedded(memory, threads) as connection, database.reading() as session:
        names = {"moods": MOOD_INTENTS, "names": event_aliases.confirmed(session)}
        chosen = (wanted or Wanted()).model_copy(update=names)

        def load(name: str, schema: Schema, read: Read) -> Table:
            return _filled(connection, name, schema, read(session, chosen, schema.to_pyarrow()))

        contacts = load("contacts", mart.CONTACTS, stored.contacts)
        steps = load("steps", mart.STEPS, stored.steps)
        journeys = load("journeys", mart.JOURNEYS, stored.journeys)
        others = load("events", mart.EVENTS, stored_events.events) if events else None
        session.rollback()  # nothing more is read: a long analysis must not hold old rows
        yield mart.Mart(connection, contacts, steps, journeys, others)


def _filled(
    connection: BaseBackend, name: str, schema: Schema, batches: Iterator[pa.RecordBatch]
) -> Table:
    connection.create_table(name, schema=schema, temp=True)
    for batch in batches:
        connection.insert(name, pa.Table.from_batches([batch]))
    return connection.table(name)
