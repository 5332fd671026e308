"""The agent's call and the listings as the database grows: ``python -m eval.context_scale``.

It makes a database of each size on a PostgreSQL server, by COPY from some hundred contacts that
went through the real pipeline, serves the API over it in a process of its own, and has one client
ask ``GET /v1/context`` for customers drawn at random. Then every listing runs under EXPLAIN. The
databases are dropped in the end, unless they are to be kept.
"""

import argparse
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psycopg
from psycopg import sql
from rich.console import Console

from domain.base import now
from domain.identity import Identifier
from eval import plans, scale_fill
from eval.results import table, write_section
from nlp.tagger import Tagger, TaggerConfig
from settings import Settings
from storage import api_keys
from storage.database import Database

PAGE = Path("docs/results-scale.md")
TITLE = "Context and listings as the database grows"
SERVER = "postgresql://postgres@127.0.0.1:5432"
SIZES = (10_000, 1_000_000)
CALLS = 1_000
WARM_UP = 100
SEED = 20261123
START_SECONDS = 120
FACTOR = 5.0
"""The 95th percentile may grow this much from the smallest size to the largest."""
MOMENT = datetime(2026, 5, 1, tzinfo=UTC)
AFTER = ("2026-05-01T10:00:00+00:00", "cnv_8")
console = Console()


@dataclass(frozen=True)
class Seen:
    """What was measured at one size."""

    conversations: int
    seconds: np.ndarray
    """Of each call, shape (calls,)."""
    gigabytes: float
    listings: Mapping[str, Sequence[plans.Plan]]
    context: Sequence[plans.Plan]


def fill(server: str, name: str, size: int, tagger: Tagger) -> Database:
    """Make a database of so many conversations; one that is there already stays."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if known.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    database = Database(f"{server}/{name}")
    database.upgrade()
    if scale_fill.count(database) < size:
        scale_fill.empty(database)
        scale_fill.make_template(database, tagger)
        for done in scale_fill.multiply(database, 1, size // scale_fill.CONTACTS):
            console.print(f"{name}: {done * scale_fill.CONTACTS:,} conversations", end="\r")
    return database


def drop(server: str, name: str) -> None:
    """Take a database away."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def measure(database: Database, size: int, calls: int) -> Seen:
    """Ask for customers drawn at random, and explain every query."""
    chance = random.Random(SEED)  # noqa: S311 - a draw of customers
    copies = size // scale_fill.CONTACTS
    drawn = [_customer(chance, copies) for _ in range(WARM_UP + calls)]
    with serving(database) as ask:
        seconds = np.array([ask(customer) for customer in drawn])[WARM_UP:]
    told = plans.lists(MOMENT, AFTER, scale_fill.THEME)
    busiest = Identifier.model_validate(f"email:c0.k{copies // 2:05d}@shop.example")
    for call in told.values():
        plans.explain(database, call)  # the first run fetches pages
    return Seen(
        conversations=size,
        seconds=seconds,
        gigabytes=scale_fill.size(database) / 1e9,
        listings={name: plans.explain(database, call) for name, call in told.items()},
        context=plans.explain(database, plans.context(busiest)),
    )


def _customer(chance: random.Random, copies: int) -> str:
    number = chance.randrange(scale_fill.CUSTOMERS)
    return f"email:c{number}.k{chance.randrange(copies):05d}@shop.example"


@contextmanager
def serving(database: Database) -> Iterator["Ask"]:
    """Serve the API over a database, as beside workers elsewhere: it takes no work itself."""
    with database.session() as session:
        api_keys.revoke(session, "scale", now())
        secret = api_keys.create(session, f"scale-{time.time_ns()}", ["read"], now())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = {
        **os.environ,
        "THROUGHLINE_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "THROUGHLINE_BROKER_URL": "amqp://guest:guest@127.0.0.1:5672//",
    }
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "cli", "serve", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Ask(port, secret)
    finally:
        process.terminate()
        process.wait(60)


class Ask:
    """A client that keeps its connection."""

    def __init__(self, port: int, secret: str) -> None:
        self._headers = {"X-API-Key": secret}
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                self._connection.connect()
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.3)

    def __call__(self, customer: str) -> float:
        """Ask for a customer's context; give the seconds it took.

        Raises
        ------
        RuntimeError
            If the answer is not a context with points.
        """
        begun = time.perf_counter()
        self._connection.request("GET", f"/v1/context?identifier={customer}", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - begun
        if answer.status != 200 or not json.loads(body)["points"]:
            raise RuntimeError(f"the server answered {answer.status}")
        return seconds


def told(seen: Sequence[Seen]) -> str:
    """Write the figures as Markdown."""
    head = ("conversations", "database", "calls", "p50", "p95", "p99", "largest")
    rows = [
        (
            f"{one.conversations:,}",
            f"{one.gigabytes:.1f} GB",
            f"{len(one.seconds):,}",
            *(f"{1000 * np.percentile(one.seconds, q):.1f} ms" for q in (50, 95, 99, 100)),
        )
        for one in seen
    ]
    return f"{table(head, rows)}\n\n{_context(seen[-1])}\n\n{_listings(seen)}"


def _context(seen: Seen) -> str:
    head = ("time", "pages", "fetched", "way", "statement")
    rows = [
        (
            f"{plan.milliseconds:.2f} ms",
            f"{plan.buffers:,}",
            f"{plan.read:,}",
            ", ".join(f"`{way}`" for way in plan.ways()),
            f"`{' '.join(plan.statement.split('FROM', 1)[-1].split())[:90]}`",
        )
        for plan in seen.context
    ]
    return (
        f"The statements of one context, of the customer with the most contacts (20), at "
        f"{seen.conversations:,} conversations:\n\n{table(head, rows)}"
    )


def _listings(seen: Sequence[Seen]) -> str:
    head = ("listing", *(f"{one.conversations:,}: time, pages" for one in seen), "first way")
    rows = []
    for name in seen[0].listings:
        several = [one.listings[name] for one in seen]
        cells = (
            f"{sum(p.milliseconds for p in found):.1f} ms, {sum(p.buffers for p in found):,}"
            for found in several
        )
        rows.append((name, *cells, ", ".join(f"`{way}`" for way in several[-1][0].ways())))
    return f"All statements of one page of 50:\n\n{table(head, rows)}"


def main() -> None:
    """Fill, measure, write the figures down, and fail if the context became too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default=SERVER, help="where databases may be made and dropped")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--keep", action="store_true", help="leave the databases for another run")
    arguments = parser.parse_args()
    settings = Settings()
    tagger = Tagger.load(
        TaggerConfig(settings.model_dir, settings.encoder, settings.languages, threads=1)
    )
    seen = []
    for size in sorted(arguments.sizes):
        name = f"throughline_scale_{size}"
        database = fill(arguments.server, name, size, tagger)
        seen.append(measure(database, size, arguments.calls))
        facts = plans.settings(database)
        database.dispose()
        if not arguments.keep:
            drop(arguments.server, name)
    data = "Settings of the server: " + ", ".join(f"{k} {v}" for k, v in facts.items()) + "."
    command = f"python -m eval.context_scale --sizes {' '.join(map(str, arguments.sizes))}"
    body = told(seen)
    write_section(TITLE, command, data, body, PAGE)
    console.print(body, markup=False, highlight=False, soft_wrap=True)
    growth = np.percentile(seen[-1].seconds, 95) / np.percentile(seen[0].seconds, 95)
    if growth > FACTOR:
        sys.exit(f"the 95th percentile grew {growth:.1f} times, more than {FACTOR:.0f}")


if __name__ == "__main__":
    main()
