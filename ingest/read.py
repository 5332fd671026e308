"""Files of any known format to records: the door of `ingest`."""

import csv
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import ijson

from ingest.build import RecordError
from ingest.context import Context
from ingest.files import SourceFile, walk
from ingest.format import Format
from ingest.formats import by_name, detect, names
from ingest.head import head_of
from ingest.options import ReadOptions
from ingest.outcome import Item, Outcome, Rejection, Tally

_BROKEN = (
    OSError, EOFError, zlib.error, UnicodeError, csv.Error, ijson.JSONError, RecordError,
    ValueError, RecursionError, MemoryError,
)  # fmt: skip


def read_paths(paths: Sequence[Path], options: ReadOptions | None = None) -> Iterator[Outcome]:
    """Read files and folders into canonical records.

    Records come one by one, as they are read; what a file cannot give is a rejection among
    them, and the next record follows. Formats whose records lie scattered over several files
    (Zendesk, Intercom, Contact Lens) are read together, after all others.

    Parameters
    ----------
    paths : sequence of Path
        Files, packed with gzip or not, and folders, which are walked in sorted order.
    options : ReadOptions, optional
        What the caller knows about the files.

    Yields
    ------
    Item or Rejection
        Good records with what was cleaned and repaired; refused ones with field and reason.

    Raises
    ------
    ValueError
        If the options name a format that is not known.
    """
    options = options or ReadOptions()
    chosen = None if options.format == "auto" else by_name(options.format)
    return _read(paths, chosen, Context.of(options))


def _read(paths: Sequence[Path], chosen: Format | None, context: Context) -> Iterator[Outcome]:
    tally = Tally()
    together: dict[str, list[SourceFile]] = {}
    for file in walk(paths, tally):
        found = file if isinstance(file, Rejection) else _format_of(file, chosen)
        if isinstance(found, Rejection):
            yield found
        elif isinstance(file, SourceFile):
            if found.together:
                together.setdefault(found.name, []).append(file)
            else:
                yield from _run(found, [file], context, tally)
    for name, files in together.items():
        yield from _run(by_name(name), files, context, tally)


def _format_of(file: SourceFile, chosen: Format | None) -> Format | Rejection:
    if chosen is not None:
        return chosen
    try:
        head = head_of(file)
    except _BROKEN as error:
        return Rejection(file.name, None, _reason(error))
    if not head.text.strip():
        return Rejection(file.name, None, "the file is empty")
    found = detect(head)
    if found is None:
        reason = f"the format is not known; known are {', '.join(names())}"
        return Rejection(file.name, None, reason)
    return found


def _run(
    known: Format, files: Sequence[SourceFile], context: Context, tally: Tally
) -> Iterator[Outcome]:
    """Read files of one format; what breaks them apart ends them, not the import."""
    try:
        for outcome in known.read(files, context):
            yield _with(outcome, tally)
    except _BROKEN as error:
        where = files[0].name if len(files) == 1 else known.name
        yield Rejection(where, None, _reason(error))


def _with(outcome: Outcome, tally: Tally) -> Outcome:
    """Hand what the bytes needed to the first good record behind it."""
    if not tally or isinstance(outcome, Rejection):
        return outcome
    counts = Tally(outcome.repairs)
    counts.update(tally)
    tally.clear()
    return replace(outcome, repairs={str(kind): count for kind, count in counts.items()})


def _reason(error: BaseException) -> str:
    """Say what broke a file. Messages of parsers may quote text, so only ours are given."""
    if isinstance(error, RecordError):
        return error.reason
    if isinstance(error, EOFError | zlib.error):
        return "the packed file is damaged or ends too early"
    if isinstance(error, OSError):
        return f"the file cannot be read ({error.strerror or 'damaged'})"
    return f"the file cannot be read ({type(error).__name__})"


__all__ = ["Item", "Rejection", "read_paths"]
