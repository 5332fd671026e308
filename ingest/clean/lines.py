"""Lines of a text with their places in it."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line: ``text`` without blanks round it, ``[start, end)`` with the line's end."""

    text: str
    start: int
    end: int


def lines_of(text: str, start: int = 0, end: int | None = None) -> list[Line]:
    """Cut ``text[start:end]`` into lines. Offsets are those of the whole text."""
    return list(_cut(text, start, len(text) if end is None else end))


def _cut(text: str, start: int, end: int) -> Iterator[Line]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop + 1
        yield Line(text[start:stop].strip(), start, stop)
        start = stop
