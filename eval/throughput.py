"""Conversations a second from accepted to signals committed: ``python -m eval.throughput``.

``throughline worker`` runs in processes of its own, one and then two, each with one thread for
the model, on PostgreSQL and each broker named. The clock runs from the first record handed in
to the last piece of work that is done, journeys included. Around each run the same texts pass
bare taggers, in as many processes with as many threads: that is the pure model time.
"""

import argparse
import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
from kombu import Connection
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import func, select

from domain.base import now
from domain.conversation import Channel, Conversation, Role, Turn
from domain.identity import Identifier
from eval.memory import invented
from eval.results import table, write_section
from nlp.models import find
from nlp.tagger import Tagger, TaggerConfig
from settings import Settings
from storage import backlog, conversations
from storage.database import Database
from storage.tables import ConversationRow
from storage.work import Priority
from workers.notify import hint

TITLE = "Throughput of workers"
RESULTS = Path("docs/results-work.md")
BATCH = 16
WARM = 48
"""Conversations before the clock runs, so that models are loaded."""
CONTACTS = 3
"""Of one customer."""
START_S = 300.0
console = Console()


@dataclass(frozen=True)
class Pace:
    """How long some conversations took."""

    seconds: float
    cpu_seconds: float
    """Of the processes that read, not of the database or the broker."""

    def __add__(self, other: "Pace") -> "Pace":
        return Pace(self.seconds + other.seconds, self.cpu_seconds + other.cpu_seconds)


def made(number: int, seed: int) -> list[Conversation]:
    """Invent conversations of 3 to 9 turns, no two alike."""
    chance = random.Random(seed)  # noqa: S311 - invented text, no secret
    return [_conversation(chance, f"{seed}-{n}", f"{seed}-{n // CONTACTS}") for n in range(number)]


def _conversation(chance: random.Random, source_id: str, user: str) -> Conversation:
    at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=chance.randrange(100_000))
    turns = tuple(
        Turn(
            role=(Role.CUSTOMER, Role.AGENT)[place % 2],
            text=invented(chance, 40),
            source_id=str(place),
            at=at + timedelta(seconds=30 * place),
        )
        for place in range(chance.randint(3, 9))
    )
    return Conversation(
        source="throughput",
        source_id=source_id,
        channel=Channel.CHAT,
        started_at=at,
        turns=turns,
        identifiers=(Identifier.model_validate(f"user:{user}"),),
    )


