"""Short runs of the encoder, between which whoever shares it may let others in."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Pauses:
    """How the texts of a batch are cut into runs.

    Attributes
    ----------
    characters : callable
        Most characters of the next run; a longer text goes alone.
    between : callable
        Called between two runs, in the thread that reads. Nothing of the tagger is in use then.
    """

    characters: Callable[[], int]
    between: Callable[[], None]


_PAUSES: ContextVar[Pauses | None] = ContextVar("pauses", default=None)


@contextmanager
def pausing(pauses: Pauses) -> Iterator[None]:
    """Have the encoder pause in this thread while the block runs."""
    token = _PAUSES.set(pauses)
    try:
        yield
    finally:
        _PAUSES.reset(token)


def runs(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give texts run by run, in order; all at once where nobody asked for pauses."""
    pauses = _PAUSES.get()
    if pauses is None:
        yield texts
        return
    first = 0
    while first < len(texts):
        if first:
            pauses.between()
        last, room = first + 1, pauses.characters() - len(texts[first])
        while last < len(texts) and len(texts[last]) <= room:
            room -= len(texts[last])
            last += 1
        yield texts[first:last]
        first = last
