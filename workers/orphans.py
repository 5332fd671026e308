"""Children of a worker end with it: when it is killed, and when it waits for them."""

import ctypes
import os
import signal
import sys
from contextlib import suppress

from billiard import active_children

PR_SET_PDEATHSIG = 1
"""``prctl(2)``: the signal that a process gets when its parent dies."""


def die_with_parent(**_: object) -> None:
    """Have this process killed as soon as its parent is gone. Does nothing outside Linux.

    It may be killed in the middle of its work, which is safe at any moment.
    """
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the call
        os.kill(os.getpid(), signal.SIGKILL)


def end_children(**_: object) -> None:
    """Kill what is still there when a worker has stopped and its pool is done: the clock.

    Celery asks the clock to end by an exception, which is lost when it comes while the clock
    is sending or starting; the worker would then wait for it for ever. It has nothing to save.
    """
    for child in active_children():
        if child.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)