def pure(talks: Sequence[Conversation], processes: int) -> Pace:
    """Read conversations with bare taggers, side by side; loading is not counted."""
    shares = [talks[first::processes] for first in range(processes)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        paces = list(pool.map(_read, shares))
    return Pace(max(p.seconds for p in paces), sum(p.cpu_seconds for p in paces))


def _read(talks: Sequence[Conversation]) -> Pace:
    settings = Settings()
    encoder = find(settings.model_dir, settings.encoder).encoder
    config = TaggerConfig(settings.model_dir, encoder, settings.languages, threads=1)
    tagger = Tagger.load(config)
    tagger.tag(made(WARM, seed=1))
    begun, cpu = time.perf_counter(), time.process_time()
    for first in range(0, len(talks), BATCH):
        tagger.tag(talks[first : first + BATCH])
    return Pace(time.perf_counter() - begun, time.process_time() - cpu)


@contextlib.contextmanager
def empty_database(server: str) -> Iterator[str]:
    """Make a database on a server for a while."""
    name = f"throughline_throughput_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextlib.contextmanager
def working(settings: Settings, workers: int) -> Iterator[list[psutil.Process]]:
    """Run so many workers as commands; the first is the clock too."""
    assert settings.broker_url is not None
    environment = os.environ | {
        "THROUGHLINE_DATABASE_URL": settings.database_url.get_secret_value(),
        "THROUGHLINE_BROKER_URL": settings.broker_url.get_secret_value(),
        "THROUGHLINE_THREADS": "1",
    }
    command = [sys.executable, "-m", "cli", "worker", "--log-level", "ERROR"]
    started = [
        subprocess.Popen(command + ["--beat"] * (n == 0), env=environment)  # noqa: S603
        for n in range(workers)
    ]
    try:
        yield [psutil.Process(process.pid) for process in started]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(120)


def end_to_end(settings: Settings, talks: Sequence[Conversation], workers: int) -> Pace:
    """Hand conversations in and wait until all work on them is done."""
    database = Database(settings.database_url.get_secret_value())
    database.upgrade()
    try:
        with working(settings, workers) as processes:
            for seed in range(2, 2 + workers):
                _done(settings, database, made(WARM, seed))
            before = _cpu(processes)
            begun = time.perf_counter()
            _done(settings, database, talks)
            return Pace(time.perf_counter() - begun, _cpu(processes) - before)
    finally:
        database.dispose()


def _done(settings: Settings, database: Database, talks: Sequence[Conversation]) -> None:
    for first in range(0, len(talks), 200):
        keep = partial(conversations.save_many, now=now(), priority=Priority.BATCH)
        database.run(partial(keep, conversations=talks[first : first + 200]))
        if first == 0:
            hint(settings)
    end = time.monotonic() + START_S + len(talks)
    while _waiting(database):
        if time.monotonic() > end:
            raise RuntimeError("the workers do not come to an end; see what they say above")
        time.sleep(0.1)


def _waiting(database: Database) -> int:
    with database.reading() as session:
        left = select(func.count()).where(ConversationRow.tagger.is_(None))
        return backlog.waiting(session, now()) + (session.scalar(left) or 0)


def _cpu(processes: Sequence[psutil.Process]) -> float:
    everyone = [p for main in processes for p in (main, *main.children(recursive=True))]
    return sum(sum(process.cpu_times()[:2]) for process in everyone)


def measure(server: str, broker: str, talks: Sequence[Conversation], workers: int) -> list[str]:
    """Measure one row of the table."""
    name = urlsplit(broker).scheme
    before = pure(talks, workers)
    with empty_database(server) as url:
        settings = Settings(database_url=SecretStr(url), broker_url=SecretStr(broker))
        whole = end_to_end(settings, talks, workers)
    both = before + pure(talks, workers)
    bare = Pace(both.seconds / 2, both.cpu_seconds / 2)
    return [
        {"amqp": "RabbitMQ"}.get(name, "Redis"),
        str(workers),
        f"{len(talks) / bare.seconds:.1f}",
        f"{len(talks) / whole.seconds:.1f}",
        f"{100 * (whole.seconds / bare.seconds - 1):.0f} %",
        f"{1000 * bare.cpu_seconds / len(talks):.0f}",
        f"{1000 * whole.cpu_seconds / len(talks):.0f}",
        f"{100 * (whole.cpu_seconds / bare.cpu_seconds - 1):.0f} %",
    ]


def main() -> None:
    """Measure all and write the section where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=600)
    parser.add_argument("--server", default="postgresql://postgres@127.0.0.1:5432")
    parser.add_argument("--broker", action="append", help="URL; of its own, for nobody else")
    parser.add_argument("--workers", type=int, action="append", help="1 and 2 by default")
    parser.add_argument("--write", action="store_true", help="put the figures into the results")
    chosen = parser.parse_args()
    brokers = chosen.broker or [
        "amqp://guest:guest@127.0.0.1:5672/throughput",
        "redis://127.0.0.1:6379/7",
    ]
    for broker in brokers:
        reach(broker)
    talks = made(chosen.conversations, seed=100)
    rows: list[list[str]] = []
    for broker in brokers:
        for workers in chosen.workers or (1, 2):
            rows.append(measure(chosen.server, broker, talks, workers))
            console.print(rows[-1])
            if chosen.write:
                write(talks, rows)


def reach(broker: str) -> None:
    """Make sure of a broker before anything is measured.

    Raises
    ------
    RuntimeError
        If it does not answer or gives no access.
    """
    with Connection(broker, connect_timeout=3) as connection:
        try:
            connection.connect()
        except Exception as error:
            where = connection.as_uri()
            raise RuntimeError(f"{where} gives no access; is its virtual host there?") from error


def write(talks: Sequence[Conversation], rows: Sequence[list[str]]) -> None:
    """Put what is measured so far into the results."""
    turns = sum(len(talk.turns) for talk in talks)
    write_section(
        TITLE,
        f"python -m eval.throughput --conversations {len(talks)} --write",
        f"{len(talks)} invented conversations with {turns:,} turns of 3 to 40 words, three of "
        "one customer, no two texts alike; real encoder, one thread a worker, PostgreSQL on "
        "the same machine. Pure: bare taggers in as many processes, before and after each "
        "run. Processor time is that of the workers, without database and broker. Load of "
        f"the machine at the end: {os.getloadavg()[0]:.1f} on "
        f"{len(os.sched_getaffinity(0))} cores.",
        table(
            [
                "broker",
                "workers",
                "pure, a second",
                "end to end, a second",
                "overhead",
                "pure, CPU ms each",
                "worker, CPU ms each",
                "CPU overhead",
            ],
            rows,
        ),
        RESULTS,
    )


if __name__ == "__main__":
    main()
