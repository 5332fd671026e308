"""The next step is learned from what ended, is calibrated, and is plain data."""

import json
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from journey.lenses.next_step import ENDS, TooFewEndedError, fit, foretell
from journey.lenses.walk import Looked, looked
from journey.mart import JOURNEYS, STEPS
from journey.mining.load import embedded

MONDAY = datetime(2026, 3, 2, 9)
CHANCE = 0.7
"""That a chat is settled at once; else a call comes a day later."""


def drawn(journeys: int) -> tuple[pa.Table, pa.Table]:
    random = np.random.default_rng(0)
    steps, about = [], []
    for number in range(journeys):
        name, at = f"jny_{number:04}", MONDAY + timedelta(hours=number)
        path = [("contact:chat", 0.0)]
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
        about.append(
            dict.fromkeys(JOURNEYS.names)
            | {"journey_id": name, "opened_at": at, "contacts": 1, "ending": "resolved"}
        )
    return (
        pa.Table.from_pylist(steps, schema=STEPS.to_pyarrow()),
        pa.Table.from_pylist(about, schema=JOURNEYS.to_pyarrow()),
    )


def learned(journeys: int) -> dict[str, object]:
    with embedded(threads=1) as connection:
        tables = []
        for name, table in zip(("s", "j"), drawn(journeys), strict=True):
            schema = STEPS if name == "s" else JOURNEYS
            connection.create_table(name, schema=schema, temp=True)
            connection.insert(name, table)
            tables.append(connection.table(name))
        seen: Looked = looked(*tables)
        data, held = fit(seen)
    assert held == journeys
    found: dict[str, object] = json.loads(json.dumps(data))
    return found


def test_probabilities_are_those_that_were_planted() -> None:
    model = learned(600)
    told = foretell(model, ["contact:chat"])
    assert told is not None
    found = {step.activity: step.probability for step in told.steps}
    assert found["status:solved"] == pytest.approx(CHANCE, abs=0.06)
    assert sum(found.values()) == pytest.approx(1.0)
    assert told.left_s == 3600.0
    assert not told.few
    last = foretell(model, ["contact:chat", "status:solved"])
    assert last is not None
    assert last.steps[0].activity == ENDS
    assert last.left_s == 0.0


def test_nothing_is_told_of_steps_never_seen_or_from_too_little() -> None:
    model = learned(40)
    assert foretell(model, ["contact:fax"]) is None
    assert foretell(model, ["contact:fax", "contact:chat"]) is not None
    with pytest.raises(TooFewEndedError, match="10 journeys"):
        learned(10)
