"""Processes that are kept running until they are told to stop."""

import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

REST_S = 1.0
"""Before a process that ended is started again; doubled each time up to ``LONGEST_REST_S``."""
LONGEST_REST_S = 30.0
STEADY_S = 60.0
"""Who ran for so long is started again at once."""
GRACE_S = 60.0
"""After SIGTERM, before SIGKILL: longer than a batch takes."""
LOOK_S = 0.2


@dataclass
class Process:
    """One process: what it is called, its command for the shell and its ``PORT``."""

    name: str
    command: str
    port: int
    running: subprocess.Popen[str] | None = None
    began: float = 0.0
    rest: float = REST_S
    again: float = field(default=0.0)
    """When it may be started."""


class Supervisor:
    """Starts processes, passes on what they say, and starts again who ended.

    Parameters
    ----------
    processes : sequence of Process
        None of them runs yet.
    say : callable
        Gets each line, with the name of its process before it.
    """

    def __init__(self, processes: Sequence[Process], say: Callable[[str], None]) -> None:
        self._processes = processes
        self._say = say
        self._saying = threading.Lock()
        self._width = max(len(process.name) for process in processes)

    def run(self, stopping: threading.Event) -> None:
        """Keep all of them running until the event is set, then end them."""
        try:
            while not stopping.wait(LOOK_S):
                for process in self._processes:
                    self._look(process)
        finally:
            self._end()

    def _look(self, process: Process) -> None:
        if process.running is not None:
            status = process.running.poll()
            if status is None:
                return
            process.running = None
            lived = monotonic() - process.began
            process.rest = REST_S if lived >= STEADY_S else min(process.rest * 2, LONGEST_REST_S)
            process.again = monotonic() + process.rest
            self._tell(process, f"ended with {status}; starts again in {process.rest:.0f} s")
        if monotonic() >= process.again:
            self._start(process)

    def _start(self, process: Process) -> None:
        process.began = monotonic()
        process.running = subprocess.Popen(  # noqa: S603 - the operator's own file
            ["/bin/sh", "-c", f"exec {process.command}"],
            env=os.environ | {"PORT": str(process.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C reaches this process alone, which ends the others in its own way.
            start_new_session=True,
        )
        self._tell(process, f"started, process {process.running.pid}")
        threading.Thread(target=self._pass_on, args=(process, process.running), daemon=True).start()

    def _pass_on(self, process: Process, running: subprocess.Popen[str]) -> None:
        assert running.stdout is not None
        with running.stdout as lines:
            for line in lines:
                self._tell(process, line.rstrip())

    def _tell(self, process: Process, line: str) -> None:
        with self._saying:
            self._say(f"{process.name:{self._width}} | {line}")

    def _end(self) -> None:
        there = [one.running for one in self._processes if one.running is not None]
        for running in there:
            running.terminate()
        end = monotonic() + GRACE_S
        for running in there:
            try:
                running.wait(max(0.0, end - monotonic()))
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()
