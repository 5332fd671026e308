"""A worker that gives way does so on kernels that share the processor by session, too."""

import subprocess
import sys

import pytest

from workers.nice import AUTOGROUP

SCRIPT = """
import os
from workers.nice import AUTOGROUP, give_way
give_way({nice})
# empty where the session has no group of its own, as in a container's first one
words = AUTOGROUP.read_text().split() if AUTOGROUP.exists() else []
print(os.nice(0), words[-1] if words else "none")
"""


def steps_back(nice: int, *, session: bool) -> tuple[int, str]:
    command = [sys.executable, "-c", SCRIPT.format(nice=nice)]
    if not session:  # the parent of its own must not lead the session by chance
        command = ["/bin/sh", "-c", '"$@"; exit $?', "sh", *command]
    done = subprocess.run(
        command, start_new_session=session, check=True, capture_output=True, text=True
    )
    own, group = done.stdout.split()
    return int(own), group


@pytest.mark.parametrize("nice", [1, 3])
def test_a_worker_gives_way_and_its_own_session_with_it(nice: int) -> None:
    before, _ = steps_back(0, session=True)
    own, group = steps_back(nice, session=True)
    assert own == min(before + nice, 19)
    assert group == (str(nice) if AUTOGROUP.exists() else "none")


def test_a_session_of_others_keeps_its_share() -> None:
    _, before = steps_back(0, session=False)
    assert steps_back(3, session=False)[1] == before
