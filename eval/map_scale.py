"""How the map of a definition grows: a mart with a million generated journeys, in one process.

``python -m eval.map_scale 100000 1000000`` makes a mart of each size in a folder of its own, asks
for the map and its page in a new process as the API and the command line do, and writes a table
for docs/results-mining.md to standard output.
"""

# ruff: noqa: S608 - all names are ours

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from eval.mining import write
from journey.definitions.form import Period
from journey.definitions.map import map_of, run
from journey.definitions.page import render
from journey.definitions.read import shipped
from journey.events.registry import meanings
from journey.mart import KEPT, Wanted, narrowed
from journey.mining.load import embedded
from workers.definitions import MEMORY

MADE_MEMORY = "2GB"
NEEDS = (
    "refund_request", "return_request", "cancel_subscription", "delivery_problem", "account_access",
    "billing_question", "escalation_request",
)  # fmt: skip
CHANNELS = ("chat", "email", "call")
EVENTS = (
    ("account_created", -48, "true"),
    ("help_searched", -1, "alone"),
    ("payment_succeeded", 120, "solved"),
)
"""Name, hours from the opening of the journey, and which journeys."""


STEPS = """SELECT journey_id AS case_id, 'help_searched' AS activity,
    opened_at - INTERVAL 1 HOUR AS at, 0 AS row, NULL AS channel, NULL AS contact_id,
    'event' AS kind FROM drawn WHERE alone
UNION ALL SELECT journey_id, 'contact:' || channel, started_at, 10 * position + 1, channel,
    contact_id, 'contact' FROM talks
UNION ALL SELECT journey_id, 'handover:transfer', opened_at + INTERVAL 1 HOUR, 2, channel, NULL,
    'handover' FROM drawn WHERE passed_on
UNION ALL SELECT journey_id, 'handover:escalation', opened_at + INTERVAL 2 HOUR, 3, channel, NULL,
    'handover' FROM drawn WHERE up
UNION ALL SELECT journey_id, 'status:solved', started_at + INTERVAL 5 HOUR, 10 * position + 8,
    channel, contact_id, 'status' FROM talks WHERE solved
UNION ALL SELECT journey_id, 'outcome:resolved', opened_at + to_hours(30 * contacts), 99, NULL,
    NULL, 'outcome' FROM drawn WHERE solved"""
TALKS = """SELECT *, opened_at + to_hours(30 * position::INT) AS started_at,
    format('cnv_{:023x}{}', n, position) AS contact_id
    FROM drawn, range(3) AS each(position) WHERE position < contacts"""


def _pick(values: tuple[str, ...], seed: int) -> str:
    """Give SQL that picks one by chance, the same on each run."""
    return f"{list(values)}[1 + (hash(n, {seed}) % {len(values)})::INT]"


def _chance(seed: int) -> str:
    return f"((hash(n, {seed}) % 1000000) / 1e6)"


def make(path: Path, journeys: int) -> None:
    """Write kept tables of so many journeys: one to three contacts each, and what came of them.

    One in three begins alone in the help centre; one in five is handed on, one in twelve escalated.
    """
    with duckdb.connect(str(path)) as engine:
        engine.execute(f"SET memory_limit = '{MADE_MEMORY}'; SET preserve_insertion_order = false")
        engine.execute(
            f"""CREATE TEMP TABLE drawn AS SELECT n, format('jny_{{:024x}}', n) AS journey_id,
            format('idn_{{:024x}}', n) AS identity_id,
            TIMESTAMP '2026-01-01' + to_seconds((hash(n, 1) % (180 * 86400))::BIGINT) AS opened_at,
            1 + (({_chance(2)} > 0.7)::INT) + (({_chance(3)} > 0.8)::INT) AS contacts,
            {_chance(4)} < 0.33 AS alone, {_chance(5)} < 0.2 AS passed_on,
            {_chance(6)} < 0.08 AS up, {_chance(7)} < 0.8 AS solved,
            {_pick(NEEDS, 8)} AS need, {_pick(CHANNELS, 9)} AS channel
            FROM range({journeys}) AS all_(n)"""
        )
        engine.execute(f"CREATE TEMP TABLE talks AS {TALKS}")
        for name, query in _tables().items():
            columns = ", ".join(f'"{column}"' for column in KEPT[name])
            engine.execute(f"CREATE TABLE {name} AS SELECT {columns} FROM ({query})")


