"""The last runs of definitions, kept open for a minute: opening a number needs no second run."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from journey.definitions.definition import Definition
from journey.definitions.form import Period
from journey.definitions.opening import Ran
from storage.database import Database
from workers.definitions import ran_definition

KEPT = 3
"""Each holds an engine."""
SECONDS = 60.0
Key = tuple[Database, str, str, Period]


@dataclass
class _Run:
    made: float
    block: AbstractContextManager[Ran]
    ran: Ran
    lock: threading.Lock = field(default_factory=threading.Lock)
    """An engine answers one caller at a time."""
    over: bool = False


class Runs:
    """A few runs of one process. Two callers who ask for the same at once wait for one run."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Key, _Run] = {}
        self._lock = threading.Lock()

    @contextmanager
    def open(self, database: Database, definition: Definition, period: Period) -> Iterator[Ran]:
        """Give the run of a definition, at most a minute old."""
        key = (database, definition.id, definition.version, period)
        while True:
            with self._lock:
                self._close_old()
                run = self._kept.get(key) or self._begin(key, definition)
            with run.lock:
                if not run.over:
                    yield run.ran
                    return

    def close(self) -> None:
        """Close all runs."""
        with self._lock:
            for key in list(self._kept):
                self._close(key)

    def _begin(self, key: Key, definition: Definition) -> _Run:
        while len(self._kept) >= KEPT:
            self._close(min(self._kept, key=lambda one: self._kept[one].made))
        block = ran_definition(key[0], definition, key[3])
        run = self._kept[key] = _Run(self._clock(), block, block.__enter__())
        return run

    def _close_old(self) -> None:
        for key in [k for k, run in self._kept.items() if self._clock() - run.made > SECONDS]:
            self._close(key)

    def _close(self, key: Key) -> None:
        run = self._kept.pop(key)
        with run.lock:
            run.over = True
            run.block.__exit__(None, None, None)
