"""Follows, transitions and variants of a large log: ours beside the plain pandas way.

``python -m eval.mining_speed 1000000`` generates a log of so many events, runs each way in a
process of its own, holds the numbers against each other and writes a table for docs/results.md.
"""

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pyarrow as pa
import pyarrow.csv

from journey.mining import paths
from journey.mining.generate import Plan, chain, draw
from journey.mining.load import embedded, load
from journey.mining.log import Keys
from journey.mining.mine import read_moves, read_variants

Found = tuple[list[tuple[str, str, int, float]], Iterable[tuple[tuple[str, ...], int]]]
NAMES = ("search", "form", "mail", "chat", "call", "answer", "wait", "transfer", "refund", "close")
PART = 200_000
"""Cases that are drawn at once, so that any size fits into memory."""


def plan(seed: int = 0) -> Plan:
    """Make a plan of ten activities, whose cases take about five steps."""
    random = np.random.default_rng(seed)
    rows = random.dirichlet(np.full(len(NAMES) + 1, 0.4), size=len(NAMES) + 1)
    rows[:, -1] = 0.2
    rows[0, -1] = 0.0
    rows[:, :-1] *= ((1 - rows[:, -1]) / rows[:, :-1].sum(axis=1))[:, None]
    return Plan(NAMES, (chain(rows.tolist()),), (1.0,), np.array([0.0]), ())


def write_log(events: int, path: Path) -> int:
    """Write a CSV of at least so many events, in order of time within each part."""
    written = part = 0
    schema = pa.schema([("case_id", pa.string()), ("activity", pa.string()), ("at", pa.string())])
    with pyarrow.csv.CSVWriter(path, schema) as writer:
        while written < events:
            cases = min(PART, (events - written) // 5 + 1)
            drawn = draw(plan(), cases, part, datetime(2025, 1, 1, tzinfo=UTC)).events
            prefix = pa.scalar(f"P{part}-")
            named = pa.compute.binary_join_element_wise(prefix, drawn["case_id"], "")
            at = pa.compute.strftime(drawn["at"], "%Y-%m-%dT%H:%M:%SZ")
            writer.write_table(pa.table([named, drawn["activity"], at], schema=schema))
            written += drawn.num_rows
            part += 1
    return written


def ours(path: Path) -> tuple[float, Found]:
    """Mine as ``throughline mine`` does; gives the seconds after reading, and the numbers."""
    with embedded() as connection:
        events, _ = load(connection, path, Keys())
        begin = time.perf_counter()
        names = paths.activities(events)
        steps = connection.create_table("steps", paths.steps(events, names), temp=True)
        moves = [(m.source, m.target, m.count, m.probability) for m in read_moves(steps, names)]
        variants = [(v.path, v.count) for v in read_variants(steps, names)]
        return time.perf_counter() - begin, (moves, variants)


def plainly(path: Path) -> tuple[float, Found]:
    """Mine as one would write it in pandas."""
    log = pd.read_csv(path)
    log["at"] = pd.to_datetime(log["at"], utc=True, format="ISO8601")
    begin = time.perf_counter()
    log = log.sort_values(["case_id", "at"], kind="stable")
    log["next"] = log.groupby("case_id")["activity"].shift(-1).fillna(paths.END)
    follows = log.groupby(["activity", "next"]).size()
    share = follows / follows.groupby("activity").transform("sum")
    first = log.groupby("case_id")["activity"].first().value_counts()
    variants = log.groupby("case_id")["activity"].agg(tuple).value_counts()
    moves = [(s, t, int(n), float(share[s, t])) for (s, t), n in follows.items()]
    moves += [(paths.START, t, int(n), float(n / first.sum())) for t, n in first.items()]
    return time.perf_counter() - begin, (moves, list(variants.items()))


WAYS: dict[str, Callable[[Path], tuple[float, Found]]] = {"throughline": ours, "pandas": plainly}


def measure(way: str, path: Path) -> dict[str, float | str]:
    """Run one way here; memory is the highest of this process, its imports too."""
    begin = time.perf_counter()
    after, (moves, variants) = WAYS[way](path)
    total = time.perf_counter() - begin
    used = resource.getrusage(resource.RUSAGE_SELF)
    digest = hashlib.sha256()
    for move in sorted(moves):
        digest.update(repr(move).encode())
    for variant in sorted((tuple(names), int(count)) for names, count in variants):
        digest.update(repr(variant).encode())
    return {
        "total_s": total,
        "mining_s": after,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
        "numbers": digest.hexdigest()[:16],
    }


def apart(way: str, path: Path) -> dict[str, float | str]:
    """Run one way in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "eval.mining_speed", way, str(path)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    found: dict[str, float | str] = json.loads(answer.stdout)
    return found


def compare(events: int, ways: list[str]) -> None:
    """Write a row for each way."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        written = write_log(events, path)
        for way in ways:
            row = apart(way, path)
            write(
                f"| {written:,} | {way} | {row['total_s']:.2f} | {row['mining_s']:.2f} | "
                f"{row['cpu_s']:.2f} | {row['peak_mb']:.0f} | {row['numbers']} |"
            )


def write(line: str) -> None:
    """Write a line to standard output as it comes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> None:
    """Measure one way, or compare them on logs of the sizes given."""
    if arguments[0] in WAYS:
        write(json.dumps(measure(arguments[0], Path(arguments[1]))))
        return
    write(f"duckdb {duckdb.__version__}, pandas {pd.__version__}")
    write("| events | way | file to tables, s | of it after reading, s | CPU s | peak MB | sha |")
    write("| --- | --- | --- | --- | --- | --- | --- |")
    for size in arguments:
        ways = ["throughline"] if size.endswith("!") else list(WAYS)
        compare(int(size.rstrip("!")), ways)


if __name__ == "__main__":
    main(sys.argv[1:])
