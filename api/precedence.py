"""Who may use the model now: direct calls first, the work in what they leave.

Work goes in short steps. After each, while calls come, it rests for a multiple of the step: so
few calls meet a step, each meets one at most, and the work gets its share all the same.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nlp.pauses import Pauses, pausing
from storage.queues import Priority

QUIET_S = 0.2
"""Without a call for so long, work goes on without rests."""
LATELY_S = 10.0
"""So long after a call the next one is expected: steps stay as small as they can be."""
RESTS = {Priority.LIVE: 1.0}
"""Rest after a step, in times of the step: somebody waits for a live conversation too."""
LONG_RESTS = 4.0
"""For everything else. It leaves a fifth of the time to the work, however many calls come."""
LONGEST_REST_S = 2.0
BRIEF_REST_S = 0.2
"""Of work that holds a snapshot and a lock for all its steps: the filling of tables."""
PATIENCE_S = 1.0
"""So long work waits for calls before it; then it takes its turn, so that it never starves."""
BRIEF_CHARACTERS = 120
"""In one run of the encoder while calls are expected: about as long as a call's own. Where many
calls pass the model together, each waits for the others anyway, and a run may be longer."""
CHARACTERS = 4_000
"""In one run of the encoder else: who calls out of the blue waits for one run at most."""


class Precedence:
    """Takes turns between direct calls and what else uses the model.

    Parameters
    ----------
    clock : callable
        Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._turn = threading.Condition()
        self._busy = False
        self._waiting = 0
        """Direct calls that want the model."""
        self._due = 0
        """Work that has waited for long enough."""
        self._open = 0
        """Direct calls between their arrival and their answer."""
        self._called = float("-inf")

    @contextmanager
    def call(self) -> Iterator[None]:
        """Have a direct call known of from its arrival to its answer."""
        with self._turn:
            self._open += 1
        try:
            yield
        finally:
            with self._turn:
                self._open -= 1
                self._called = self.clock()

    @contextmanager
    def first(self) -> Iterator[None]:
        """Have the model to oneself before any work that has not waited for long."""
        with self._turn:
            self._waiting += 1
            self._turn.wait_for(lambda: not self._busy and not self._due)
            self._waiting -= 1
            self._busy = True
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        """Wait for the model until no direct call wants it, or for as long as work has patience."""
        with self._turn:
            if not self._turn.wait_for(lambda: not self._busy and not self._waiting, PATIENCE_S):
                self._due += 1
                self._turn.wait_for(lambda: not self._busy)
                self._due -= 1
            self._busy = True

    def leave(self) -> None:
        """Let go of the model."""
        with self._turn:
            self._busy = False
            self._turn.notify_all()

    @property
    def open(self) -> int:
        """Direct calls that wait for their answer."""
        return self._open

    def called_within(self, seconds: float) -> bool:
        """Whether a direct call is here now, or was a moment ago."""
        return self._open > 0 or self.clock() - self._called < seconds


class Guest:
    """One thread's work with the model, step by step.

    Parameters
    ----------
    turns : Precedence
        Of the model.
    longest_s : float
        A rest takes so long at most.
    """

    def __init__(self, turns: Precedence, longest_s: float = LONGEST_REST_S) -> None:
        self._turns = turns
        self._longest_s = longest_s
        self._begun = turns.clock()
        self._waited = 0.0
        """For the model, in this step."""
        self._rests = LONG_RESTS
        self.pauses = Pauses(lambda: self.characters, self._let_in)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Have the model to oneself when no call wants it; calls come in between its runs."""
        self._enter()
        try:
            with pausing(self.pauses):
                yield
        finally:
            self._turns.leave()

    @property
    def brief(self) -> bool:
        """Whether a call came lately, so that another one may."""
        return self._turns.called_within(LATELY_S)

    @property
    def characters(self) -> int:
        """Most characters to give the encoder at once."""
        return BRIEF_CHARACTERS * max(1, self._turns.open // 2) if self.brief else CHARACTERS

    def begin(self, priority: Priority) -> None:
        """Begin a step of work that is so urgent."""
        self._rests = RESTS.get(priority, LONG_RESTS)
        self._step()

    def pause(self) -> None:
        """Rest from the step that ends here, as long as calls keep coming."""
        clock = self._turns.clock
        worked = clock() - self._begun - self._waited
        # Who waited for the model has let others pass already.
        until = clock() + min(self._rests * worked - self._waited, self._longest_s)
        while self._turns.called_within(QUIET_S) and (left := until - clock()) > 0:
            time.sleep(min(left, QUIET_S))
        self._step()

    def _step(self) -> None:
        self._begun, self._waited = self._turns.clock(), 0.0

    def _enter(self) -> None:
        came = self._turns.clock()
        self._turns.enter()
        self._waited += self._turns.clock() - came

    def _let_in(self) -> None:
        self._turns.leave()
        self.pause()
        self._enter()
