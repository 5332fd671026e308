"""What stands beside the kept tables: which file holds them, of when, and how far a fill is."""

import shutil
from contextvars import ContextVar
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from domain.base import Record, UtcDatetime, now
from storage.mart_changes import Mark

FORMAT = 2
"""Raised when the tables or what stands in them change: older files are made anew."""
YOUNG_S = 60.0
"""So long after a fill could have ended no other one begins, however much has changed."""
RECENT_S = 300.0
"""So long after a fill could have ended its tables serve, however much has changed. The next fill
takes about as long as the last: who asks while much changes for hours is answered all the time."""
GRACE_S = 60.0
"""Whoever was let in reads them a little longer: nobody fills in the place of the filler."""


CURRENT = "current.json"
FILLING = "mart-filling.json"
"""Beside a file that is being filled; it goes with what is left of files."""


class State(Record):
    """What a file holds; stands in ``current.json`` beside it."""

    format: int
    file: str
    mark: Mark
    read_at: UtcDatetime
    """It holds all that was committed by then."""
    took: float
    """Seconds of the last time that all was read."""
    edits: int = 0

    def within(self, seconds: float) -> bool:
        """Tell whether a fill that was begun then has ended at most so long ago."""
        return now() - self.read_at <= timedelta(seconds=self.took + seconds)


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


Told = TypeVar("Told", bound=Record)


def read(folder: Path, name: str, kind: type[Told]) -> Told | None:
    """Read a small file; None where there is none of this kind."""
    try:
        return kind.model_validate_json((folder / name).read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def write(folder: Path, name: str, told: Record) -> None:
    """Write a small file; who reads it finds the old or the new one."""
    new = folder / f"{name}.new"
    new.write_text(told.model_dump_json(), encoding="utf-8")
    new.replace(folder / name)


def sweep(folder: Path, path: Path | None) -> None:
    """Take away all files but one; who reads one of them has it open and reads on."""
    if path is None:
        (folder / CURRENT).unlink(missing_ok=True)
    for other in folder.glob("mart-*"):
        if path is None or other.name != path.name:
            remove(other)


def remove(path: Path) -> None:
    """Take away a file, or a folder in which the engine put what did not fit into memory."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


class Older:
    """Whether an answer was made from tables that are not of now."""

    at: datetime | None = None
    """They hold all that was committed by then; None where they held everything."""


_OLDER: ContextVar[Older | None] = ContextVar("older", default=None)


def listen() -> Older:
    """Give what will say it, for the rest of this context and the threads it calls."""
    older = Older()
    _OLDER.set(older)
    return older


def older_at() -> datetime | None:
    """Give of when the tables are that were read; None where they held everything."""
    older = _OLDER.get()
    return older.at if older is not None else None


def tell_older(at: datetime | None) -> None:
    """Say of when the tables are that are read now, to whoever listens."""
    older = _OLDER.get()
    if older is not None:
        older.at = at
