"""Keeps the tables for analysis at hand: a thread that fills them before anybody has to wait.

They lie beside the process that answers, so no worker on another machine can do it.
"""

import logging
import threading
from math import ceil

from storage.database import Database
from storage.queues import Priority
from workers.kept_mart import Filling, Keeper
from workers.manners import Alone, Manners

EVERY_S = 600.0
"""So often what changed is taken up though nobody asks, so that it never is too much at once."""
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
    manners : Manners, optional
        Whom a fill gives way to.
    """

    def __init__(self, keeper: Keeper, manners: Manners | None = None) -> None:
        self._keeper = keeper
        self._manners = manners or Alone()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._failed = False
        self._thread = threading.Thread(target=self._run, name="throughline-mart", daemon=True)

    @classmethod
    def of(cls, database: Database, manners: Manners | None = None) -> "MartFiller | None":
        """Give the filler of a database; None where nothing can be kept."""
        keeper = Keeper.of(database)
        return cls(keeper, manners) if keeper is not None and keeper.usable() else None

    def start(self) -> None:
        """Begin to fill, and come back at once."""
        self._thread.start()

    def stop(self, timeout_s: float = 30.0) -> None:
        """Break off what is under way."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout_s)

    def at_hand(self) -> bool:
        """Tell whether an analysis may begin; where it may not, what it needs is on its way.

        Where filling fails it may: it tries for itself, and says what is wrong.
        """
        if self._failed or not self._thread.is_alive() or self._keeper.soon():
            return True
        self._wake.set()
        return False

    def filling(self) -> Filling | None:
        """Tell how far a fill is, in whichever process; None before its first page."""
        return self._keeper.filling()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self._manners.begin(Priority.LIVE)  # somebody may wait for it
                self._keeper.refresh(self._tell)
                self._failed = False
            except Stopped:
                return
            except Exception as error:  # the thread must outlive any fault
                log.error("the tables for analysis were not filled: %s", type(error).__name__)
                self._failed = True
            self._wake.wait(EVERY_S)

    def _tell(self, _done: int, _total: int) -> None:
        if self._stopping.is_set():
            raise Stopped
        self._manners.pause()


def come_back(filling: Filling | None) -> int:
    """Give the seconds after which to ask again."""
    left = filling.seconds_left() if filling is not None else None
    return SOONEST_S if left is None else min(max(ceil(left), SOONEST_S), LATEST_S)
