"""The work done in a thread of this process: for one machine, without a broker."""

import logging
import threading
from dataclasses import replace
from time import monotonic

from workers.heart import TAG, Heart
from workers.pipeline import Pipeline, drain, sweep
from workers.tidy import VECTOR_ROWS, tidy

IDLE_S = 1.0
"""It looks for work this often when nobody wakes it."""
SWEEP_S = 10.0
TIDY_S = 600.0
"""A round of tidying begins this often; one that is not through by then ends, and goes on."""
TIDY_SLICE_S = 1.0
"""So long it tidies between two drains."""
FAULT_S = 5.0
"""Rest after a fault of the database or the model, which no record is to blame for."""
log = logging.getLogger(__name__)


class EmbeddedRunner:
    """A thread that works whenever there is something to do.

    Parameters
    ----------
    pipeline : Pipeline
        Its tagger is used by this thread alone.
    vector_rows : int
        Cached vectors that are kept.
    keep_days : float, optional
        Records in which nothing happened for so long go; None keeps them for ever.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        vector_rows: int = VECTOR_ROWS,
        keep_days: float | None = None,
    ) -> None:
        self.vector_rows = vector_rows
        self.keep_days = keep_days
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self.pipeline = replace(pipeline, stopping=self._stopping.is_set)
        self._thread = threading.Thread(target=self._run, name="throughline-work", daemon=True)
        self._heart = Heart(pipeline.database, TAG, pipeline.watch, lambda: self.alive)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()
        self._heart.start()

    def notify(self) -> None:
        """Say that there is new work. Call it after the commit."""
        self._wake.set()

    def stop(self, timeout_s: float = 30.0) -> None:
        """Finish what is begun of the batch in hand, give back the rest, and stop."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout_s)
        self._heart.stop()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        swept, begun, more = -SWEEP_S, -TIDY_S, False
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                if monotonic() - swept >= SWEEP_S:
                    sweep(self.pipeline.database, self.pipeline.vector_days)
                    swept = monotonic()
                over = monotonic() - begun >= TIDY_S
                if over and not more:
                    begun, over, more = monotonic(), False, True
                if more:
                    # First: where it fails again and again, records are read all the same.
                    more = False
                    more = self._tidy(last=over)
                # In slices, so that a long queue neither hides a stop nor a sweep.
                drained = drain(self.pipeline, seconds=IDLE_S)
            except Exception as error:  # the thread must outlive any fault
                log.error("the work rests: %s", type(error).__name__)
                self._stopping.wait(FAULT_S)
                continue
            if not drained.claimed and not more:
                self._wake.wait(IDLE_S)

    def _tidy(self, *, last: bool) -> bool:
        return tidy(
            self.pipeline.database,
            self.vector_rows,
            self.keep_days,
            seconds=TIDY_SLICE_S,
            last=last,
        )
