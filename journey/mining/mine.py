"""Mines a log: the tables that scripts read and the figures that the page shows."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ibis.backends import BaseBackend
from ibis.expr.types import Table

from journey.mining import paths
from journey.mining.log import Quality
from journey.mining.sequences import Keep, sequences

ARROW = " > "
PART = 10_000_000
"""Events that are taken at once."""


@dataclass(frozen=True, slots=True)
class Move:
    """One activity following another, or the start or end of a case."""

    source: str
    target: str
    count: int
    probability: float
    kind: str
    """``step``, ``start`` or ``end``."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A path that ``count`` cases took from start to end."""

    path: tuple[str, ...]
    count: int
    example: str
    """One of the cases."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Time between two steps: seconds, half of the cases waited no longer."""

    source: str
    target: str
    count: int
    median_s: float


@dataclass(frozen=True)
class Mined:
    """All that was counted in a log."""

    names: tuple[str, ...]
    moves: tuple[Move, ...]
    waits: tuple[Wait, ...]
    variants: tuple[Variant, ...]
    """The most frequent ones first; ``variant_count`` tells how many there are."""
    variant_count: int
    cases: int
    events: int
    first: datetime
    last: datetime
    doubled: int
    reordered: int
    quality: Quality


class EmptyLogError(ValueError):
    """No event of the log could be used."""


def write_tables(
    connection: BaseBackend,
    events: Table,
    quality: Quality,
    folder: Path,
    keep: int = 20_000,
) -> Mined:
    """Write ``dfg.csv``, ``transitions.csv`` and ``variants.csv``.

    Parameters
    ----------
    connection : ibis backend
        Where ``events`` lies; a temporary table of steps is made there.
    events : Table
        As told in `journey.mining.paths`.
    quality : Quality
        What was found while reading.
    folder : Path
        Exists.
    keep : int
        How many of the most frequent variants are kept for the page; all are written.

    Raises
    ------
    EmptyLogError
        If there is no event.
    """
    names = paths.activities(events)
    if not names:
        raise EmptyLogError("no event could be used")
    counted = tally(connection, events, names, quality.events)
    moves = read_moves(counted, names)
    write_moves(folder, moves)
    cases = sum(move.count for move in moves if move.kind == "start")
    kept: list[Variant] = []
    total = 0
    with (folder / "variants.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("variant", "count", "share"))
        for variant in read_variants(counted, names):
            total += 1
            writer.writerow((ARROW.join(variant.path), variant.count, variant.count / cases))
            if len(kept) < keep:
                kept.append(variant)
    span = events.agg(first=events["at"].min(), last=events["at"].max()).to_pyarrow().to_pylist()[0]
    return Mined(
        names=tuple(names),
        moves=tuple(moves),
        waits=tuple(read_waits(events)),
        variants=tuple(kept),
        variant_count=total,
        cases=cases,
        events=quality.events,
        doubled=paths.doubled(events).to_pyarrow()["doubled"][0].as_py(),
        reordered=paths.reordered(events).to_pyarrow()["reordered"][0].as_py(),
        quality=quality,
        **span,
    )


def tally(connection: BaseBackend, events: Table, names: Sequence[str], size: int) -> Table:
    """Count the variants once, into a temporary table.

    A large log is taken in parts, by a hash of the case, so that memory stays bounded: the paths
    of a part are forgotten once they are counted.

    Parameters
    ----------
    connection : ibis backend
        One that can hold temporary tables.
    events : Table
    names : sequence of str
    size : int
        Events of the log, about.

    Returns
    -------
    Table
        As `paths.variants`.
    """
    parts = max(-(-size // PART), 1)
    for part in range(parts):
        place = (events.case_id.hash() % parts + parts) % parts
        held = events.filter(place == part) if parts > 1 else events
        with keeping(connection) as keep:
            found = paths.variants(sequences(held, names, keep))
            if not part:
                counted = connection.create_table("variants", found, temp=True)
            else:
                connection.insert("variants", found)
    return counted if parts == 1 else paths.summed(counted)


@contextmanager
def keeping(connection: BaseBackend) -> Iterator[Keep]:
    """Keep tables on an engine for a while: temporary ones, dropped at the end."""
    kept: list[str] = []

    def keep(name: str, table: Table) -> Table:
        found = connection.create_table(name, table, temp=True)
        kept.append(name)
        return found

    yield keep
    for name in kept:
        connection.raw_sql(f'DROP TABLE "{name}"')


def read_moves(variants: Table, names: Sequence[str]) -> list[Move]:
    """Give all moves: steps first, then starts, then ends, the most frequent first."""
    table = paths.transitions(paths.directly_follows(variants)).to_pyarrow()
    moves = [move_of(row, names) for row in table.to_pylist()]
    place = {"step": 0, "start": 1, "end": 2}
    return sorted(moves, key=lambda m: (place[m.kind], -m.count, m.source, m.target))


def move_of(row: dict[str, Any], names: Sequence[str]) -> Move:
    """Give a row of `paths.transitions` with the names of its activities."""
    source, target = row["source"], row["target"]
    kind = "start" if source is None else "end" if target is None else "step"
    return Move(
        source=paths.START if source is None else names[source],
        target=paths.END if target is None else names[target],
        count=row["count"],
        probability=row["probability"],
        kind=kind,
    )


def read_variants(variants: Table, names: Sequence[str]) -> Iterator[Variant]:
    """Give all variants, the most frequent first, equal ones in the order of their names."""
    ordered = variants.order_by(variants["count"].desc(), variants["path"])
    ordered = ordered.select("path", "count", "example")
    for batch in ordered.to_pyarrow().to_batches(10_000):
        for path, count, example in zip(*(c.to_pylist() for c in batch.columns), strict=True):
            yield Variant(tuple(names[code] for code in path), count, example)


def read_waits(events: Table) -> list[Wait]:
    """Give the waits, the most frequent moves first."""
    rows = paths.waits(events).to_pyarrow().to_pylist()
    found = (Wait(**{**row, "median_s": float(row["median_s"])}) for row in rows)
    return sorted(found, key=lambda w: (-w.count, w.source, w.target))


def write_moves(folder: Path, moves: Sequence[Move]) -> None:
    """Write ``dfg.csv`` and ``transitions.csv``; ``kind`` flags rows of start and end."""
    for name, field in (("dfg.csv", "count"), ("transitions.csv", "probability")):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("source", "target", field, "kind"))
            writer.writerows((m.source, m.target, getattr(m, field), m.kind) for m in moves)
