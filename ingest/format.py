"""What a format is to the reader: a name, a way to be recognised, and an adapter."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ingest.context import Context
from ingest.files import SourceFile
from ingest.head import Head
from ingest.outcome import Outcome


@dataclass(frozen=True)
class Format:
    """One format."""

    name: str
    """As it is given to ``--format``."""
    title: str
    """As a person calls it."""
    recognises: Callable[[Head], bool]
    """Tells from the beginning of a file whether it is of this format."""
    read: Callable[[Sequence[SourceFile], Context], Iterator[Outcome]]
    """Reads files into outcomes."""
    together: bool = False
    """Whether one record may lie scattered over several files, so that all are read at once."""
