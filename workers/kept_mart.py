"""The analysis mart kept in a file: filled once, then brought up to date by what changed.

All processes of a host share one folder of a database. A file is never changed once others may
read it: a newer one is made beside it and takes its place, and who reads the old one reads on.
What was erased is in no file that is found after ``refresh``: such a file is written anew row by
row, so that nothing stays behind in free blocks.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import duckdb
import pyarrow as pa
from sqlalchemy.orm import Session

from domain.base import Record
from journey.mart import KEPT, NAMED_BY
from journey.rollup import MOOD_INTENTS
from storage import analytics, mart_changes
from storage import mart as stored
from storage import mart_events as events
from storage.database import Database
from storage.mart_changes import WHOLE, Mark

FORMAT = 1
"""Raised when the tables or what stands in them change: older files are made anew."""
ANEW = 20_000
"""Subjects that changed, from which on everything is read anew."""
EDITS = 100
"""Times that a file is brought up to date before it is written anew: deleted rows take room."""
MEMORY = "1GB"
CURRENT = "current.json"


class State(Record):
    """What a file holds; stands in ``current.json`` beside it."""

    format: int
    file: str
    mark: Mark
    edits: int = 0


class Keeper:
    """The kept tables of one database in one folder.

    Parameters
    ----------
    database : Database
    folder : Path
        Made where it is missing, readable to its owner alone.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder

    @classmethod
    def of(cls, database: Database) -> "Keeper | None":
        """Give the keeper of a database; None where nothing is to be kept."""
        if database.mart_dir is None:
            return None
        url = database.url
        if database.sqlite:
            name = str(Path(url.database or "").resolve())
        else:
            name = f"{url.host}:{url.port or 5432}/{url.database}"
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        return cls(database, database.mart_dir / digest)

    def refresh(self) -> Path:
        """Bring the tables up to date and give the file, which holds all that was committed."""
        if (path := self._fresh()) is not None:
            return path
        with self._alone():
            # Whoever waited finds that another process has done it.
            return self._fresh() or self._renew()

    def refresh_kept(self) -> None:
        """Bring the tables up to date if there are any: after an erasure, and now and then."""
        if self._state() is not None:
            self.refresh()

    def _state(self) -> State | None:
        try:
            state = State.model_validate_json((self.folder / CURRENT).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return state if state.format == FORMAT and (self.folder / state.file).exists() else None

    def _fresh(self) -> Path | None:
        state = self._state()
        if state is None:
            return None
        with self.database.reading() as session:
            return self.folder / state.file if mart_changes.fresh(session, state.mark) else None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _renew(self) -> Path:
        before = self._state()
        path = self.folder / f"mart-{token_hex(8)}.duckdb"
        try:
            with self._marked() as (session, mark):
                edits = _edited(session, self.folder, path, before)
                if edits is None:
                    fill(session, path)
            self._put(State(format=FORMAT, file=path.name, mark=mark, edits=edits or 0))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        self._sweep(path)
        return path

    @contextmanager
    def _marked(self) -> Iterator[tuple[Session, Mark]]:
        """Read in one transaction, with a mark of what it sees."""
        while True:
            with self.database.reading() as session:
                mark = mart_changes.look(session)
                if mark is not None:
                    yield session, mark
                    return
            self.database.run(mart_changes.begin)

    def _put(self, state: State) -> None:
        new = self.folder / f"{CURRENT}.new"
        new.write_text(state.model_dump_json(), encoding="utf-8")
        new.replace(self.folder / CURRENT)

    def _sweep(self, path: Path) -> None:
        """Take away all other files; who reads one of them has it open and reads on."""
        for other in self.folder.glob("mart-*"):
            if other.name.split(".")[0] != path.stem:
                other.unlink(missing_ok=True)


def fill(session: Session, path: Path) -> None:
    """Write everything that the database holds into a new file."""
    with _opened(path) as engine:
        for name, schema in KEPT.items():
            engine.execute(f"CREATE TABLE {name} ({_columns(name)})")
            _insert(engine, name, _read(session, name, schema.to_pyarrow(), None))


def _edited(session: Session, folder: Path, path: Path, before: State | None) -> int | None:
    """Make a new file of the one before and what changed; None where all must be read anew."""
    if before is None or not mart_changes.known(session, before.mark):
        return None
    changed = mart_changes.since(session, before.mark)
    if WHOLE in changed or len(changed) > ANEW:
        return None
    shutil.copyfile(folder / before.file, path)
    with _opened(path) as engine:
        erased = _replace(engine, session, changed)
    if not erased and before.edits < EDITS:
        return before.edits + 1
    _compact(path)
    return 0


def _replace(engine: duckdb.DuckDBPyConnection, session: Session, changed: Sequence[str]) -> bool:
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
        key = NAMED_BY[name]
        mine = f"FROM {name} WHERE {key} IN (SELECT id FROM changed)"  # noqa: S608 - our names
        (before,) = engine.execute(f"SELECT count(*) {mine}").fetchone() or (0,)
        engine.execute(f"DELETE {mine}")
        subjects = sorted(id_ for id_ in ids if id_.startswith(PREFIXES[name]))
        rows = _insert(engine, name, _read(session, name, schema.to_pyarrow(), subjects))
        gone |= name in ("contacts", "events") and rows < before
    return gone


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


def _insert(engine: duckdb.DuckDBPyConnection, name: str, batches: Iterator[pa.RecordBatch]) -> int:
    rows = 0
    for batch in batches:
        engine.register("batch", pa.Table.from_batches([batch]))
        engine.execute(f"INSERT INTO {name} SELECT * FROM batch")  # noqa: S608 - our names
        rows += batch.num_rows
    return rows


def _columns(name: str) -> str:
    types = {"string": "VARCHAR", "int64": "BIGINT", "float64": "DOUBLE", "timestamp": "TIMESTAMP"}
    types |= {"array<string>": "VARCHAR[]"}
    return ", ".join(
        f'"{c}" {types[str(t).lstrip("!").split("(")[0]]}' for c, t in KEPT[name].items()
    )


def _compact(path: Path) -> None:
    """Write a file anew, so that nothing is left of deleted rows."""
    new = path.with_suffix(".new")
    with _opened(new) as engine:
        engine.execute(f"ATTACH '{path}' AS before (READ_ONLY)")
        engine.execute(f'COPY FROM DATABASE before TO "{new.stem}"')
        engine.execute("DETACH before")
    new.replace(path)


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a file of one's own; it is whole, without a log beside it, when the block ends."""
    engine = duckdb.connect(path, config={"memory_limit": MEMORY})
    try:
        yield engine
        engine.execute("CHECKPOINT")
    finally:
        engine.close()
