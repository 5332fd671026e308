"""How long ``POST /v1/tag`` takes beside the model's own time: ``python -m eval.latency``.

``throughline serve`` runs in a process of its own; 1, 8 and 32 clients that keep their
connection each send one text after the other. Before and after, the same texts pass a tagger
in this process one by one: that is the model's own time, measured on the machine as it is then.
Each number of clients is measured alone and beside a run that reads stored conversations again.
"""

import argparse
import asyncio
import json
import os
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from rich.console import Console

from domain.conversation import Channel, Conversation, Role, Turn
from eval.latency_beside import Bulk
from eval.latency_server import Server, serving
from eval.memory import invented
from eval.results import table, write_section
from nlp.models import build
from nlp.tagger import Tagger, TaggerConfig
from settings import Settings

TITLE = "Latency of POST /v1/tag"
CLIENTS = (1, 8, 32)
TEXTS = 64
WORDS = 40
"""Longest text in words; the median is 18."""
BULK_SECONDS = 10.0
"""So long the run that reads again is watched alone."""
console = Console()


def own_seconds(tagger: Tagger, texts: Sequence[str], rounds: int) -> np.ndarray:
    """Give the model's own time for each text, alone: its median over some rounds, shape (N,)."""
    taken = np.empty((rounds, len(texts)))
    for turn in range(rounds):
        for place, text in enumerate(texts):
            conversation = _conversation(text)
            begun = time.perf_counter()
            tagger.tag([conversation])
            taken[turn, place] = time.perf_counter() - begun
    return np.asarray(np.median(taken, axis=0))


def _conversation(text: str) -> Conversation:
    return Conversation(
        source="latency",
        source_id="1",
        channel=Channel.CHAT,
        started_at=datetime(2026, 3, 2, tzinfo=UTC),
        turns=(Turn(role=Role.CUSTOMER, text=text),),
    )


async def call(
    server: Server, texts: Sequence[str], clients: int, calls: int
) -> list[tuple[int, float]]:
    """Have clients send so many calls in all; give the text's place and the seconds of each."""
    order = iter([place % len(texts) for place in range(calls)])
    taken: list[tuple[int, float]] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for place in order:
            begun = time.perf_counter()
            writer.write(_request(texts[place], server.key))
            await _answer(reader)
            taken.append((place, time.perf_counter() - begun))
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return taken


def _request(text: str, key: str) -> bytes:
    body = json.dumps({"text": text}).encode()
    head = (
        f"POST /v1/tag HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    if not head.startswith("http/1.1 200"):
        raise RuntimeError(f"the server answered {head.splitlines()[0]}")
    length = next(line for line in head.splitlines() if line.startswith("content-length:"))
    await reader.readexactly(int(length.split(":")[1]))


def fresh(number: int, seed: int) -> list[str]:
    """Invent texts, so that no vector is remembered from one measurement to the next."""
    chance = random.Random(seed)  # noqa: S311 - invented text, no secret
    return [invented(chance, WORDS) for _ in range(number)]


def measure(
    tagger: Tagger, server: Server, clients: int, calls: int, seed: int, bulk: Bulk | None = None
) -> list[str]:
    """Measure with so many clients, alone or beside a run; give the row of the table."""
    texts = fresh(calls, seed)
    before = own_seconds(tagger, texts[:TEXTS], 2)
    first, begun = bulk.read() if bulk else 0, time.perf_counter()
    taken = asyncio.run(call(server, texts, clients, calls))
    pace = (bulk.read() - first) / (time.perf_counter() - begun) if bulk else 0.0
    own = np.median([before, own_seconds(tagger, texts[:TEXTS], 2)], axis=0)
    typical = float(np.percentile(own, 50))
    seconds = np.array([taken_s for _, taken_s in taken])
    cells = [str(clients), f"{calls}", f"{typical * 1000:.1f}"]
    for percentile in (50, 95, 99):
        # The same percentile of the model's own times: long texts take long alone too.
        own_then = float(np.percentile(own, percentile))
        value = float(np.percentile(seconds, percentile))
        cells.append(f"{value * 1000:.1f} ({value / own_then:.1f})")
    return [*cells, f"{pace:.1f}" if bulk else "-"]


def main() -> None:
    """Measure all and write the section where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=640, help="of each number of clients")
    parser.add_argument("--stored", type=int, default=6_000, help="read again beside; 0: none")
    parser.add_argument("--broker", help="URL: PostgreSQL and a worker beside, not embedded")
    parser.add_argument("--write", action="store_true", help="put the figures into the results")
    chosen = parser.parse_args()
    settings = Settings()
    threads = settings.threads or len(os.sched_getaffinity(0))
    built = build(settings.model_dir, settings.encoder)
    config = TaggerConfig(settings.model_dir, built.encoder, settings.languages, threads)
    tagger = Tagger.load(config)
    rows = []
    alone = 0.0
    with serving(threads, chosen.stored, chosen.broker) as server:
        warm = min(chosen.calls, 128)
        asyncio.run(call(server, fresh(warm, 1), 4, warm))
        own_seconds(tagger, fresh(min(warm, TEXTS), 2), 1)
        for clients in CLIENTS:
            rows.append(measure(tagger, server, clients, chosen.calls, seed=100 + clients))
            console.print(rows[-1])
        if chosen.stored:
            bulk = Bulk.begun(server.port, server.key)
            bulk.wait_for_first()
            alone = bulk.pace(BULK_SECONDS)
            for clients in CLIENTS:
                seed = 200 + clients
                rows.append(measure(tagger, server, clients, chosen.calls, seed, bulk))
                console.print(rows[-1])
            bulk.cancel()
    if chosen.write:
        load = os.getloadavg()[0]
        form = "PostgreSQL, broker, a worker" if chosen.broker else "SQLite, one process"
        write_section(
            TITLE,
            f"python -m eval.latency --calls {chosen.calls} --write",
            f"Invented texts of 3 to {WORDS} words, no two alike, over HTTP to `throughline serve` "
            f"({form}, {threads} threads) from clients that keep their connection and "
            "send one text after the other from the same machine. In brackets: times the same "
            "percentile of the model's own times for such texts, alone and without HTTP, measured "
            "before and after in the same run. Load of the machine at the end: "
            f"{load:.1f} on {len(os.sched_getaffinity(0))} cores. Aims: p95 at one client at most "
            "2 times, p99 at 8 clients at most 12 times, and at most doubled beside a run that "
            f"reads {chosen.stored:,} stored conversations again; alone that "
            f"run read {alone:.1f} conversations a second.",
            table(
                [
                    "clients",
                    "calls",
                    "model alone, median ms",
                    "p50 ms",
                    "p95 ms",
                    "p99 ms",
                    "read again beside, a second",
                ],
                rows,
            ),
        )


if __name__ == "__main__":
    main()
