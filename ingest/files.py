"""Which files an import reads: folders walked in order, sidecars left to their recordings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.bytestream import open_clean
from ingest.outcome import Rejection, Tally

SIDECAR = ".meta.json"


@dataclass(frozen=True)
class SourceFile:
    """One file to read."""

    path: Path
    tally: Tally
    """Counts what the bytes needed; whoever drives the import drains it."""

    @property
    def name(self) -> str:
        """The path as it stands in reports."""
        return self.path.as_posix()

    @property
    def stem(self) -> str:
        """The file's name without ``.gz`` and without its kind."""
        return Path(self.path.name.removesuffix(".gz")).stem

    def open(self) -> BinaryIO:
        """Open the content as clean UTF-8 bytes.

        Raises
        ------
        OSError
            If the file cannot be read or a ``.gz`` is damaged.
        """
        return open_clean(self.path, self.tally)

    def uncounted(self) -> "SourceFile":
        """Give the same file for a look at it that is not the reading itself."""
        return SourceFile(self.path, Tally())


def walk(paths: Sequence[Path], tally: Tally) -> Iterator[SourceFile | Rejection]:
    """List the files behind paths, folders in sorted order, each file once.

    Hidden files and sidecars (``*.meta.json``) inside folders are passed over.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders.
    tally : Counter
        Given to every file for what its bytes needed.
    """
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            yield Rejection(path.as_posix(), None, "there is no such file or folder")
            continue
        for file in _files(path):
            real = file.resolve()
            if real not in seen:
                seen.add(real)
                yield SourceFile(file, tally)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path).parts
        hidden = any(part.startswith(".") for part in inside)
        if file.is_file() and not hidden and not file.name.endswith(SIDECAR):
            yield file