def _tables() -> dict[str, str]:
    """Give SQL of each kept table."""
    yes = "CASE WHEN {} THEN 'yes' ELSE 'no' END"
    states = f"""'no' AS reopened, {yes.format("up")} AS escalated,
        {yes.format("solved")} AS resolved"""
    last = "opened_at + to_hours(30 * contacts)"
    return {
        "contacts": f"""SELECT *, 'person' AS identity_level, 'acme' AS brand,
            NULL::VARCHAR AS theme_id, started_at + INTERVAL 5 HOUR AS ended_at,
            {_chance(11)} * 2 - 1 AS sentiment, 1 + 4 * {_chance(12)} AS satisfaction,
            NULL::DOUBLE AS rating,
            CASE WHEN solved THEN 'resolved' ELSE 'unresolved' END AS resolution,
            (hash(n, 13) % 3)::BIGINT AS effort_cues, 4::BIGINT AS customer_turns,
            passed_on::BIGINT AS handovers, {states} FROM talks""",
        "journeys": f"""SELECT *, 'person' AS identity_level, 'acme' AS brand,
            channel AS first_channel, {last} AS closed_at, 100 * {_chance(14)} AS effort,
            36e5 AS seconds_to_resolution, CASE WHEN solved THEN 'resolved' ELSE 'unresolved' END
            AS ending, {states}, [channel] AS channels FROM drawn""",
        "steps": f"SELECT *, NULL::DOUBLE AS window_hours FROM ({STEPS})",
        "repeats": f"""SELECT contact_id AS subject_id, 168.0 AS window_hours,
            {yes.format("position + 1 < contacts")} AS state FROM talks UNION ALL
            SELECT journey_id, 168.0, {yes.format("contacts > 1")} FROM drawn""",
        "events": " UNION ALL ".join(
            f"""SELECT '{name}_' || n AS event_id, identity_id, '{name}' AS name,
            '{name}' AS raw_name, 'app' AS source, 'acme' AS brand,
            opened_at + to_hours({hours}) AS at, opened_at + to_hours({hours}) AS received_at
            FROM drawn WHERE {which}"""
            for name, hours, which in EVENTS
        ),
        "cues": "SELECT contact_id, 'repeated' AS label FROM talks WHERE position > 0",
    }


def measure(path: Path, name: str) -> dict[str, float]:
    """Ask for one map and its page here; memory is the highest of this process."""
    begin = time.perf_counter()
    with embedded(MEMORY) as engine:
        engine.raw_sql(f"ATTACH '{path}' AS kept (READ_ONLY)")
        kept = {table: engine.table(table, database=("kept", "main")) for table in KEPT}
        mart = narrowed(engine, kept, Wanted(), {})
        ran = run(mart, shipped()[name], meanings(), Period())
        told = map_of(ran)
        mapped = time.perf_counter() - begin
        render(ran, told)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "journeys": told.journeys.journeys,
        "wall_s": mapped,
        "page_s": time.perf_counter() - begin - mapped,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
    }


def main() -> None:
    """Make marts of the sizes given and measure, or measure one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", help="journeys")
    parser.add_argument("--maps", nargs="+", default=["contact_us", "onboarding"])
    parser.add_argument("--mart", type=Path, help="of one that is there, measured in this process")
    given = parser.parse_args()
    if given.mart is not None:
        write([json.dumps(measure(given.mart, given.maps[0]))])
        return
    write(["| journeys in the mart | map | of so many | map, s | page, s | CPU s | peak MB |"])
    write(["| --- | --- | --- | --- | --- | --- | --- |"])
    with TemporaryDirectory(prefix="throughline-map-") as folder:
        for size in given.sizes:
            path = Path(folder) / f"mart-{size}.duckdb"
            make(path, size)
            for name in given.maps:
                ask = [sys.executable, "-W", "ignore", "-m", "eval.map_scale", "--mart", str(path)]
                told = subprocess.run(  # noqa: S603
                    [*ask, "--maps", name], check=True, capture_output=True, text=True
                )
                row = json.loads(told.stdout)
                write(
                    [
                        f"| {size:,} | {name} | {row['journeys']:,} | {row['wall_s']:.1f} | "
                        f"{row['page_s']:.1f} | {row['cpu_s']:.1f} | {row['peak_mb']:,.0f} |"
                    ]
                )
            path.unlink()


if __name__ == "__main__":
    main()
