"""Threads of one process that work side by side: one writes while another one reads.

The model serves one thread at a time. With two hands it goes on reading while the batch before
is written and the next one is claimed and loaded, so that it hardly ever waits for the database.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TypeVar

T = TypeVar("T")


class Hands:
    """Some threads that take turns at claiming.

    Parameters
    ----------
    number : int
        How many work side by side.
    """

    def __init__(self, number: int = 1) -> None:
        self.number = number
        self.model = threading.Lock()
        """Held by the hand whose texts the model reads."""
        self._claiming = threading.Lock()
        self._changed = threading.Condition()
        self._working = 0

    @cached_property
    def _others(self) -> ThreadPoolExecutor:
        # Its threads start with the first work, so that a fork before it does no harm.
        return ThreadPoolExecutor(self.number - 1, "throughline-hand")

    def run(self, act: Callable[[], None]) -> None:
        """Have every hand do something at the same time, and wait for all.

        Raises
        ------
        Exception
            Whatever one of them raised.
        """
        others = [self._others.submit(act) for _ in range(self.number - 1)]
        try:
            act()
        finally:
            try:
                wait(others)
            except BaseException:  # a limit of time: whoever hangs is left to the hard one
                wait(others)
                raise
        for other in others:
            other.result()

    @contextmanager
    def working(self, claim: Callable[[], T], alone: Callable[[T], bool]) -> Iterator[T]:
        """Claim, one hand after the other, and work on it while others do the same.

        Parameters
        ----------
        claim : callable
            Takes something.
        alone : callable
            Whether nobody else of this process may hold or take anything while that is worked
            on: what ends the process takes nothing else with it then.
        """
        with ExitStack() as claiming:
            claiming.enter_context(self._claiming)
            taken = claim()
            if alone(taken):
                with self._changed:
                    self._changed.wait_for(lambda: self._working == 0)
                yield taken
                return
            with self._changed:
                self._working += 1
        try:
            yield taken
        finally:
            with self._changed:
                self._working -= 1
                self._changed.notify_all()
