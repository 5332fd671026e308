"""How much memory and time the reading of a large file takes.

``python -m eval.ingest --megabytes 1000`` writes invented mails of that size to a temporary
file, imports it with ``throughline ingest --no-tag`` in a process of its own into a new SQLite
database, makes sure that all arrived, and writes the figures to ``docs/results.md``.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from sqlalchemy import func, select

from domain.conversation import Channel, Conversation, Role, Turn
from eval.results import table, write_section
from storage.database import Database
from storage.tables import ConversationRow, TurnRow

TITLE = "Ingest of a large file"
MB = 1_000_000
LIMIT_MB = 300
"""The import has to do with so much memory, whatever the size of the file."""
SEED = 20261123
START = datetime(2026, 1, 1, tzinfo=UTC)
CONTACTS_EACH = 3
"""Contacts of one customer."""
WORDS = """
the order parcel invoice refund account password delivery since yesterday please could you check
again because nobody answered my last message and it still does not work although I paid twice
thank we will look into this today our team sent number reset address Monday
"""


@dataclass(frozen=True)
class Written:
    """What a file holds."""

    records: int
    turns: int
    size: int
    """In bytes."""


@dataclass(frozen=True)
class Measured:
    """What an import took."""

    written: Written
    seconds: float
    """Wall time of the process, its start included."""
    peak_mb: float
    """Peak of the resident memory."""
    cores: int


def write_mails(path: Path, size: int) -> Written:
    """Write canonical records as JSON lines until a file has a size in bytes."""
    chance = random.Random(SEED)  # noqa: S311 - invented text, no secret
    sentences = [
        " ".join(chance.choices(WORDS.split(), k=chance.randint(6, 20))) for _ in range(5_000)
    ]
    records = turns = written = 0
    with path.open("wb") as file:
        while written < size:
            mail = invented(chance, sentences, records)
            written += file.write(mail.model_dump_json(exclude_defaults=True).encode() + b"\n")
            records += 1
            turns += len(mail.turns)
    return Written(records, turns, written)


def invented(chance: random.Random, sentences: list[str], number: int) -> Conversation:
    """Invent a conversation of two to five mails of 1 to 4 kB each."""
    customer = number // CONTACTS_EACH
    start = START + timedelta(minutes=number)
    return Conversation.model_validate(
        {
            "source": "desk",
            "source_id": str(number),
            "channel": Channel.EMAIL,
            "started_at": start,
            "subject": chance.choice(sentences),
            "identifiers": [f"email:customer{customer}@shop.example", f"user:desk/{customer}"],
            "turns": list(_mails(chance, sentences, number, start)),
        }
    )


def _mails(
    chance: random.Random, sentences: list[str], number: int, start: datetime
) -> Iterator[Turn]:
    for position in range(chance.randint(2, 5)):
        length = chance.randint(1_000, 4_000)
        text = ". ".join(chance.choices(sentences, k=length // 60))[:length]
        role = Role.AGENT if position % 2 else Role.CUSTOMER
        at = start + timedelta(hours=position)
        yield Turn(role=role, text=text, source_id=f"{number}-{position}", at=at)


def measure(folder: Path, size: int) -> Measured:
    """Import a file of a size in bytes, in a process of its own.

    Raises
    ------
    RuntimeError
        If the import failed or not all arrived.
    """
    path, url = folder / "mails.jsonl", f"sqlite:///{folder / 'throughline.db'}"
    written = write_mails(path, size)
    environment = {k: v for k, v in os.environ.items() if k != "THROUGHLINE_BROKER_URL"}
    begun = time.monotonic()
    # The child's own figures, which the kernel gives to whoever waits for it.
    child = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "cli", "ingest", str(path), "--no-tag", "--json"],
        env=environment | {"THROUGHLINE_DATABASE_URL": url},
        stdout=(folder / "report.json").open("wb"),
    )
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"the import ended with exit code {child.returncode}")
    _check(json.loads((folder / "report.json").read_bytes())["kept"], written, url)
    peak = usage.ru_maxrss * 1024 / MB
    return Measured(written, seconds, peak, len(os.sched_getaffinity(0)))


def _check(kept: int, written: Written, url: str) -> None:
    database = Database(url)
    with database.reading() as session:
        records = session.scalar(select(func.count()).select_from(ConversationRow))
        turns = session.scalar(select(func.count()).select_from(TurnRow))
    database.dispose()
    if not (kept == records == written.records and turns == written.turns):
        raise RuntimeError(
            f"of {written.records} records with {written.turns} turns arrived "
            f"{records} with {turns}; {kept} are reported as kept"
        )


def told(measured: Measured) -> tuple[str, str]:
    """Say what was measured, and give the figures as a Markdown table."""
    written = measured.written
    megabytes = written.size / MB
    data = (
        "Canonical JSON lines with invented mails of 1 to 4 kB, two to five in a record, through "
        "`throughline ingest --no-tag` in a process of its own into a new SQLite database. "
        f"Time from the start of the process to its end, on {measured.cores} cores that "
        "other work shared; memory is the peak that the kernel reports for the process. All "
        "records and turns were counted in the database afterwards."
    )
    head = ("file", "records", "turns", "time", "records/s", "MB/s", "peak memory", "limit")
    row = (
        f"{megabytes:,.0f} MB",
        f"{written.records:,}",
        f"{written.turns:,}",
        f"{measured.seconds:,.0f} s",
        f"{written.records / measured.seconds:,.0f}",
        f"{megabytes / measured.seconds:.1f}",
        f"{measured.peak_mb:.0f} MB",
        f"{LIMIT_MB} MB",
    )
    return data, table(head, [row])


def main() -> None:
    """Measure one size, write the figures down, and fail above the limit."""
    parser = argparse.ArgumentParser(description="Measure the import of a large file.")
    parser.add_argument("--megabytes", type=int, default=1_000, help="size of the file")
    parser.add_argument("--dry-run", action="store_true", help="write no results page")
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="throughline-ingest-") as folder:
        measured = measure(Path(folder), arguments.megabytes * MB)
    data, figures = told(measured)
    if not arguments.dry_run:
        write_section(
            TITLE, f"python -m eval.ingest --megabytes {arguments.megabytes}", data, figures
        )
    Console().print(f"{data}\n\n{figures}", markup=False, highlight=False, soft_wrap=True)
    if measured.peak_mb > LIMIT_MB:
        sys.exit(f"the import took {measured.peak_mb:.0f} MB, more than {LIMIT_MB} MB")


if __name__ == "__main__":
    main()
