"""Where heads that rest on others take those from: what was trained so far, else what ships."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from nlp.parts import WEIGHTS

_FOLDER: ContextVar[Path] = ContextVar("folder", default=WEIGHTS)


def rested_on() -> Path:
    """Give the folder of weights, for :mod:`nlp.parts`: what ships, unless told otherwise."""
    return _FOLDER.get()


@contextmanager
def resting_on(folder: Path) -> Iterator[None]:
    """Have what is fitted inside rest on the parts of a folder."""
    before = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(before)
