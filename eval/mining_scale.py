"""How mining grows with the log: 1, 10 and 100 million generated events, on DuckDB.

``python -m eval.mining_scale FOLDER 1000000 10000000 100000000`` writes each log as Parquet into
the folder, mines it in a process of its own, removes it, and writes a table to standard output.
"""

import json
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

from eval.mining_plan import PART, plan, write
from journey.mining import paths
from journey.mining.generate import draw
from journey.mining.load import embedded, load
from journey.mining.log import Keys
from journey.mining.mine import read_moves, tally

CEILING = "4GB"
"""What the engine may take; the process as a whole needs somewhat more."""


def write_log(events: int, path: Path) -> int:
    """Write a Parquet file of at least so many events, in order of time within each part."""
    written = part = 0
    schema = pa.schema(
        [("case_id", pa.string()), ("activity", pa.string()), ("at", pa.timestamp("us", "UTC"))]
    )
    with pa.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while written < events:
            cases = min(PART, (events - written) // 5 + 1)
            drawn = draw(plan(), cases, part, datetime(2025, 1, 1, tzinfo=UTC)).events
            named = pa.compute.binary_join_element_wise(f"P{part}-", drawn["case_id"], "")
            columns = [named, drawn["activity"], drawn["at"].cast(schema.field("at").type)]
            writer.write_table(pa.table(columns, schema=schema))
            written += drawn.num_rows
            part += 1
    return written


def measure(path: Path) -> dict[str, float]:
    """Count follows, transitions and variants here; memory is the highest of this process."""
    begin = time.perf_counter()
    with embedded(CEILING) as connection:
        events, quality = load(connection, path, Keys())
        names = paths.activities(events)
        counted = tally(connection, events, names, quality.events)
        moves = read_moves(counted, names)
        rows = counted.agg(n=counted.count(), cases=counted["count"].sum()).to_pyarrow()
    used = resource.getrusage(resource.RUSAGE_SELF)
    starts = sum(move.count for move in moves if move.kind == "start")
    assert starts == rows["cases"][0].as_py()
    assert sum(move.count for move in moves) == quality.events + starts
    return {
        "wall_s": time.perf_counter() - begin,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
        "cases": starts,
        "variants": rows["n"][0].as_py(),
    }


def main(arguments: list[str]) -> None:
    """Measure one file, or make and measure logs of the sizes given."""
    if arguments[0] == "measure":
        write(json.dumps(measure(Path(arguments[1]))))
        return
    write("| events | cases | variants | file, MB | wall s | CPU s | peak MB |")
    write("| --- | --- | --- | --- | --- | --- | --- |")
    for size in arguments[1:]:
        path = Path(arguments[0]) / f"log-{size}.parquet"
        written = write_log(int(size), path)
        command = [sys.executable, "-W", "ignore", "-m", "eval.mining_scale", "measure", str(path)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        row = json.loads(answer.stdout)
        write(
            f"| {written:,} | {row['cases']:,} | {row['variants']:,} | "
            f"{path.stat().st_size / 1e6:,.0f} | {row['wall_s']:.1f} | {row['cpu_s']:.1f} | "
            f"{row['peak_mb']:,.0f} |"
        )
        path.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
