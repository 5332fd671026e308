"""JSON lines of ``{"id", "text"}`` in, one answer a line out, in the same order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

import orjson
from pydantic import JsonValue

from domain.conversation import MAX_TEXT

UNREADABLE = 3
"""Exit code when at least one line could not be read."""
BATCH = 256


@dataclass(frozen=True)
class TextLine:
    """One line of input: a text, or the reason why there is none."""

    id: str | int | None
    text: str
    error: str | None = None


Answer = Mapping[str, JsonValue]


def read_lines(file: BinaryIO) -> Iterator[TextLine]:
    """Read ``{"id", "text"}`` lines; a bad one is kept in its place, with the reason."""
    for raw in file:
        if raw.strip():
            yield _read_line(raw)


def _read_line(raw: bytes) -> TextLine:
    try:
        record = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return TextLine(None, "", "the line is not valid JSON in UTF-8")
    if not isinstance(record, dict):
        return TextLine(None, "", "the line is not an object with id and text")
    name = record.get("id")
    if isinstance(name, bool) or not isinstance(name, str | int):
        return TextLine(None, "", "id: missing, or neither a string nor a whole number")
    text = record.get("text")
    if not isinstance(text, str):
        return TextLine(name, "", "text: missing, or not a string")
    if len(text) > MAX_TEXT:
        return TextLine(name, "", f"text: longer than {MAX_TEXT} characters")
    return TextLine(name, text)


def answer_lines(
    source: BinaryIO,
    sink: BinaryIO,
    answer: Callable[[Sequence[str]], Sequence[Answer]],
    advance: Callable[[int], None],
) -> int:
    """Answer every line of a file in order, in batches.

    Parameters
    ----------
    source, sink : binary files
        ``{"id", "text"}`` lines in; ``{"id", …}`` or ``{"id", "error"}`` lines out.
    answer : callable
        Gives one object for each text of a batch.
    advance : callable
        Is told how many lines were done.

    Returns
    -------
    int
        Number of lines that could not be read.
    """
    lines, unreadable = read_lines(source), 0
    while batch := list(islice(lines, BATCH)):
        answers = iter(answer([line.text for line in batch if line.error is None]))
        for line in batch:
            body = next(answers) if line.error is None else {"error": line.error}
            sink.write(orjson.dumps({"id": line.id, **body}, option=orjson.OPT_APPEND_NEWLINE))
            unreadable += line.error is not None
        advance(len(batch))
    return unreadable
