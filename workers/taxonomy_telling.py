"""Long work on own taxonomies tells how far it is, and hears that it is not wanted any more."""

from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic

from nlp.cut import Cut
from nlp.vectors import TextVectors, Vectors, WrappedVectors
from storage import taxonomy_jobs
from storage.database import Database

TELL_S = 1.0
_TEXTS = 256
Tell = Callable[[str, int, int], None]
"""Told a step, and how many of how many are done."""


def silent(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""


class CancelledError(Exception):
    """The job was given up by a person."""


class StoppedError(Exception):
    """The process is to stop: another one does the job."""


class Teller:
    """Notes in the database how far a job is, once a second.

    Parameters
    ----------
    id_ : str
        Of the job.
    stopping : callable
        Whether this process is to stop.
    """

    def __init__(
        self, database: Database, id_: str, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        self._database, self._id, self._stopping = database, id_, stopping
        self._step, self._told = "", float("-inf")

    def __call__(self, step: str, done: int, total: int) -> None:
        """Tell.

        Raises
        ------
        CancelledError, StoppedError
            Where there is no point in going on here.
        """
        if self._stopping():
            raise StoppedError
        if step == self._step and monotonic() - self._told < TELL_S:
            return
        self._step, self._told = step, monotonic()
        note = partial(taxonomy_jobs.told, id_=self._id, step=step, done=done, total=total)
        if not self._database.run(note):
            raise CancelledError


class ToldVectors(WrappedVectors):
    """Vectors that tell how many texts they have read.

    Parameters
    ----------
    inner : Vectors
        What reads.
    tell : callable
        Told after each few hundred texts, and in the end that what was read is being fitted on.
    """

    def __init__(self, inner: Vectors, tell: Tell) -> None:
        super().__init__(inner)
        self._tell = tell

    def wrapping(self, inner: Vectors) -> Vectors:
        """Ask another reader in the same way."""
        return ToldVectors(inner, self._tell)

    def read(self, cuts: Sequence[Cut]) -> list[TextVectors]:
        """Give the vectors of texts."""
        found: list[TextVectors] = []
        while len(found) < len(cuts):
            self._tell("reading examples", len(found), len(cuts))
            found += self._inner.read(cuts[len(found) : len(found) + _TEXTS])
        self._tell("fitting", 0, 1)
        return found
