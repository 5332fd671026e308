"""The analysis mart kept in a file: filled once, then brought up to date by what changed.

All processes of a host share one folder of a database. A file is never changed once others may
read it: a newer one is made beside it and takes its place, and who reads the old one reads on.
What was erased is in no file that is found after ``refresh``: such a file is written anew row by
row, so that nothing stays behind in free blocks.

While more changes than can be read by id, a file of a moment ago serves analyses, which say so.
"""

import hashlib
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from time import monotonic

import duckdb
from sqlalchemy.orm import Session

from domain.base import now
from storage import mart_changes
from storage.database import Database
from storage.mart_changes import WHOLE, Mark
from workers.mart_file import Progress, compact, fill, opened, replace, silent
from workers.mart_lock import Idle, alone
from workers.mart_state import (
    CURRENT,
    FILLING,
    FORMAT,
    GRACE_S,
    RECENT_S,
    YOUNG_S,
    Filling,
    State,
    read,
    remove,
    sweep,
    tell_older,
    write,
)

ANEW = 20_000
"""Subjects that changed, from which on everything is read anew."""
EDITS = 100
"""Times that a file is brought up to date before it is written anew: deleted rows take room."""
log = logging.getLogger(__name__)


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
        return self._fresh() or self._brought(lambda: self._fill(progress))

    def keep(self, progress: Progress, idle: Idle) -> Path:
        """Do the same now and then; a fill that ended just now, here or elsewhere, is enough."""
        return self._fresh() or self._brought(
            lambda: self._older(YOUNG_S) or self._fill(progress), idle
        )

    def newest(self) -> Path:
        """Give the file for an analysis: up to date, or of a moment ago where much changes.

        In the second case ``tell_older`` is told of when it is.
        """
        return (
            self._fresh()
            or self._recent()
            or self._brought(lambda: self._recent() or self._fill(silent))
        )

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

    def older(self, within: float = RECENT_S) -> State | None:
        """Give the file that serves although it cannot be brought up to date in a moment.

        None where it can, where it is too old, and where it may hold what was erased or made by
        other themes: then nothing but a fill serves.

        Parameters
        ----------
        within : float
            Seconds since a fill could have ended.
        """
        state = self._state()
        if state is None or not state.within(within):
            return None
        with self.database.reading() as session:
            try:
                _changed(session, state)
            except AnewError:
                return state if mart_changes.harmless(session, state.mark) else None
        return None

    def filling(self) -> Filling | None:
        """Tell how far the fill is that is under way, in whichever process; None where none is."""
        if (told := read(self.folder, FILLING, Filling)) is None:
            return None
        try:
            # Shared, so that two who ask at once do not take each other for a fill.
            with alone(self.folder, wait=False, shared=True):
                return None  # who wrote it was killed
        except BlockingIOError:
            return told

    def refresh_kept(self, *, wait: bool = True) -> None:
        """Let no file hold what was erased: after an erasure, and now and then.

        Little that changed is read anew. Where all would have to be, the file goes instead, unless
        it still serves and holds nothing that was erased: the next analysis fills another.

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
        with suppress(BlockingIOError), alone(self.folder, wait=wait):
            kept = self._fresh() or self._edit() or self._recent()
            sweep(self.folder, kept)  # and what a fill left that was killed

    def _state(self) -> State | None:
        state = read(self.folder, CURRENT, State)
        if state is None or state.format != FORMAT or not (self.folder / state.file).exists():
            return None
        return state

    def _fresh(self) -> Path | None:
        state = self._state()
        if state is None:
            return None
        with self.database.reading() as session:
            return self.folder / state.file if mart_changes.fresh(session, state.mark) else None

    def _older(self, within: float) -> Path | None:
        if (state := self.older(within)) is None:
            return None
        tell_older(state.read_at)
        return self.folder / state.file

    def _recent(self) -> Path | None:
        return self._older(RECENT_S + GRACE_S)

    def _brought(self, otherwise: Callable[[], Path], idle: Idle | None = None) -> Path:
        """Bring the file up to date, or do something else where that is not possible."""
        with alone(self.folder, idle=idle):
            # Whoever waited finds that another process has done it.
            return self._fresh() or self._edit() or otherwise()

    def _edit(self) -> Path | None:
        """Put a file that holds what changed in the place of the one before.

        None where there is none to go by, or all must be read anew.
        """
        if (before := self._state()) is None:
            return None
        try:
            return self._made(
                lambda session, path: _edited(session, self.folder, path, before), before.took
            )
        except AnewError:
            return None
        except (OSError, duckdb.Error) as error:
            # A file that cannot be read or copied serves nobody, and it may hold what was erased.
            log.warning("the kept tables are made anew: %s", type(error).__name__)
            sweep(self.folder, None)
            return None

    def _fill(self, progress: Progress) -> Path:
        begun = now()

        def tell(done: int, total: int) -> None:
            write(self.folder, FILLING, Filling(done=done, total=total, begun=begun))
            progress(done, total)

        def filled(session: Session, path: Path) -> int:
            fill(session, path, tell)
            return 0

        return self._made(filled)

    def _made(self, make: Callable[[Session, Path], int], filled_in: float | None = None) -> Path:
        """Let a new file be made, which is the one that is read from then on.

        ``make`` gives how often it was edited since it was written anew, ``filled_in`` the seconds
        of the fill before; None where this is one.
        """
        path = self.folder / f"mart-{token_hex(8)}.duckdb"
        told = self.folder / FILLING
        told.unlink(missing_ok=True)  # of a fill that was killed
        begun, started = now(), monotonic()
        try:
            with self._marked() as (session, mark):
                edits = make(session, path)
            # Before the new file can be found: who has it sees no fill any more.
            told.unlink(missing_ok=True)
            took = monotonic() - started if filled_in is None else filled_in
            state = State(
                format=FORMAT, file=path.name, mark=mark, read_at=begun, took=took, edits=edits
            )
            write(self.folder, CURRENT, state)
        except BaseException:
            for left in (*self.folder.glob(f"{path.stem}*"), *self.folder.glob(FILLING)):
                remove(left)
            raise
        sweep(self.folder, path)
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


def _changed(session: Session, before: State) -> Sequence[str]:
    """Give what changed since a file was made, where that is known and not too much."""
    if not mart_changes.known(session, before.mark):
        raise AnewError
    changed = mart_changes.since(session, before.mark, ANEW + 1)
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
