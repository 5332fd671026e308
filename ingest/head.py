"""The beginning of a file, as far as it is needed to tell the format."""

from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

import ijson

from ingest.files import SourceFile
from ingest.jsons import parse

SIZE = 1 << 18


@dataclass(frozen=True)
class Head:
    """What the first bytes of a file show."""

    name: str
    """The file's name without ``.gz``, in lower case."""
    text: str
    paths: frozenset[str]
    """Places in its JSON, as ``tickets.item.id``; empty where it is no JSON."""

    def has(self, *paths: str) -> bool:
        """Whether the JSON holds all these places, in a bare record or in an array."""
        return any(all(f"{front}{path}" in self.paths for path in paths) for front in ("", "item."))

    def has_any(self, *paths: str) -> bool:
        """Whether the JSON holds one of these places."""
        return any(self.has(path) for path in paths)


def head_of(file: SourceFile) -> Head:
    """Read the beginning of a file.

    Raises
    ------
    OSError
        If it cannot be opened or unpacked.
    """
    with file.uncounted().open() as stream:
        data = _read(stream)
    name = file.path.name.lower().removesuffix(".gz")
    return Head(name, data.decode("utf-8", "replace"), frozenset(_paths(data)))


def _read(stream: BinaryIO) -> bytes:
    pieces = []
    size = 0
    while size < SIZE and (piece := stream.read(SIZE - size)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _paths(data: bytes) -> set[str]:
    if data.lstrip()[:1] not in (b"{", b"["):
        # The first lines may be broken; a good one among the next tells the format.
        return _first_good_line(data)
    return _stream_paths(data) | _first_good_line(data)


def _first_good_line(data: bytes) -> set[str]:
    for line in data.splitlines()[:20]:
        if line[:1] in (b"{", b"["):
            try:
                parse(line)
            except ValueError:
                continue
            return _stream_paths(line)
    return set()


def _stream_paths(data: bytes) -> set[str]:
    found: set[str] = set()
    try:
        for prefix, event, value in ijson.parse(BytesIO(data), multiple_values=True):
            if event == "map_key" and prefix.count(".") < 4:
                found.add(f"{prefix}.{value}" if prefix else str(value))
    except (ijson.JSONError, ValueError, RecursionError, OverflowError):
        pass  # the beginning ends inside a value: what was seen is enough
    return found
