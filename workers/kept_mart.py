"""The analysis mart kept in a file: filled once, then brought up to date by what changed.

All processes of a host share one folder of a database. A file is never changed once others may
read it: a newer one is made beside it and takes its place, and who reads the old one reads on.
What was erased is in no file that is found after ``refresh``: such a file is written anew row by
row, so that nothing stays behind in free blocks.
"""

import fcntl
import hashlib
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
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
log = logging.getLogger(__name__)


class State(Record):
    """What a file holds; stands in ``current.json`` beside it."""

    format: int
    file: str
    mark: Mark
    edits: int = 0


class AnewError(Exception):
    """What changed is not remembered, or is so much that all must be read anew."""


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

    def usable(self) -> bool:
        """Tell whether files can be kept in the folder, which is made where it is missing."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            return False
        return os.access(self.folder, os.W_OK | os.X_OK)

    def refresh(self) -> Path:
        """Bring the tables up to date and give the file, which holds all that was committed."""
        if (path := self._fresh()) is not None:
            return path
        with self._alone():
            # Whoever waited finds that another process has done it.
            return self._fresh() or self._edit() or self._fill()

    def refresh_kept(self, *, wait: bool = True) -> None:
        """Let no file hold what was erased: after an erasure, and now and then.

        Little that changed is read anew. Where all would have to be, the file goes instead: the
        next analysis fills another.

        Parameters
        ----------
        wait : bool
            Wait for whoever is at the files just now; else leave them as they are.

        Raises
        ------
        OSError
            The files cannot be changed.
        """
        if not self.folder.is_dir():
            return
        with suppress(BlockingIOError), self._alone(wait=wait):
            # What a fill left that was killed goes as well.
            self._sweep(self._fresh() or self._edit())

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
    def _alone(self, *, wait: bool = True) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    def _edit(self) -> Path | None:
        """Put a file that holds what changed in the place of the one before.

        None where there is none to go by, or all must be read anew.
        """
        if (before := self._state()) is None:
            return None
        try:
            return self._made(lambda session, path: _edited(session, self.folder, path, before))
        except AnewError:
            return None
        except (OSError, duckdb.Error) as error:
            # A file that cannot be read or copied serves nobody, and it may hold what was erased.
            log.warning("the kept tables are made anew: %s", type(error).__name__)
            self._sweep(None)
            return None

    def _fill(self) -> Path:
        return self._made(_filled)

    def _made(self, make: Callable[[Session, Path], int]) -> Path:
        """Let a new file be made, which is the one that is read from then on.

        ``make`` gives how often it was edited since it was written anew.
        """
        path = self.folder / f"mart-{token_hex(8)}.duckdb"
        try:
            with self._marked() as (session, mark):
                edits = make(session, path)
            self._put(State(format=FORMAT, file=path.name, mark=mark, edits=edits))
        except BaseException:
            for left in self.folder.glob(f"{path.stem}*"):
                _remove(left)
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

    def _sweep(self, path: Path | None) -> None:
        """Take away all files but one; who reads one of them has it open and reads on."""
        if path is None:
            (self.folder / CURRENT).unlink(missing_ok=True)
        for other in self.folder.glob("mart-*"):
            if path is None or other.name != path.name:
                _remove(other)


def _remove(path: Path) -> None:
    """Take away a file, or a folder in which the engine put what did not fit into memory."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def fill(session: Session, path: Path) -> None:
    """Write everything that the database holds into a new file."""
    with _opened(path) as engine:
        for name, schema in KEPT.items():
            engine.execute(f"CREATE TABLE {name} ({_columns(name)})")
            _insert(engine, name, _read(session, name, schema.to_pyarrow(), None))


def _filled(session: Session, path: Path) -> int:
    fill(session, path)
    return 0


def _edited(session: Session, folder: Path, path: Path, before: State) -> int:
    """Make a new file of the one before and what changed."""
    if not mart_changes.known(session, before.mark):
        raise AnewError
    changed = mart_changes.since(session, before.mark)
    if WHOLE in changed or len(changed) > ANEW:
        raise AnewError
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
    engine: duckdb.DuckDBPyConnection, name: str, batches: Iterator[pa.RecordBatch]
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
