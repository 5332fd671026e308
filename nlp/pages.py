"""Memory of files that were read once and are not needed again.

Networks are mapped from their files and copied into the form that the processor wants. The
mapped pages would stay resident for as long as nobody else wants them, beside the copy.
"""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_MAPS = Path("/proc/self/maps")
_DONT_NEED = 4
"""``MADV_DONTNEED`` of Linux: pages of a file are read again when they are touched."""


def give_back(folder: Path) -> int:
    """Give back the pages of files below a folder that are mapped to be read alone.

    What is touched again is read from the file again. On other systems than Linux nothing is
    done.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    int
        Bytes of the mappings.
    """
    if not sys.platform.startswith("linux"):
        return 0
    given = 0
    library = ctypes.CDLL(None)
    for start, end in _mapped(folder.resolve()):
        if library.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _DONT_NEED) == 0:
            given += end - start
    return given


def _mapped(folder: Path) -> Iterator[tuple[int, int]]:
    """Give where files of the folder are mapped; pages that may be written are left alone."""
    with suppress(OSError):
        for line in _MAPS.read_text().splitlines():
            place, rights, *_, path = line.split(maxsplit=5)
            if rights.startswith("r--") and path.startswith(f"{folder}/"):
                start, end = place.split("-")
                yield int(start, 16), int(end, 16)
