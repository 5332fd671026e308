"""The same paths, to the digit, as a plain count in Python, on every engine."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from journey.mining import mine, paths
from journey.mining import sequences as sequenced
from journey.mining.load import embedded
from journey.mining.mine import read_moves, read_variants, read_waits
from journey.mining.sequences import numbered, sequences
from tests.journey.mining.engines import ENGINES, QUIET, Row, engine, put

pytestmark = QUIET
MONDAY = datetime(2026, 3, 2)


@pytest.fixture(
    scope="module",
    params=ENGINES,
)
def connection(request: pytest.FixtureRequest) -> Iterator[BaseBackend]:
    with engine(request.param, request) as found:
        yield found


def some_log(seed: int = 1, cases: int = 60) -> list[Row]:
    """Cases that overlap, with equal times, in no order, and awkward names."""
    source = random.Random(seed)
    names = ["ask", "Ask", "reply, slow", "é", "close > 1"]
    rows = []
    for case in range(cases):
        at = MONDAY + timedelta(minutes=source.randrange(100))
        for _ in range(source.randint(1, 7)):
            rows.append((f"case {case}", source.choice(names), at))
            at += timedelta(minutes=source.choice([0, 0, 1, 5]))
    source.shuffle(rows)
    return rows


def plainly(rows: list[Row]) -> dict[str, list[str]]:
    """Put the activities of each case in order; Python's sort is stable."""
    cases: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for case, name, at in rows:
        cases[case].append((at, name))
    return {
        case: [name for _, name in sorted(held, key=lambda one: one[0])]
        for case, held in cases.items()
    }


def test_counts_are_those_of_a_plain_count(connection: BaseBackend) -> None:
    rows = some_log()
    table = put(connection, rows)
    names = paths.activities(table)
    counted = paths.variants(sequences(table, names, once))
    plain = plainly(rows).values()
    moves = read_moves(counted, names)
    assert {(m.source, m.target): m.count for m in moves if m.kind == "step"} == Counter(
        move for path in plain for move in pairwise(path)
    )
    assert {m.target: m.count for m in moves if m.kind == "start"} == Counter(p[0] for p in plain)
    assert {m.source: m.count for m in moves if m.kind == "end"} == Counter(p[-1] for p in plain)
    events = Counter(name for path in plain for name in path)
    assert all(m.probability == m.count / events[m.source] for m in moves if m.kind != "start")
    found = {variant.path: variant.count for variant in read_variants(counted, names)}
    assert found == Counter(map(tuple, plain))


def once(_name: str, table: Table) -> Table:
    """Spark keeps no temporary tables: let each engine compute it as often as it is read."""
    return table


@pytest.mark.parametrize(
    ("room", "micros"), [(1, 0), (1 << 40, 1), (sequenced.ROOM, 0), (sequenced.ROOM, 1)]
)
def test_packed_paths_are_those_numbered_one_by_one(
    connection: BaseBackend, monkeypatch: pytest.MonkeyPatch, room: int, micros: int
) -> None:
    """With no room at all every case is numbered; with little, only those with equal times."""
    monkeypatch.setattr(sequenced, "ROOM", room)
    later = timedelta(microseconds=micros)
    rows = [(case, name, at + later) for case, name, at in some_log(2)]
    table = put(connection, rows)
    names = paths.activities(table)
    ways = (sequences(table, names, once), numbered(table, names))
    one, other = (
        {row["case_id"]: row["path"] for row in way.to_pyarrow().to_pylist()} for way in ways
    )
    assert one == other
    assert len(one) == len({case for case, _, _ in rows})


def test_a_log_taken_in_parts_gives_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = some_log(3)
    found = []
    for part in (len(rows) + 1, 25):
        monkeypatch.setattr(mine, "PART", part)
        with embedded(threads=1) as connection:
            table = put(connection, rows)
            names = paths.activities(table)
            counted = mine.tally(connection, table, names, len(rows))
            found.append((read_moves(counted, names), list(read_variants(counted, names))))
    assert found[0] == found[1]


def test_equal_times_keep_the_order_of_the_source(connection: BaseBackend) -> None:
    table = put(connection, [("a", name, MONDAY) for name in ("z", "m", "z", "b")])
    names = paths.activities(table)
    (variant,) = read_variants(paths.variants(sequences(table, names, once)), names)
    assert variant.path == ("z", "m", "z", "b")


def test_waits_doubles_and_wrong_order_are_counted(connection: BaseBackend) -> None:
    minute = timedelta(minutes=1)
    rows = [
        ("a", "x", MONDAY + minute),
        ("a", "y", MONDAY + 3 * minute),
        ("a", "w", MONDAY),
        ("a", "w", MONDAY),
    ]
    table = put(connection, rows)
    waits = {(w.source, w.target): w.median_s for w in read_waits(table)}
    assert waits == {("w", "w"): 0.0, ("w", "x"): 60.0, ("x", "y"): 120.0}
    assert connection.to_pyarrow(paths.doubled(table))["doubled"][0].as_py() == 1
    assert connection.to_pyarrow(paths.reordered(table))["reordered"][0].as_py() == 1
