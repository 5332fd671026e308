"""Which vectors are kept: those of records in the database, those of direct calls in memory."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from storage.vectors import StoredVectors

_NOTHING: ContextVar[bool] = ContextVar("keeping_nothing", default=False)
RECENT = 20_000
"""Vectors that a process remembers, about 20 MB: greetings and thanks come all the time."""


@contextmanager
def keeping_nothing() -> Iterator[None]:
    """Read texts without looking into or writing to the database."""
    token = _NOTHING.set(True)
    try:
        yield
    finally:
        _NOTHING.reset(token)


class RecentVectors:
    """The vectors used last, in memory: hashes and numbers, gone with the process.

    Parameters
    ----------
    most : int
        Vectors that are remembered; the one that was not used for longest goes first.
    """

    def __init__(self, most: int = RECENT) -> None:
        self._most = most
        self._items: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._items)

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Give those that are remembered."""
        with self._lock:
            found = {key: self._items[key] for key in keys if key in self._items}
            for key in found:
                self._items.move_to_end(key)
        return found

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Remember vectors, and forget others for them."""
        with self._lock:
            for key, data in items.items():
                self._items[key] = data
                self._items.move_to_end(key)
            while len(self._items) > self._most:
                self._items.popitem(last=False)


class KeptVectors:
    """Memory before the database; the database is left alone while nothing is to be kept.

    Parameters
    ----------
    stored : StoredVectors
        Where vectors of records lie.
    recent : RecentVectors, optional
        The memory of this process.
    """

    def __init__(self, stored: StoredVectors, recent: RecentVectors | None = None) -> None:
        self._stored = stored
        self._recent = RecentVectors() if recent is None else recent

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Load the vectors that are there, by their key."""
        known = self._recent.get_many(keys)
        missing = [key for key in keys if key not in known]
        if _NOTHING.get() or not missing:
            return known
        stored = self._stored.get_many(missing)
        self._recent.put_many(stored)
        return known | stored

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Keep vectors."""
        self._recent.put_many(items)
        if not _NOTHING.get():
            self._stored.put_many(items)
