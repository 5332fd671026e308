"""Keeps the tables for analysis at hand: a thread that fills them before anybody has to wait.

They lie beside the process that answers, so no worker on another machine can do it.
"""

import logging
import threading
from math import ceil
from time import monotonic

from storage.database import Database
from storage.queues import Priority
from workers.kept_mart import Keeper
from workers.manners import Alone, Manners
from workers.mart_state import YOUNG_S, Filling

EVERY_S = 600.0
"""So often what changed is taken up though nobody asks, so that it never is too much at once."""
AGAIN_S = 30.0
"""After a failure it is tried again so soon, and not sooner, whoever asks."""
LOOK_S = 1.0
"""So long the answer is the same for all who wait, and the database is not asked again."""
LOCK_S = 0.5
"""So often a thread that waits for another process looks whether it is to stop."""
SOONEST_S = 5
LATEST_S = 120
"""Who is turned away is asked to come back within these seconds."""
log = logging.getLogger(__name__)


class Stopped(Exception):  # noqa: N818 - it is no error
    """The process ends: a fill is broken off."""


class MartFiller:
    """A thread that fills the kept tables, and brings them up to date now and then.

    Parameters
    ----------
    keeper : Keeper
        Asked by callers, so its statements may end early.
    manners : Manners, optional
        Whom a fill gives way to.
    behind : Keeper, optional
        Of the same tables, for the thread: nothing ends its statements.
    """

    def __init__(
        self, keeper: Keeper, manners: Manners | None = None, behind: Keeper | None = None
    ) -> None:
        self._keeper = keeper
        self._behind = behind or keeper
        self._manners = manners or Alone()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._failed = False
        self._inside = False
        """Whether this thread is reading everything."""
        self._not_before = 0.0
        """Until then nothing is at hand."""
        self._thread = threading.Thread(target=self._run, name="throughline-mart", daemon=True)

    @classmethod
    def of(
        cls, database: Database, manners: Manners | None = None, behind: Database | None = None
    ) -> "MartFiller | None":
        """Give the filler of a database; None where nothing can be kept."""
        keeper = Keeper.of(database)
        if keeper is None or not keeper.usable():
            return None
        return cls(keeper, manners, None if behind is None else Keeper(behind, keeper.folder))

    def start(self) -> None:
        """Begin to fill, and come back at once."""
        self._thread.start()

    def stop(self, timeout_s: float = 30.0) -> None:
        """Break off what is under way."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout_s)

    @property
    def failed(self) -> bool:
        """Whether the tables could not be filled, and it is not being tried again yet."""
        return self._failed

    def at_hand(self) -> bool:
        """Tell whether an analysis may begin; where it may not, what it needs is on its way.

        While more changes than can be taken up in a moment, tables of a moment ago serve.
        """
        if not self._thread.is_alive():
            return True
        if monotonic() < self._not_before:
            return False
        # While this thread fills nobody else makes a file.
        if not self._inside and self._keeper.soon():
            return True
        older = self._keeper.older()
        if not self._inside and (older is None or not older.within(YOUNG_S)):
            self._wake.set()
        if older is None:
            self._not_before = monotonic() + LOOK_S
        return older is not None

    def filling(self) -> Filling | None:
        """Tell how far a fill is, in whichever process; None before its first page."""
        return self._keeper.filling()

    def _run(self) -> None:
        while True:
            self._wake.clear()  # before the look: whoever stops meanwhile is heard
            if self._stopping.is_set():
                return
            self._failed = False
            try:
                self._manners.begin(Priority.LIVE)  # somebody may wait for it
                self._behind.keep(self._tell, self._wait)
            except Stopped:
                return
            except Exception as error:  # the thread must outlive any fault
                log.error("the tables for analysis were not filled: %s", type(error).__name__)
                self._failed = True
            self._inside = False
            if self._failed:
                self._stopping.wait(AGAIN_S)
            else:
                self._wake.wait(EVERY_S)

    def _tell(self, _done: int, _total: int) -> None:
        self._inside = True
        if self._stopping.is_set():
            raise Stopped
        self._manners.pause()

    def _wait(self) -> None:
        """Wait for another process, which fills or takes changes up."""
        if self._stopping.wait(LOCK_S):
            raise Stopped


def come_back(filling: Filling | None) -> int:
    """Give the seconds after which to ask again."""
    left = filling.seconds_left() if filling is not None else None
    return SOONEST_S if left is None else min(max(ceil(left), SOONEST_S), LATEST_S)
