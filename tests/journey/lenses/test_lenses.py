"""Lenses count what happened, and each row opens to the journeys that it counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from ibis.backends import BaseBackend

from journey.lenses.chain import tell_chain
from journey.lenses.lens import NAMES, UnknownLensError, behind, look
from journey.lenses.tell import Row
from journey.lenses.walk import Looked, looked
from journey.mart import JOURNEYS, STEPS
from tests.journey.mining.engines import ENGINES, QUIET, engine, hold

pytestmark = QUIET
MONDAY = datetime(2026, 3, 2, 9)


@dataclass(frozen=True)
class Told:
    """One journey: ``activity@hours`` in order, and how it ended."""

    path: str
    ending: str = "resolved"
    effort: float = 10.0
    need: str = "refund"
    reopened: str = "no"


PLAN = {
    "a": Told("help_searched@0 contact:chat@1 status:solved@2"),
    "b": Told("contact:chat@0 contact:call@5 contact:chat@6", "abandoned", 90.0),
    "c": Told("contact:chat@0 handover:transfer@1 handover:transfer@2", "unresolved", 70.0),
    "d": Told("contact:chat@0 status:solved@1 contact:chat@3 status:solved@4", reopened="yes"),
    "e": Told("contact:call@0", "open", need="delivery"),
}


def tables() -> tuple[pa.Table, pa.Table]:
    steps, journeys = [], []
    for name, told in PLAN.items():
        for row, part in enumerate(told.path.split()):
            activity, hours = part.split("@")
            kind, _, rest = activity.partition(":")
            steps.append(
                {
                    "case_id": name,
                    "activity": activity,
                    "at": MONDAY + timedelta(hours=float(hours)),
                    "row": row,
                    "channel": rest if kind == "contact" else None,
                    "contact_id": None,
                    "kind": kind if rest else "event",
                }
            )
        journeys.append(
            dict.fromkeys(JOURNEYS.names)
            | {
                "journey_id": name,
                "need": told.need,
                "first_channel": "chat",
                "opened_at": MONDAY,
                "contacts": told.path.count("contact:"),
                "effort": told.effort,
                "ending": told.ending,
                "reopened": told.reopened,
            }
        )
    return (
        pa.Table.from_pylist(steps, schema=STEPS.to_pyarrow()),
        pa.Table.from_pylist(journeys, schema=JOURNEYS.to_pyarrow()),
    )


@pytest.fixture(
    scope="module",
    params=ENGINES,
)
def seen(request: pytest.FixtureRequest) -> Iterator[Looked]:
    with engine(request.param, request) as connection:
        yield prepared(connection)


def prepared(connection: BaseBackend) -> Looked:
    steps, journeys = tables()
    return looked(
        hold(connection, "lens_steps", steps, STEPS),
        hold(connection, "lens_journeys", journeys, JOURNEYS),
    )


def rows(name: str, seen: Looked, stages: tuple[str, ...] = ()) -> dict[str, Row]:
    return {row.key: row for row in look(name, seen, stages).rows}


@pytest.mark.parametrize("name", NAMES)
def test_every_number_opens_to_just_so_many_journeys(name: str, seen: Looked) -> None:
    told = look(name, seen)
    assert told.journeys == len(PLAN)
    assert told.rows
    for row in told.rows:
        ids = behind(name, seen, row.key)
        assert len(ids) == row.journeys
        assert set(row.examples) <= set(ids)
        assert row.hits <= row.known <= row.journeys
        if row.share is not None:
            assert row.low is not None
            assert row.high is not None
            assert row.low <= row.share <= row.high
        assert row.few


def test_where_customers_drop_off(seen: Looked) -> None:
    found = rows("drop_offs", seen)
    assert (found["contact:chat"].known, found["contact:chat"].hits) == (4, 1)
    assert (found["handover:transfer"].known, found["handover:transfer"].hits) == (1, 1)
    # The only other journey there is still open: it is in no share.
    assert (found["contact:call"].journeys, found["contact:call"].known) == (2, 1)


def test_paths_tell_good_from_bad_endings(seen: Looked) -> None:
    told = look("paths", seen)
    assert told.overall == 3 / 4
    found = {row.key: row for row in told.rows}
    solved = found["contact:chat > status:solved"]
    assert (solved.journeys, solved.hits) == (2, 1)
    assert solved.lift == pytest.approx(0.5 / 0.75)
    assert found["contact:chat > contact:call > contact:chat"].share == 1.0


def test_a_funnel_goes_from_stage_to_stage_in_order(seen: Looked) -> None:
    found = look("funnel", seen, ("contact:chat", "status:solved", "contact")).rows
    assert [(row.journeys, row.hits) for row in found] == [(5, 4), (4, 2), (2, 1)]
    assert found[1].median == 3600.0


def test_back_tracks_switches_handovers_and_failed_self_service(seen: Looked) -> None:
    assert rows("back_tracks", seen)["contact:chat"].hits == 2
    assert rows("back_tracks", seen)["handover:transfer"].hits == 0
    assert rows("channel_switches", seen).keys() == {"chat > call", "call > chat"}
    handed = rows("handovers", seen)
    assert handed["passed on again"].journeys == 1
    assert behind("handovers", seen, "ping-pong: back on a channel they had left") == ["b"]
    tried = rows("self_service", seen)["help_searched"]
    assert (tried.journeys, tried.median) == (1, 3600.0)


def test_waits_and_effort_are_measured(seen: Looked) -> None:
    assert rows("waits", seen)["contact:chat > contact:call"].median == 5 * 3600.0
    assert rows("waits", seen)["contact:chat > status:solved"].p90 == 3600.0
    effort = rows("effort", seen)["refund, by chat"]
    assert effort.mean == pytest.approx(45.0)


def test_whole_paths_cover_all_journeys(seen: Looked) -> None:
    told = look("variants", seen)
    assert sum(row.cover for row in told.rows) == pytest.approx(1.0)
    assert all(row.label for row in told.rows)


def test_the_chain_says_where_journeys_end(seen: Looked) -> None:
    told = tell_chain(seen)
    assert told is not None
    assert (told.journeys, told.open) == (4, 1)
    steps = {step.activity: step for step in told.steps}
    for step in told.steps:
        assert sum(end.value for end in step.ends.values()) == pytest.approx(1.0)
    assert steps["handover:transfer"].ends["unresolved"].value == pytest.approx(1.0)
    assert steps["help_searched"].contacts_left.value >= 1.0
    assert told.contacts_to_end.value == pytest.approx(7 / 4)


def test_a_lens_that_is_not_there_is_told_with_those_that_are(seen: Looked) -> None:
    with pytest.raises(UnknownLensError, match="drop_offs"):
        look("nothing", seen)
