"""The next step is learned from what ended, is calibrated, and is plain data."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from ibis.expr.types import Table

from journey.lenses.next_step import (
    case_of,
    cases,
    foretell,
    foretell_open,
    known_when,
    learn,
    open_cases,
)
from journey.lenses.walk import looked
from journey.mart import JOURNEYS, STEPS
from journey.mining.foresight import Foresight
from journey.mining.foretold import (
    ENDS,
    Learned,
    OpenCase,
    TooFewEndedError,
    place_of,
    tell_open,
)
from journey.mining.load import embedded
from journey.mining.prefixes import Case

MONDAY = datetime(2026, 3, 2, 9)
LEARNED = datetime(2026, 5, 1, tzinfo=UTC)
CHANCE = 0.7
"""That a chat is settled at once; else a call comes a day later."""
OPEN = 5


def drawn(journeys: int) -> tuple[pa.Table, pa.Table]:
    """Draw journeys that ended, and some more that only began."""
    random = np.random.default_rng(0)
    steps, about = [], []
    for number in range(journeys + OPEN):
        name, at = f"jny_{number:04}", MONDAY + timedelta(hours=number)
        path = [("contact:chat", 0.0)]
        if number < journeys:
            if random.random() > CHANCE:
                path.append(("contact:call", 24.0))
            path.append(("status:solved", path[-1][1] + 1))
        for row, (activity, hours) in enumerate(path):
            step = dict.fromkeys(STEPS.names) | {
                "case_id": name,
                "activity": activity,
                "at": at + timedelta(hours=hours),
                "row": row,
                "kind": activity.partition(":")[0],
            }
            steps.append(step)
        ending = "resolved" if number < journeys else "open"
        about.append(
            dict.fromkeys(JOURNEYS.names)
            | {"journey_id": name, "opened_at": at, "contacts": 1, "ending": ending}
        )
    return (
        pa.Table.from_pylist(steps, schema=STEPS.to_pyarrow()),
        pa.Table.from_pylist(about, schema=JOURNEYS.to_pyarrow()),
    )


def learned_from(steps: Table, journeys: Table) -> list[Case]:
    return cases(looked(steps, journeys), timedelta(hours=72))


def read(journeys: int, how: Callable[[Table, Table], Iterable[Case]] = learned_from) -> list[Case]:
    with embedded(threads=1) as connection:
        tables = []
        for name, table in zip(("s", "j"), drawn(journeys), strict=True):
            schema = STEPS if name == "s" else JOURNEYS
            connection.create_table(name, schema=schema, temp=True)
            connection.insert(name, table)
            tables.append(connection.table(name))
        return list(how(*tables))


def kept(journeys: int) -> Learned:
    """Learn, and read back what the database would keep."""
    learned = learn(read(journeys))
    assert learned.ended == journeys
    found = Learned.of(json.loads(json.dumps(learned.plain(), allow_nan=False)))
    assert found is not None
    return found


def now_at(*steps: str) -> Case:
    at = (MONDAY + timedelta(days=90)).replace(tzinfo=UTC)
    told = [(step, at + timedelta(hours=n)) for n, step in enumerate(steps)]
    return case_of("jny_new", told)


def test_probabilities_are_those_that_were_planted() -> None:
    model = kept(600)
    told = foretell(model, now_at("contact:chat"), LEARNED)
    assert told is not None
    found = {step.activity: step.probability for step in told.steps}
    assert found["status:solved"] == pytest.approx(CHANCE, abs=0.06)
    assert sum(found.values()) == pytest.approx(1.0)
    assert told.left_s == pytest.approx(3600.0, rel=0.02)
    assert not told.few
    assert told.fitted_at == LEARNED
    assert told.at == (MONDAY + timedelta(days=90)).replace(tzinfo=UTC)
    # What it is worth stands beside it, and the chain that it is measured against.
    assert {one.form for one in told.measured} == {"chain", told.form}
    assert all(one.accuracy > 0.6 and one.ece < 0.1 for one in told.measured)
    last = foretell(model, now_at("contact:chat", "status:solved"), LEARNED)
    assert last is not None
    assert last.steps[0].activity == ENDS
    assert last.left_s == 0.0


def test_all_open_journeys_are_told_and_no_other() -> None:
    told = foretell_open(learn(read(60)), iter(read(60, open_cases)))
    assert told.open == len(told.rows) == OPEN
    assert {row.id for row in told.rows} == {f"jny_{60 + n:04}" for n in range(OPEN)}
    assert all(row.label == "chat" for row in told.rows)
    ends = [row.at + timedelta(seconds=row.next.left_s or 0.0) for row in told.rows]
    assert ends == sorted(ends, reverse=True)


def test_pages_make_the_whole_and_hold_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    model, held = learn(read(60)), read(60, open_cases)
    whole = foretell_open(model, iter(held)).rows
    parts: list[int] = []

    def told(model: Foresight, part: Sequence[Case], say: Callable[[str], str]) -> list[OpenCase]:
        parts.append(len(part))
        return tell_open(model, part, say)

    monkeypatch.setattr("journey.lenses.next_step.PART", 2)
    monkeypatch.setattr("journey.mining.foretold.tell_open", told)
    found: list[OpenCase] = []
    while page := foretell_open(model, iter(held), 2, place_of(found[-1]) if found else None).rows:
        assert len(page) <= 2
        found += page
    assert tuple(found) == whole
    assert set(parts) == {1, 2}


def test_open_journeys_do_not_push_ended_ones_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journey.lenses.next_step.LATEST", 20)
    held = read(60)
    assert [one.case_id for one in held] == [f"jny_{n:04}" for n in range(40, 60 + OPEN)]
    assert sum(one.ended for one in held) == 20


def test_a_journey_that_nobody_settled_was_known_to_have_ended_after_a_silence() -> None:
    settled, silent = read(60)[0], now_at("contact:chat")
    assert settled.known_at is None
    assert known_when(settled, timedelta(hours=9)) == settled
    assert known_when(silent, timedelta(hours=9)).known_at == silent.events[-1].at + timedelta(
        hours=9
    )


def test_nothing_is_told_of_steps_never_seen_or_from_too_little() -> None:
    model = kept(40)
    assert foretell(model, now_at("contact:fax"), LEARNED) is None
    assert foretell(model, now_at("contact:chat", "contact:fax"), LEARNED) is not None
    with pytest.raises(TooFewEndedError, match="10 journeys"):
        learn(read(10))
