"""The last runs of definitions, kept open for a minute: opening a number needs no second run."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from journey.definitions.definition import Definition
from journey.definitions.form import Period
from journey.definitions.opening import Ran
from storage.database import Database
from workers.definitions import ran_definition
from workers.mart_state import older_at, tell_older

KEPT = 3
"""Each holds an engine."""
SECONDS = 60.0
Key = tuple[Database, str, str, Period]


@dataclass
class _Run:
    block: AbstractContextManager[Ran]
    ran: Ran | None = None
    """None until the first caller has begun it."""
    older: datetime | None = None
    """Of when its tables are, where they were not of then."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """An engine answers one caller at a time."""
    over: bool = False

    def close(self) -> None:
        """Let the engine go once nobody uses it."""
        with self.lock:
            begun = self.ran is not None and not self.over
            self.over = True
            if begun:
                self.block.__exit__(None, None, None)


class Runs:
    """A few runs of one process. Two callers who ask for the same at once wait for one run.

    Parameters
    ----------
    seconds : float
        Each is closed after so long, whether or not anybody calls again.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._kept: dict[Key, _Run] = {}
        """The oldest first."""
        self._lock = threading.Lock()
        """Held for moments: runs begin and close outside it."""

    @contextmanager
    def open(self, database: Database, definition: Definition, period: Period) -> Iterator[Ran]:
        """Give the run of a definition, at most a minute old."""
        key = (database, definition.id, definition.version, period)
        while True:
            run = self._find(key, definition)
            with run.lock:
                if run.ran is None and not run.over:
                    self._begin(key, run)
                if run.ran is not None and not run.over:
                    tell_older(run.older)
                    yield run.ran
                    return

    def close(self) -> None:
        """Close all runs."""
        with self._lock:
            runs = list(self._kept.values())
            self._kept.clear()
        for run in runs:
            run.close()

    def _find(self, key: Key, definition: Definition) -> _Run:
        with self._lock:
            if (kept := self._kept.get(key)) is not None:
                return kept
            oldest = list(self._kept)[: max(0, len(self._kept) + 1 - KEPT)]
            crowded = [self._kept.pop(one) for one in oldest]
            run = self._kept[key] = _Run(ran_definition(key[0], definition, key[3]))
        timer = threading.Timer(self._seconds, self._end, (key, run))
        timer.daemon = True
        timer.start()
        for one in crowded:
            one.close()
        return run

    def _begin(self, key: Key, run: _Run) -> None:
        try:
            run.ran = run.block.__enter__()
            run.older = older_at()
        except BaseException:
            run.over = True
            self._forget(key, run)
            raise

    def _end(self, key: Key, run: _Run) -> None:
        self._forget(key, run)
        run.close()

    def _forget(self, key: Key, run: _Run) -> None:
        with self._lock:
            if self._kept.get(key) is run:
                del self._kept[key]


RUNS = Runs()
"""Those of this process."""
