"""A small file as one text, with a ceiling."""

from ingest.build import RecordError
from ingest.files import SourceFile

MAX_BYTES = 64 << 20


def whole(file: SourceFile) -> bytes:
    """Read a file that is one record.

    Raises
    ------
    RecordError
        If it is larger than one transcript can be.
    OSError
        If it cannot be read.
    """
    with file.open() as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise RecordError(None, f"one transcript has at most {MAX_BYTES >> 20} MiB")
    return data


def whole_text(file: SourceFile) -> str:
    """Read a file that is one text; see `whole`."""
    return whole(file).decode("utf-8", "replace")
