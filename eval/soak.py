"""A long steady run of the real processes: ``python -m eval.soak --minutes 30 --rate 2``.

The API and a worker are started as commands on the database and the broker that the settings
name (without a broker: the API alone, which does the work too), conversations come in over HTTP
at a steady rate, and every few seconds the resident memory of each process and the age of the
oldest waiting work are noted. Both must end flat: what is judged is the second half.

The database must be empty; it is filled with invented conversations.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from domain.base import now
from domain.conversation import Channel, Conversation, Role, Turn
from eval.memory import invented
from eval.results import table, write_section
from eval.soak_curve import Point, Verdict, judge
from eval.soak_plot import write_curves
from eval.soak_processes import Deployment
from settings import Settings
from storage.backlog import backlog
from storage.database import Database
from storage.work import PROMPT

TITLE = "Soak: memory and queue age"
SEED = 11
CONTACTS = 4
"""Of one customer."""
PATIENCE_S = 600.0
"""Longest wait at the end for what is still in work."""
console = Console()


def conversations() -> Iterator[dict[str, Any]]:
    """Invent conversations without end, no two alike, in the form of the API."""
    chance = random.Random(SEED)  # noqa: S311 - invented text, no secret
    number = 0
    while True:
        turns = tuple(
            Turn(role=role, text=invented(chance, 40), source_id=str(place))
            for place, role in enumerate((Role.CUSTOMER, Role.AGENT, Role.CUSTOMER))
        )
        made = Conversation(
            source="soak",
            source_id=str(number),
            channel=Channel.CHAT,
            started_at=datetime(2025, 1, 1, number // 60 % 24, number % 60, tzinfo=UTC),
            turns=turns,
            identifiers=(f"user:u{number // CONTACTS}",),
        )
        yield made.model_dump(mode="json", exclude_defaults=True)
        number += 1


def look(database: Database, deployment: Deployment, minute: float, sent: int) -> Point:
    """Note memory and queue at one moment."""
    with database.reading() as session:
        queues = [queue for queue in backlog(session, now()) if queue.kind in PROMPT]
    return Point(
        minute=minute,
        sent=sent,
        waiting=sum(queue.due + queue.claimed for queue in queues),
        parked=sum(queue.parked for queue in queues),
        age_s=max(queue.oldest_seconds for queue in queues),
        mb=deployment.memory(),
    )


def soak(
    settings: Settings, minutes: float, rate: float, every_s: float, folder: Path
) -> list[Point]:
    """Run the processes under a steady load and give the curve.

    Parameters
    ----------
    minutes : float
        How long conversations are sent.
    rate : float
        Conversations a second.
    every_s : float
        Seconds between two points.
    folder : Path
        For the logs of the processes.

    Raises
    ------
    ValueError
        If the database is not empty, or a process ended by itself.
    """
    database = Database(settings.database_url.get_secret_value())
    database.upgrade()
    points: list[Point] = []
    with Deployment(settings, database, folder) as deployment, deployment.client() as client:
        begun, sent, source = time.monotonic(), 0, conversations()
        while (gone := time.monotonic() - begun) < minutes * 60:
            if gone >= len(points) * every_s:
                points.append(look(database, deployment, gone / 60, sent))
                _tell(points[-1])
                deployment.check()
            if sent < gone * rate:
                _send(client, next(source))
                sent += 1
            else:
                time.sleep(0.02)
        points.append(_drained(database, deployment, begun, sent))
    database.dispose()
    return points


def _send(client: httpx.Client, conversation: dict[str, Any]) -> None:
    while True:
        answer = client.post("/v1/conversations", json=conversation)
        if answer.status_code not in (429, 503):
            answer.raise_for_status()
            return
        time.sleep(float(answer.headers.get("Retry-After", 1)))


def _drained(database: Database, deployment: Deployment, begun: float, sent: int) -> Point:
    until = time.monotonic() + PATIENCE_S
    while True:
        point = look(database, deployment, (time.monotonic() - begun) / 60, sent)
        if not point.waiting or time.monotonic() > until:
            return point
        time.sleep(1)


def _tell(point: Point) -> None:
    memory = "  ".join(f"{name} {mb:.0f} MB" for name, mb in point.mb.items())
    console.print(
        f"{point.minute:6.1f} min  {point.sent:>7,} sent  {point.waiting:>5} waiting  "
        f"oldest {point.age_s:5.1f} s  {memory}",
        soft_wrap=True,
    )


def _write(points: list[Point], verdict: Verdict, command: str) -> None:
    names = list(points[0].mb)
    last = len(points) - 1
    places = sorted({*range(0, len(points), max(len(points) // 10, 1)), last})
    shown = [points[place] for place in places]
    rows = [
        [f"{p.minute:.1f}", f"{p.sent:,}", str(p.waiting), f"{p.age_s:.1f}"]
        + [f"{p.mb[name]:.0f}" for name in names]
        for p in shown
    ]
    picture = write_curves(points)
    body = table(["minute", "sent", "waiting", "oldest s", *(f"{n} MB" for n in names)], rows)
    write_section(
        TITLE,
        command,
        f"{points[-1].sent:,} invented conversations of three turns, {points[-1].parked} parked, "
        f"{points[-1].waiting} left over at the end. {verdict}",
        f"{body}\n\n![memory and queue age](plots/{picture.name})",
    )


def main() -> None:
    """Soak, tell, and write the section where asked to; fails where a curve is not flat."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=2.0, help="conversations a second")
    parser.add_argument("--every", type=float, default=10.0, help="seconds between two points")
    parser.add_argument("--json", type=Path, help="write the curve and the verdict there")
    parser.add_argument("--logs", type=Path, default=Path("var/soak"), help="of the processes")
    parser.add_argument("--write", action="store_true", help="put the figures into the results")
    chosen = parser.parse_args()
    points = soak(Settings(), chosen.minutes, chosen.rate, chosen.every, chosen.logs)
    verdict = judge(points)
    if chosen.json:
        told = {"points": [asdict(point) for point in points], "verdict": asdict(verdict)}
        chosen.json.write_text(json.dumps(told), encoding="utf-8")
    if chosen.write:
        command = f"python -m eval.soak --minutes {chosen.minutes:g} --rate {chosen.rate:g} --write"
        _write(points, verdict, command)
    console.print(str(verdict), soft_wrap=True)
    sys.exit(0 if verdict.flat else 1)


if __name__ == "__main__":
    main()
