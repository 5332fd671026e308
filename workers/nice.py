"""Giving way on the processor to whatever else runs on the machine."""

import os
from contextlib import suppress
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")


def give_way(nice: int) -> None:
    """Lower the priority of this process, and of its session where that is the worker's own.

    A Linux that groups processes by session (``kernel.sched_autogroup_enabled``, as desktops and
    many servers do) shares the processor out between sessions first, and priorities count inside
    one only: a worker with a session of its own would give way to nobody.

    Parameters
    ----------
    nice : int
        0 to 19; 0 changes nothing.
    """
    if not nice:
        return
    os.nice(nice)
    if os.getsid(0) in (os.getpid(), os.getppid()):
        with suppress(OSError):  # no such kernel
            AUTOGROUP.write_text(str(nice), encoding="ascii")
