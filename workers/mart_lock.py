"""Who may change the kept tables: one process of a host at a time."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

Idle = Callable[[], None]
"""Called again and again while another process is at the files; what it raises ends the wait."""


@contextmanager
def alone(
    folder: Path, *, wait: bool = True, shared: bool = False, idle: Idle | None = None
) -> Iterator[None]:
    """Have the files of a folder, which is made where it is missing, to oneself.

    Parameters
    ----------
    wait : bool
        Wait for whoever is at them just now.
    shared : bool
        Together with others who ask so.
    idle : callable, optional
        Waits between looks, in the place of a wait that nothing ends.

    Raises
    ------
    BlockingIOError
        Another process is at them, and nobody waits.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        if idle is not None:
            while not _locked(lock, kind):
                idle()
        else:
            fcntl.flock(lock, kind if wait else kind | fcntl.LOCK_NB)
        yield


def _locked(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
