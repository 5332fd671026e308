"""CSV as rows with names: delimiter and header found, columns mapped to our fields."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.build import RecordError
from ingest.context import Context
from ingest.fields import snake
from ingest.files import SourceFile
from ingest.outcome import Rejection, Repair, Tally

Reader = Any
"""The reader of the standard library, whose type has no public name."""

MAX_FIELD = 32 << 20
"""Characters of one field that are read; a message has a lower limit of its own."""
DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Row:
    """One row: our field names to values, and the columns that are no field of ours."""

    line: int
    fields: Mapping[str, str]
    rest: Mapping[str, str]
    tally: Tally


def delimiter_of(line: str) -> str:
    """Tell the delimiter from the header line, or from Excel's ``sep=;``."""
    if line.lower().startswith("sep=") and len(line.strip()) == 5:
        return line.strip()[4]
    return max(DELIMITERS, key=line.count)


def header_of(text: str) -> list[str]:
    """Give the columns that the first line of a text names."""
    lines = text[:100_000].splitlines()
    if lines and lines[0].lower().startswith("sep="):
        lines = lines[1:]
    if not lines:
        return []
    return [name.strip() for name in next(csv.reader([lines[0]], delimiter=delimiter_of(lines[0])))]


def columns(
    header: list[str], aliases: Mapping[str, str], wanted: Mapping[str, str]
) -> dict[int, str]:
    """Map the positions of columns to our field names.

    Parameters
    ----------
    header : list of str
        Columns as the file names them.
    aliases : mapping of str to str
        Usual names in snake_case to our fields.
    wanted : mapping of str to str
        Our field to the column's name, from the caller; it beats the usual names.

    Raises
    ------
    RecordError
        If a column of the caller's is not in the file. It names the column and lists
        those found.
    """
    places = {name: position for position, name in reversed(list(enumerate(header)))}
    for field, column in wanted.items():
        if column not in places:
            raise missing(f"{field} = {column}", header)
    mapped = {places[column]: field for field, column in wanted.items()}
    taken = set(mapped.values())
    for position, name in enumerate(header):
        usual = aliases.get(snake(name))
        if usual and usual not in taken and position not in mapped:
            mapped[position] = usual
            taken.add(usual)
    return mapped


def missing(what: str, header: list[str]) -> RecordError:
    """Say that a column is missing and which ones there are."""
    found = ", ".join(name[:40] for name in header[:40]) or "none"
    reason = f"the column is missing; columns found: {found}. Map it with --map FIELD=COLUMN"
    return RecordError(what, reason)


def rows(
    file: SourceFile, context: Context, aliases: Mapping[str, str], required: tuple[str, ...]
) -> Iterator[Row | Rejection]:
    """Read the rows of a CSV file.

    Parameters
    ----------
    file : SourceFile
        The file.
    context : Context
        Holds the caller's mapping.
    aliases : mapping of str to str
        Usual column names to our fields.
    required : tuple of str
        Fields without which nothing can be read.

    Yields
    ------
    Row or Rejection
        A rejection for a row with more fields than the header, or an unclosed quotation.

    Raises
    ------
    RecordError
        If a required column is missing.
    """
    csv.field_size_limit(MAX_FIELD)
    with file.open() as stream:
        lines = io.TextIOWrapper(stream, "utf-8", "replace", newline="")
        reader, skipped = _reader(lines)
        header = [name.strip() for name in next(reader, [])]
        mapped = columns(header, aliases, context.options.mapping)
        for field in required:
            if field not in mapped.values():
                raise missing(field, header)
        yield from _rows(reader, file.name, header, mapped, skipped)


def _reader(lines: io.TextIOWrapper) -> tuple[Reader, int]:
    first = lines.readline(100_000)
    delimiter = delimiter_of(first)
    if first.lower().startswith("sep="):
        return csv.reader(lines, delimiter=delimiter), 1
    return csv.reader(_again(first, lines), delimiter=delimiter), 0


def _again(first: str, lines: io.TextIOWrapper) -> Iterator[str]:
    yield first
    yield from lines


def _rows(
    reader: Reader, name: str, header: list[str], mapped: Mapping[int, str], skipped: int
) -> Iterator[Row | Rejection]:
    while True:
        line = reader.line_num + 1 + skipped
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Rejection(f"{name}:{line}", None, f"the row cannot be read: {error}")
            continue
        if not any(value.strip() for value in values):
            continue
        if len(values) > len(header):
            reason = f"the row has {len(values)} fields, the header {len(header)}"
            yield Rejection(f"{name}:{line}", None, reason)
            continue
        tally = Tally({Repair.SHORT_ROW.value: 1} if len(values) < len(header) else {})
        found = {mapped[p]: v for p, v in enumerate(values) if p in mapped and v.strip()}
        rest = {header[p]: v for p, v in enumerate(values) if p not in mapped and v.strip()}
        yield Row(line, found, rest, tally)
