"""Follows, transitions and variants of a large log: ours beside the plain pandas way.

``python -m eval.mining_speed 1000000`` generates logs of so many events, runs each way in a
process of its own, holds the numbers against each other and writes a table for docs/results.md.
Times are whole seconds in one log, as help desks write them, microseconds in the other. Each way
first runs on a log of two events: what it loads then counts as loaded, not as work.
"""

import hashlib
import importlib
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.mining_plan import write

WAYS = ("ours", "pandas")
RUNS = 5
UNITS = {"seconds": "s", "microseconds": "us"}
SMALL = "case_id,activity,at\na,ask,2025-01-01T00:00:00Z\na,answer,2025-01-01T00:01:00Z\n"
HEAD = (
    "events, times", "way", "counting: wall s", "CPU s", "with reading: wall s", "CPU s",
    "MB over what was loaded", "peak MB in all", "numbers",
)  # fmt: skip


def write_log(events: int, path: Path, unit: str) -> int:
    """Write a CSV of at least so many events, in order of time within each part.

    Parameters
    ----------
    events : int
    path : Path
    unit : str
        Of times: ``s`` or ``us``.
    """
    import pyarrow as pa
    import pyarrow.compute
    import pyarrow.csv

    from eval.mining_plan import PART, plan
    from journey.mining.generate import draw

    written = part = 0
    schema = pa.schema([("case_id", pa.string()), ("activity", pa.string()), ("at", pa.string())])
    with pyarrow.csv.CSVWriter(path, schema) as writer:
        while written < events:
            cases = min(PART, (events - written) // 5 + 1)
            drawn = draw(plan(), cases, part, datetime(2025, 1, 1, tzinfo=UTC)).events
            prefix = pa.scalar(f"P{part}-")
            named = pa.compute.binary_join_element_wise(prefix, drawn["case_id"], "")
            whole = drawn["at"].cast(pa.timestamp(unit), safe=False)
            at = pa.compute.strftime(whole, "%Y-%m-%dT%H:%M:%SZ")
            writer.write_table(pa.table([named, drawn["activity"], at], schema=schema))
            written += drawn.num_rows
            part += 1
    return written


def measure(way: str, path: Path) -> dict[str, Any]:
    """Run one way here; memory is the highest of this process."""
    module = importlib.import_module(f"eval.mining_way_{way}")
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.csv"
        small.write_text(SMALL, encoding="utf-8")
        module.told(module.mine(module.read(small)))
    loaded = _peak_mb()
    begin = time.perf_counter(), time.process_time()
    log = module.read(path)
    read = time.perf_counter(), time.process_time()
    found = module.mine(log)
    done = time.perf_counter(), time.process_time()
    peak = _peak_mb()
    digest = hashlib.sha256()
    moves, variants = module.told(found)
    for move in sorted(moves):
        digest.update(repr(move).encode())
    for variant in sorted((tuple(names), int(count)) for names, count in variants):
        digest.update(repr(variant).encode())
    return {
        "wall": done[0] - read[0],
        "cpu": done[1] - read[1],
        "all_wall": done[0] - begin[0],
        "all_cpu": done[1] - begin[1],
        "over": peak - loaded,
        "peak": peak,
        "numbers": digest.hexdigest()[:16],
        "version": module.VERSION,
    }


def _peak_mb() -> float:
    # Not ru_maxrss: it is handed down by the process that started this one.
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def apart(way: str, path: Path) -> dict[str, Any]:
    """Run one way in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "eval.mining_speed", way, str(path)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def compare(events: int, times: str) -> None:
    """Write a row for each way."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        written = write_log(events, path, UNITS[times])
        # In turn, and the best of each: other work on the machine only ever makes it slower.
        runs = [(way, apart(way, path)) for _ in range(RUNS) for way in WAYS]
        for way in WAYS:
            held = [row for name, row in runs if name == way]
            row = {key: min(one[key] for one in held) for key in held[0]}
            cells = [f"{row[name]:.2f}" for name in ("wall", "cpu", "all_wall", "all_cpu")]
            cells += [f"{row['over']:.0f}", f"{row['peak']:.0f}", str(row["numbers"])]
            write(f"| {written:,}, {times} | {way}, {row['version']} | {' | '.join(cells)} |")


def main(arguments: list[str]) -> None:
    """Measure one way, or compare them on logs of the sizes given."""
    if arguments[0] in WAYS:
        write(json.dumps(measure(arguments[0], Path(arguments[1]))))
        return
    write(f"| {' | '.join(HEAD)} |")
    write("|" + " --- |" * len(HEAD))
    for size in arguments:
        for times in UNITS:
            compare(int(size), times)


if __name__ == "__main__":
    main(sys.argv[1:])
