"""Resident memory of a tagging worker: ``python -m eval.memory --texts 200000``.

A process that loads what a worker loads tags invented support turns, no two alike, and keeps
their vectors in a database of its own. Identifiers, names and misspelt words are drawn anew
for each text, so that whatever remembers words or shapes shows. The curve is resident memory
every so many texts; it should end flat.
"""

import argparse
import json
import random
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from pydantic import SecretStr
from rich.console import Console

from domain.conversation import Channel, Conversation, Role, Turn
from eval.ingest import WORDS
from eval.results import table, write_section
from nlp.models import build
from settings import Settings
from storage.database import Database
from workers.pipeline import BATCH
from workers.tagging import Tagger, tagger_of

TITLE = "Memory of a tagging worker"
LIMIT_MB = 700
MB = 1_000_000
SEED = 7
TYPICAL, SPREAD = 18, 0.9
"""Median length of a text in words and its spread (log-normal), much like chat and mail."""
SHORTEST, LONGEST = 3, 230
"""In words; 230 of these words are about 300 tokens."""
TURNS = 4
"""Texts in a conversation."""
NAMES = ("Ana", "Björn", "Chidi", "Dorota", "Emre", "Fatima", "Giulia", "Hana")
console = Console()


@dataclass(frozen=True)
class Point:
    """Memory after so many texts."""

    texts: int
    mb: float
    """Resident, in 10^6 bytes."""


def invented(chance: random.Random, longest: int = LONGEST) -> str:
    """Invent one text of a customer, unlike all others."""
    length = round(chance.lognormvariate(0, SPREAD) * TYPICAL)
    words = chance.choices(WORDS.split(), k=min(max(length, SHORTEST), longest))
    for place in range(4, len(words), 9):
        words[place] = _own(chance)
    for place in range(7, len(words), 11):
        words[place] += "."
    return " ".join(words).capitalize()


def _own(chance: random.Random) -> str:
    """Invent a word that no other text has."""
    number = chance.randrange(10**8)
    made = (
        f"ORD-{number:08}",
        f"{chance.choice(NAMES).lower()}{number}@shop.example",
        f"£{number % 90_000 / 100:.2f}",
        f"{number % 28 + 1}.{number % 12 + 1}.2026",
        "".join(chance.choices("abcdefghijklmnoprstuvw", k=8)),
        f"{chance.choice(NAMES)} {chance.choice(NAMES)}",
    )
    return chance.choice(made)


def batches(texts: int, longest: int = LONGEST) -> Iterator[list[Conversation]]:
    """Give batches of conversations that hold so many texts in all, as the pipeline makes them."""
    chance = random.Random(SEED)  # noqa: S311 - invented text, no secret
    at = datetime(2026, 3, 2, tzinfo=UTC)
    for first in range(0, texts, BATCH * TURNS):
        yield [
            Conversation(
                source="memory",
                source_id=str(number),
                channel=Channel.CHAT,
                started_at=at,
                turns=tuple(
                    Turn(role=Role.AGENT if n % 4 == 3 else Role.CUSTOMER, text=text)
                    for n, text in enumerate(invented(chance, longest) for _ in range(TURNS))
                ),
            )
            for number in range(first, first + BATCH * TURNS, TURNS)
        ]


def measure(tagger: Tagger, texts: int, every: int, longest: int = LONGEST) -> list[Point]:
    """Tag so many texts and give the curve."""
    process = psutil.Process()
    points = [Point(0, process.memory_info().rss / MB)]
    done = 0
    for batch in batches(texts, longest):
        tagger.tag(batch)
        done += len(batch) * TURNS
        if done // every > points[-1].texts // every:
            points.append(Point(done, process.memory_info().rss / MB))
            console.print(f"{done:>9,} texts  {points[-1].mb:6.0f} MB")
    return points


def growth(points: Sequence[Point]) -> float:
    """Give the growth over the second half of a curve, in MB for 10,000 texts."""
    half = points[len(points) // 2 :]
    return (half[-1].mb - half[0].mb) / max(half[-1].texts - half[0].texts, 1) * 10_000


def run(texts: int, every: int, longest: int, threads: int) -> tuple[list[Point], float]:
    """Load a worker's tagger on a database of its own and measure; give curve and seconds."""
    with TemporaryDirectory(prefix="throughline-memory-") as folder:
        url = SecretStr(f"sqlite:///{Path(folder) / 'throughline.db'}")
        settings = Settings(database_url=url, threads=threads)
        build(settings.model_dir, settings.encoder)
        database = Database(url.get_secret_value())
        database.upgrade()
        tagger = tagger_of(settings, database).loaded
        begun = time.monotonic()
        points = measure(tagger, texts, every, longest)
        seconds = time.monotonic() - begun
        database.dispose()
    return points, seconds


def main() -> None:
    """Measure, tell, and write the section where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=200_000)
    parser.add_argument("--every", type=int, default=10_000, help="texts between two points")
    parser.add_argument("--longest", type=int, default=LONGEST, help="words in a text")
    parser.add_argument("--threads", type=int, default=0, help="of the encoder; 0 is all")
    parser.add_argument("--json", action="store_true", help="print the curve as JSON")
    parser.add_argument("--write", action="store_true", help="put the figures into the results")
    chosen = parser.parse_args()
    points, seconds = run(chosen.texts, chosen.every, chosen.longest, chosen.threads)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB
    if chosen.json:
        told = {"points": [asdict(point) for point in points], "growth": growth(points)}
        print(json.dumps(told))  # noqa: T201 - for a machine
    texts = points[-1].texts
    if chosen.write:
        rows = [[f"{point.texts:,}", f"{point.mb:.0f}"] for point in points]
        write_section(
            TITLE,
            f"python -m eval.memory --texts {chosen.texts} --every {chosen.every} --write",
            f"{texts:,} invented texts of {SHORTEST} to {chosen.longest} words, no two alike, in "
            f"conversations of {TURNS}, batches of {BATCH}, vectors kept in SQLite; "
            f"{texts / seconds:.0f} texts a second on a machine with other work. Peak {peak:.0f} "
            f"MB; growth over the second half {growth(points):+.1f} MB for 10,000 texts. "
            f"The aim is {LIMIT_MB} MB, flat.",
            table(["texts", "resident MB"], rows),
        )
    console.print(f"peak {peak:.0f} MB, growth {growth(points):+.1f} MB for 10,000 texts")


if __name__ == "__main__":
    main()
