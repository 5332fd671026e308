"""The file of the analysis mart: written whole from the database, edited, and written anew.

Nobody else may read it meanwhile; ``workers.kept_mart`` decides who reads which file.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlalchemy.orm import Session

from journey.mart import KEPT, NAMED_BY
from journey.rollup import MOOD_INTENTS
from storage import analytics
from storage import mart as stored
from storage import mart_events as events
from storage.tables import ConversationRow, EventRow, JourneyRow

MEMORY = "1GB"
Progress = Callable[[int, int], None]
"""Is told how much is read, and of how much."""
READ_BY = {
    "contacts": ConversationRow,
    "journeys": JourneyRow,
    "steps": JourneyRow,
    "events": EventRow,
}
"""What is read page by page to fill a table; the others take little time."""


def silent(_done: int, _total: int) -> None:
    """Tell nobody."""


def fill(session: Session, path: Path, progress: Progress = silent) -> None:
    """Write everything that the database holds into a new file."""
    sizes = {name: stored.size(session, row) for name, row in READ_BY.items()}
    done, total = 0, sum(sizes.values())
    progress(done, total)
    with opened(path) as engine:
        for name, schema in KEPT.items():
            engine.execute(f"CREATE TABLE {name} ({_columns(name)})")
            left = sizes.get(name, 0)
            for batch in _read(session, name, schema.to_pyarrow(), None):
                _insert(engine, name, [batch])
                page = min(left, stored.PAGE)
                done, left = done + page, left - page
                progress(done, total)


def replace(engine: duckdb.DuckDBPyConnection, session: Session, changed: Sequence[str]) -> bool:
    """Put what the database holds of some subjects in the place of what was kept of them.

    Returns
    -------
    bool
        Whether a contact or an event went.
    """
    ids = {*changed, *_events_of(engine, session, [s for s in changed if s.startswith("idn_")])}
    engine.register("changed", pa.table({"id": sorted(ids)}))
    gone = False
    for name, schema in KEPT.items():
        before = _keys(engine, name)
        changed_rows = f"FROM {name} WHERE {NAMED_BY[name]} IN (SELECT id FROM changed)"  # noqa: S608 - our names
        engine.execute(f"DELETE {changed_rows}")
        subjects = sorted(id_ for id_ in ids if id_.startswith(PREFIXES[name]))
        _insert(engine, name, _read(session, name, schema.to_pyarrow(), subjects))
        # New ones must not hide that others went: it is not enough to count.
        gone |= name in ("contacts", "events") and bool(before - _keys(engine, name))
    return gone


def _keys(engine: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    """Give the ids among the changed ones that name rows of a table."""
    key = NAMED_BY[name]
    query = f"SELECT DISTINCT {key} FROM {name} WHERE {key} IN (SELECT id FROM changed)"  # noqa: S608 - our names
    return {id_ for (id_,) in engine.execute(query).fetchall()}


PREFIXES = {
    "contacts": ("cnv_",),
    "journeys": ("jny_",),
    "steps": ("jny_",),
    "repeats": ("cnv_", "jny_"),
    "events": ("evt_",),
    "cues": ("cnv_",),
}
"""How the ids begin that name the rows of a kept table."""


def _events_of(
    engine: duckdb.DuckDBPyConnection, session: Session, identities: Sequence[str]
) -> set[str]:
    """Find the events that were, or are now, of some identities."""
    if not identities:
        return set()
    engine.register("identities", pa.table({"id": identities}))
    query = "SELECT event_id FROM events WHERE identity_id IN (SELECT id FROM identities)"
    before = {id_ for (id_,) in engine.execute(query).fetchall()}
    return before | events.of_identities(session, identities)


def _read(
    session: Session, name: str, schema: pa.Schema, ids: Sequence[str] | None
) -> Iterator[pa.RecordBatch]:
    if name == "contacts":
        return stored.contacts(session, schema, ids, MOOD_INTENTS)
    readers = {
        "journeys": stored.journeys,
        "steps": stored.steps,
        "repeats": stored.repeats,
        "events": events.events,
        "cues": analytics.cues,
    }
    return readers[name](session, schema, ids)


def _insert(
    engine: duckdb.DuckDBPyConnection, name: str, batches: Iterable[pa.RecordBatch]
) -> None:
    for batch in batches:
        engine.register("batch", pa.Table.from_batches([batch]))
        engine.execute(f"INSERT INTO {name} SELECT * FROM batch")  # noqa: S608 - our names


def _columns(name: str) -> str:
    types = {"string": "VARCHAR", "int64": "BIGINT", "float64": "DOUBLE", "timestamp": "TIMESTAMP"}
    types |= {"array<string>": "VARCHAR[]"}
    return ", ".join(
        f'"{c}" {types[str(t).lstrip("!").split("(")[0]]}' for c, t in KEPT[name].items()
    )


def compact(path: Path) -> None:
    """Write a file anew, so that nothing is left of deleted rows."""
    new = path.with_suffix(".new")
    with opened(new) as engine:
        engine.execute(f"ATTACH '{path}' AS before (READ_ONLY)")
        engine.execute(f'COPY FROM DATABASE before TO "{new.stem}"')
        engine.execute("DETACH before")
    new.replace(path)


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a file of one's own; it is whole, without a log beside it, when the block ends."""
    engine = duckdb.connect(path, config={"memory_limit": MEMORY})
    try:
        yield engine
        engine.execute("CHECKPOINT")
    finally:
        engine.close()
