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
from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime, now
from storage import mart_changes
from storage.database import Database
from storage.mart_changes import WHOLE, Mark
from workers.mart_file import Progress, compact, fill, opened, replace, silent

FORMAT = 1
"""Raised when the tables or what stands in them change: older files are made anew."""
ANEW = 20_000
"""Subjects that changed, from which on everything is read anew."""
EDITS = 100
"""Times that a file is brought up to date before it is written anew: deleted rows take room."""
CURRENT = "current.json"
FILLING = "mart-filling.json"
"""Beside a file that is being filled; it goes with what is left of files."""
log = logging.getLogger(__name__)


class State(Record):
    """What a file holds; stands in ``current.json`` beside it."""

    format: int
    file: str
    mark: Mark
    edits: int = 0


class Filling(Record):
    """How far a fill is."""

    done: int
    total: int
    begun: UtcDatetime

    @property
    def share(self) -> float:
        """Of what is to be read, in [0, 1]."""
        return self.done / self.total if self.total else 0.0

    def seconds_left(self) -> float | None:
        """Estimate how long it still takes, by how long it took so far; None at its begin."""
        if not self.done:
            return None
        return (now() - self.begun).total_seconds() * (self.total - self.done) / self.done


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

    def refresh(self, progress: Progress = silent) -> Path:
        """Bring the tables up to date and give the file, which holds all that was committed.

        Parameters
        ----------
        progress : callable
            Told how far it is where all must be read; what it raises breaks that off.
        """
        if (path := self._fresh()) is not None:
            return path
        with self._alone():
            # Whoever waited finds that another process has done it.
            return self._fresh() or self._edit() or self._fill(progress)

    def soon(self) -> bool:
        """Tell whether ``refresh`` takes a moment only: there is a file, and little changed."""
        state = self._state()
        if state is None:
            return False
        with self.database.reading() as session:
            if mart_changes.fresh(session, state.mark):
                return True
            try:
                _changed(session, state)
            except AnewError:
                return False
        return True

    def filling(self) -> Filling | None:
        """Tell how far the fill is that is under way, in whichever process; None where none is."""
        try:
            told = Filling.model_validate_json((self.folder / FILLING).read_bytes())
            with self._alone(wait=False):
                return None  # who wrote it was killed
        except (FileNotFoundError, ValueError):
            return None
        except BlockingIOError:
            return told

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

    def _fill(self, progress: Progress) -> Path:
        begun = now()

        def tell(done: int, total: int) -> None:
            self._write(FILLING, Filling(done=done, total=total, begun=begun))
            progress(done, total)

        def filled(session: Session, path: Path) -> int:
            fill(session, path, tell)
            return 0

        return self._made(filled)

    def _made(self, make: Callable[[Session, Path], int]) -> Path:
        """Let a new file be made, which is the one that is read from then on.

        ``make`` gives how often it was edited since it was written anew.
        """
        path = self.folder / f"mart-{token_hex(8)}.duckdb"
        try:
            with self._marked() as (session, mark):
                edits = make(session, path)
            self._write(CURRENT, State(format=FORMAT, file=path.name, mark=mark, edits=edits))
        except BaseException:
            for left in (*self.folder.glob(f"{path.stem}*"), *self.folder.glob(FILLING)):
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

    def _write(self, name: str, told: Record) -> None:
        """Write a small file; who reads it finds the old or the new one."""
        new = self.folder / f"{name}.new"
        new.write_text(told.model_dump_json(), encoding="utf-8")
        new.replace(self.folder / name)

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


def _changed(session: Session, before: State) -> Sequence[str]:
    """Give what changed since a file was made, where that is known and not too much."""
    if not mart_changes.known(session, before.mark):
        raise AnewError
    changed = mart_changes.since(session, before.mark)
    if WHOLE in changed or len(changed) > ANEW:
        raise AnewError
    return changed


def _edited(session: Session, folder: Path, path: Path, before: State) -> int:
    """Make a new file of the one before and what changed."""
    changed = _changed(session, before)
    shutil.copyfile(folder / before.file, path)
    with opened(path) as engine:
        erased = replace(engine, session, changed)
    if not erased and before.edits < EDITS:
        return before.edits + 1
    compact(path)
    return 0
