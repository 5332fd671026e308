"""The processes of a soak: started as an operator does, watched from outside."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from socket import socket
from typing import IO, Self

import httpx
import psutil
from sqlalchemy import select

from domain.base import now
from settings import Settings
from storage import api_keys
from storage.database import Database
from storage.tables import ConversationRow

MB = 1_000_000
START_S = 300.0


class Deployment:
    """The API, and a worker with the clock where there is a broker.

    Parameters
    ----------
    settings : Settings
        The processes get the same by the environment.
    database : Database
        Upgraded and empty.
    folder : Path
        For the logs.

    Raises
    ------
    ValueError
        If there are conversations in the database.
    """

    def __init__(self, settings: Settings, database: Database, folder: Path) -> None:
        with database.reading() as session:
            if session.scalar(select(ConversationRow.id).limit(1)) is not None:
                raise ValueError("a soak fills its database: give it an empty one")
        name = f"soak {now():%Y-%m-%d %H:%M:%S}"
        self._key = database.run(
            lambda session: api_keys.create(session, name, ["read", "write"], now())
        )
        self._url = settings.database_url.get_secret_value()
        self._folder = folder
        self._port = _free_port()
        self._commands = {"api": ["serve", "--port", str(self._port)]}
        if not settings.embedded:
            self._commands["worker"] = ["worker", "--beat", "--log-level=WARNING"]
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._logs = ExitStack()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            for name, words in self._commands.items():
                log = self._logs.enter_context((self._folder / f"{name}.log").open("wb"))
                self._processes[name] = self._start(words, log)
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._logs.close()

    def client(self) -> httpx.Client:
        """Give a client with a key."""
        headers = {"Authorization": f"Bearer {self._key}"}
        url = f"http://127.0.0.1:{self._port}"
        return httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False)

    def check(self) -> None:
        """Make sure that all processes are there.

        Raises
        ------
        ValueError
            If one ended; the message names its log.
        """
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise ValueError(f"the {name} has ended; see {self._folder / f'{name}.log'}")

    def memory(self) -> dict[str, float]:
        """Measure the resident memory of each process with its children, in MB."""
        return {name: _resident(process.pid) for name, process in self._processes.items()}

    def _start(self, words: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "cli", *words],
            env={**os.environ, "THROUGHLINE_DATABASE_URL": self._url},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )

    def _wait(self) -> None:
        until = time.monotonic() + START_S
        with self.client() as client:
            while time.monotonic() < until:
                self.check()
                with suppress(httpx.HTTPError):
                    if client.get("/readyz").is_success:
                        return
                time.sleep(0.5)
        raise ValueError(f"the API is not ready; see {self._folder / 'api.log'}")


def _resident(pid: int) -> float:
    total = 0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += one.memory_info().rss
    return total / MB


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
