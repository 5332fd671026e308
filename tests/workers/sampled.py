"""The sample's tuning exports in a database, read by the tagger that needs no model."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import delete

from ingest.options import ReadOptions
from storage.database import Database
from storage.tables import Base
from tests.workers.tiny_tagger import TinyTagger
from workers.intake import import_paths
from workers.pipeline import Pipeline, drain

EXPORTS = Path(__file__).parent.parent.parent / "samples" / "exports" / "tuning"


@contextmanager
def filled(url: str) -> Iterator[Database]:
    """Open a database with nothing but the sample in it: ingested, tagged and built."""
    database = Database(url)
    database.upgrade()
    empty(database)
    import_paths(database, [EXPORTS], ReadOptions())
    drain(Pipeline(database=database, tagger=TinyTagger()))
    yield database
    empty(database)
    database.dispose()


def empty(database: Database) -> None:
    """Take every row out."""
    with database.session() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
