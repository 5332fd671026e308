"""JSON of any size: lines, arrays and export pages, record by record."""

import json
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import ijson
import orjson
from ijson.common import ObjectBuilder

from ingest.files import SourceFile
from ingest.outcome import Rejection

Json = Any
"""A value of somebody else's JSON: anything."""

MAX_LINE = 32 << 20
"""Bytes of one line. A longer one is refused, so that memory has a ceiling."""


_PEEK = 1 << 16
_LARGEST = 1 << 63


@dataclass(frozen=True)
class Node:
    """One record of a JSON file."""

    page: str
    """Name of the list that held it, ``""`` for a bare record, ``"*"`` for the page itself."""
    value: Any
    where: str


def parse(data: bytes) -> Json:
    """Parse one JSON document.

    Values that no database holds (lone surrogates, NUL, NaN, infinities) are taken out.

    Raises
    ------
    ValueError
        If it is not JSON. The message holds no text of the document.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return scrub(_parse_loosely(data))
    return scrub(value) if b"\\u0000" in data else value


def _parse_loosely(data: bytes) -> Json:
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON at character {error.pos}: {error.msg}") from None
    except (ValueError, RecursionError):
        raise ValueError("not valid JSON") from None


def scrub(value: Json) -> Json:
    """Take out of a JSON value what cannot be stored as UTF-8 text or JSON number."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {scrub(k): scrub(v) for k, v in value.items()}
    if isinstance(value, list):
        return [scrub(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return str(value)
    return value


def nodes(file: SourceFile, pages: Collection[str] = ()) -> Iterator[Node | Rejection]:
    """Read the records of a JSON file, one in memory at a time.

    Takes JSON lines, an array, one object, several objects after one another, and
    export pages, which are objects that hold their records in a named list.

    Parameters
    ----------
    file : SourceFile
        The file.
    pages : collection of str
        Names of lists whose elements are records.

    Yields
    ------
    Node or Rejection
        A rejection for a line, or for the rest of a file, that is not JSON.
    """
    with file.uncounted().open() as stream:
        in_lines = looks_like_lines(stream)
    with file.open() as stream:
        if in_lines:
            yield from _lines(stream, file.name, pages)
        else:
            yield from _documents(stream, file.name, pages)


def looks_like_lines(stream: BinaryIO) -> bool:
    """Tell whether each line is a document of its own. Reads the first lines."""
    first = _next_line(stream, MAX_LINE)
    if first in (b"{", b"[") or len(first) >= MAX_LINE - 1:
        return False
    lines = [first, *(_next_line(stream, _PEEK) for _ in range(20))]
    return bool(lines[1]) and any(_is_container(line) for line in lines)


def _next_line(stream: BinaryIO, limit: int) -> bytes:
    while line := stream.readline(limit):
        if line.strip():
            return line.rstrip()
    return b""


def _is_container(line: bytes) -> bool:
    if line[:1] not in (b"{", b"["):
        return False
    try:
        return isinstance(orjson.loads(line), dict | list)
    except orjson.JSONDecodeError:
        return False


def _lines(stream: BinaryIO, name: str, pages: Collection[str]) -> Iterator[Node | Rejection]:
    number = 0
    while line := stream.readline(MAX_LINE):
        number += 1
        where = f"{name}:{number}"
        if not line.endswith(b"\n") and len(line) >= MAX_LINE:
            _skip_line(stream)
            yield Rejection(where, None, f"the line is longer than {MAX_LINE:,} bytes; split it")
        elif line.strip():
            yield from _line(line, where, pages)


def _skip_line(stream: BinaryIO) -> None:
    while (rest := stream.readline(1 << 20)) and not rest.endswith(b"\n"):
        pass


def _line(line: bytes, where: str, pages: Collection[str]) -> Iterator[Node | Rejection]:
    try:
        value = parse(line)
    except ValueError as error:
        yield Rejection(where, None, str(error))
        return
    yield from _explode(value, where, pages)


def _explode(value: Json, where: str, pages: Collection[str]) -> Iterator[Node]:
    if isinstance(value, list):
        yield from (Node("", element, where) for element in value)
        return
    held = [p for p in pages if isinstance(value, dict) and isinstance(value.get(p), list)]
    for page in held:
        yield from (Node(page, element, where) for element in value[page])
    if held:
        yield Node("*", {k: v for k, v in value.items() if k not in held}, where)
    else:
        yield Node("", value, where)


def _documents(stream: BinaryIO, name: str, pages: Collection[str]) -> Iterator[Node | Rejection]:
    count = 0
    try:
        for page, value in _stream(stream, pages):
            count += page != "*"
            yield Node(page, scrub(value), f"{name}#{count}")
    except (ijson.JSONError, ValueError, RecursionError, OverflowError):
        # ijson's own message quotes the text around the fault, which may be a customer's.
        reason = "the JSON ends too early or is broken here"
        yield Rejection(name, None, f"{reason}; {count} records before it were read")


def _stream(stream: BinaryIO, pages: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Give (page, record) pairs of top-level objects and arrays, then each page's rest."""
    events = ijson.basic_parse(stream, multiple_values=True, use_float=True)
    for event, value in events:
        if event == "start_array":
            yield from (("", v) for v in _elements(events))
        elif event == "start_map":
            yield from _object(events, pages)
        else:
            yield "", value


def _elements(events: Iterator[tuple[str, Any]]) -> Iterator[Any]:
    for event, value in events:
        if event == "end_array":
            return
        yield _build(event, value, events)


def _object(events: Iterator[tuple[str, Any]], pages: Collection[str]) -> Iterator[tuple[str, Any]]:
    rest: dict[str, Any] = {}
    is_page = False
    key = ""
    for event, value in events:
        if event == "map_key":
            key = value
        elif event == "end_map":
            break
        elif event == "start_array" and key in pages:
            is_page = True
            yield from ((key, v) for v in _elements(events))
        else:
            rest[key] = _build(event, value, events)
    yield ("*" if is_page else ""), rest


def _build(event: str, value: Json, events: Iterator[tuple[str, Json]]) -> Json:
    builder = ObjectBuilder()
    builder.event(event, value)
    depth = 1 if event.startswith("start_") else 0
    while depth:
        event, value = next(events)
        builder.event(event, value)
        depth += event.startswith("start_")
        depth -= event.startswith("end_")
    return builder.value
