"""The server that ``eval.latency`` measures: embedded, or with PostgreSQL, broker and worker."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from domain.base import now
from eval.latency_beside import stored
from eval.throughput import empty_database
from storage import api_keys
from storage.database import Database

POSTGRESQL = "postgresql://postgres@127.0.0.1:5432"
START_SECONDS = 300


class Server(NamedTuple):
    """Where it listens, and the key that it takes."""

    port: int
    key: str


@contextlib.contextmanager
def serving(threads: int, stored_talks: int, broker: str | None = None) -> Iterator[Server]:
    """Serve the API on a free port with a database of its own.

    Parameters
    ----------
    threads : int
        Of the model.
    stored_talks : int
        Conversations that another version has read.
    broker : str, optional
        URL. On PostgreSQL then, with one worker beside; else embedded, on SQLite.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="throughline-latency-"))
        url, key = f"sqlite:///{Path(folder) / 'throughline.db'}", "dev"
        environment = {k: v for k, v in os.environ.items() if k != "THROUGHLINE_BROKER_URL"}
        if broker is not None:
            url = stack.enter_context(empty_database(POSTGRESQL))
            environment["THROUGHLINE_BROKER_URL"] = broker
        stored(url, stored_talks, seed=7)
        key = key if broker is None else _key(url)
        environment |= {"THROUGHLINE_DATABASE_URL": url, "THROUGHLINE_THREADS": str(threads)}
        port = _free_port()
        stack.enter_context(_running(["serve", "--port", str(port)], environment))
        if broker is not None:
            stack.enter_context(_running(["worker", "--beat"], environment))
        _wait(port)
        yield Server(port, key)


@contextlib.contextmanager
def _running(words: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "cli", *words],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def _key(url: str) -> str:
    database = Database(url)
    make = partial(api_keys.create, name="latency", scopes=["admin"], now=now())
    key = database.run(make)
    database.dispose()
    return key


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").close()
            return
        time.sleep(0.3)
    raise RuntimeError("the server did not become ready")
