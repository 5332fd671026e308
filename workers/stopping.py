"""Told to stop, a process hands back what it has not begun, and its leases with it.

The parent of a worker's processes gets the signal and lets the task in hand come to its end;
one byte that all share tells the tasks to do so at once. A service manager that signals every
process of a group, and a pool that is shut down hard, reach the processes themselves.
"""

import mmap
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from billiard import active_children


class Stopped(BaseException):
    """Ends work that cannot be asked between its parts. No error: nothing catches it by chance."""


class Stop:
    """What the processes of one worker know of its end. Made before the fork."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)
        self._told = False

    def __call__(self) -> bool:
        """Tell whether to stop."""
        return self._told or self._ending

    def ask(self, **_: object) -> None:
        """Have the tasks in hand come to their end; called in the parent."""
        self._shared[0] = 1
        for child in active_children():
            # The clock is a child too, and ends by itself.
            if "PoolWorker" in child.name and child.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGTERM)

    @contextmanager
    def heeded(self, *, interrupt: bool = False) -> Iterator[None]:
        """Hear of the end while a task runs.

        Parameters
        ----------
        interrupt : bool
            Raise ``Stopped`` in the task, which does not ask by itself.
        """

        def hear(_signal: int, _frame: FrameType | None) -> None:
            first, self._told = not self._told, True
            if interrupt and first:  # a second signal must not break what the first one began
                raise Stopped

        before = signal.signal(signal.SIGTERM, hear)
        try:
            yield
        except Stopped:
            pass
        finally:
            signal.signal(signal.SIGTERM, before)
        if self._told and not self._ending:
            # Meant for this process alone: another one takes its place.
            raise SystemExit(0)

    @property
    def _ending(self) -> bool:
        return self._shared[0] == 1
