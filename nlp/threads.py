"""How threads of this process share the processor while texts are read."""

import sys

from threadpoolctl import threadpool_limits

_WAIT = 0.0005
"""Seconds. A thread that comes back from the encoder waits so long for one that runs Python;
with the 5 ms that are usual, the encoder stood still for a fifth of the time."""


def settle() -> None:
    """Settle it for the whole process: the encoder has all cores, other products have one."""
    sys.setswitchinterval(_WAIT)
    # Heads are small: their products end sooner than more threads wake up. Fitting an own
    # taxonomy takes longer so, and leaves the other cores to those who wait for an answer.
    threadpool_limits(1, user_api="blas")
