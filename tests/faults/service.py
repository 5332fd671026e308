"""A private service: its own port and data folder, run by a user that is not root."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from glob import glob
from pathlib import Path
from typing import ClassVar

import psutil

PATIENCE_S = 180.0
"""Longest wait for a service to come or go. Nothing is judged by it: it only ends a hang."""


DIES = ("--pdeathsig", "KILL")
"""What is asked of ``setpriv`` so that nothing outlives the tests, however they end."""


class Absent(Exception):  # noqa: N818 - a machine that lacks something is no error of ours
    """This machine lacks what a test needs; the message names it."""


def until(happened: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
    """Wait for something; a test that waits too long says for what."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen in {seconds:.0f} s")
        time.sleep(0.1)


def free_port() -> int:
    """Give a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def binary(name: str, *folders: str) -> str:
    """Find a program on the path or in folders (patterns)."""
    places = [place for pattern in folders for place in sorted(glob(pattern), reverse=True)]  # noqa: PTH207
    found = shutil.which(name, path=os.pathsep.join([*places, os.environ.get("PATH", "")]))
    if found is None:
        raise Absent(f"no {name} on this machine")
    return found


def dying_with_parent() -> list[str]:
    """Give the prefix of a command that must not outlive the tests; none outside Linux."""
    found = shutil.which("setpriv")
    return [] if found is None else [found, *DIES, "--"]


class Service:
    """One server process with all its children."""

    name: ClassVar[str]
    user: ClassVar[str]
    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name
        self.data = self.folder / "data"
        self.port = free_port()
        self.addresses = [self.host]
        self.log = self.folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self.folder.mkdir()
        self.data.mkdir(mode=0o700)
        self.own(self.folder, self.data)

    def command(self) -> Sequence[str]:
        """What runs it in the foreground."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """Variables of its own."""
        return {}

    @property
    def ended(self) -> bool:
        """Whether it was started and is gone."""
        return self.process is not None and self.process.poll() is not None

    def answers(self) -> bool:
        """Whether it serves."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it and wait until it serves."""
        self.begin()
        until(self._up, f"start of {self.name} (see {self.log})")

    def begin(self) -> None:
        """Start it without waiting."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.as_user(), *self.command()],
                cwd=self.folder,
                env={**_plain_environment(), "HOME": str(self.folder), **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Ask it to stop in good order, and wait."""
        if self.process is not None:
            self.ask_to_stop()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(60)
        self.kill()

    def ask_to_stop(self) -> None:
        """Send the signal of an orderly stop."""
        self.send(signal.SIGTERM)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the server process."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, number)

    def kill(self) -> None:
        """Kill it with all its children, as a machine that loses power does."""
        if self.process is None:
            return
        # Some children lead groups of their own: they are looked up before their parent goes.
        children = []
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(self.process.pid).children(recursive=True)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(children, timeout=PATIENCE_S)
        self.process.wait(PATIENCE_S)
        self.process = None

    def restart(self, *, kill: bool = False, away_s: float = 0.0) -> None:
        """Take it away for a while and bring it back with the same data."""
        self.kill() if kill else self.stop()
        time.sleep(away_s)
        self.start()

    def as_user(self) -> list[str]:
        """Give the prefix of a command that is to run as the service's user."""
        if os.geteuid() != 0:
            return dying_with_parent()
        owner = self.owner()
        user = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
        return [binary("setpriv"), *user, *DIES, "--"]

    def owner(self) -> pwd.struct_passwd:
        """Give the user that it runs as: its own system user, or nobody."""
        try:
            return pwd.getpwnam(self.user)
        except KeyError:
            return pwd.getpwnam("nobody")

    def own(self, *paths: Path) -> None:
        """Give files to the service's user."""
        if os.geteuid() == 0:
            for path in paths:
                os.chown(path, self.owner().pw_uid, self.owner().pw_gid)

    def run(self, *command: str) -> None:
        """Run a command as the service's user and wait."""
        done = subprocess.run(
            [*self.as_user(), *command],
            cwd=self.folder,
            env={**_plain_environment(), "HOME": str(self.folder), **self.environment()},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")

    def _up(self) -> bool:
        assert self.process is not None
        ended = self.process.poll()
        if ended is not None:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise AssertionError(f"{self.name} ended with {ended}: {tail}")
        return self.answers()


def _plain_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
