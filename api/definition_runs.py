"""The last runs of definitions, kept for a minute: opening a number needs no second run."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from journey.definitions.definition import Definition
from journey.definitions.form import Period
from journey.definitions.opening import Ran
from storage.database import Database
from workers.definitions import run_definition

KEPT = 4
SECONDS = 60.0
Key = tuple[Database, str, str, Period]


class Runs:
    """A few runs of one process. Two callers who ask for the same at once wait for one run."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Key, tuple[float, Ran]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, database: Database, definition: Definition, period: Period) -> Ran:
        """Give the run of a definition, at most a minute old."""
        key = (database, definition.id, definition.version, period)
        with self._lock:
            made, ran = self._kept.get(key, (None, None))
            if ran is None or made is None or self._clock() - made > SECONDS:
                ran = run_definition(database, definition, period)
                self._kept[key] = (self._clock(), ran)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return ran
