"""Key figures: against plain counts, published numbers, and truth that was planted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from journey.kpis.kpis import parts_of, weekly
from journey.kpis.milestones import milestone
from journey.kpis.survival import curve
from journey.mart import JOURNEYS, STEPS
from journey.measures.ask import SHARES, Ask, Factor, Measure, Opening
from journey.measures.behind import behind
from journey.measures.generate import draw
from journey.measures.journeys import with_journeys
from journey.measures.keep import kept
from journey.measures.prepared import prepared
from tests.journey.analytics.engines import ASK, BEGIN, NOTHING, opened, put

pytestmark = [
    pytest.mark.timeout(1800),  # many whole analyses; a busy machine takes its time
]
PRICES = {"chat": 4.0, "call": 8.0, "other": 5.0}


@pytest.fixture(
    scope="module", params=["duckdb", pytest.param("postgresql", marks=pytest.mark.services)]
)
def connection(request: pytest.FixtureRequest) -> Iterator[BaseBackend]:
    with opened(request.param, request) as found:
        yield found


def test_the_curve_is_that_of_the_textbook() -> None:
    """Remission of leukaemia under 6-MP (Freireich 1963), as in every textbook of survival."""
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    waiting = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    times = np.array([*ended, *waiting], float)
    found = curve(times, np.arange(21) < 9)
    assert found.staying.round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    errors = found.staying * np.sqrt(found.spread)
    assert errors.round(4).tolist() == [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert found.quantile(0.5)[:2] == (23.0, 13.0)
    assert found.by(3.0)[0] == 0.0
    assert found.by(40.0) is None


def test_intervals_of_a_censored_time_hold_the_truth() -> None:
    random, held = np.random.default_rng(1), []
    for _ in range(300):
        true, seen = random.exponential(10.0, 150), random.uniform(0, 25, 150)
        found = curve(np.minimum(true, seen), true <= seen)
        _, low, high = found.quantile(0.5)
        held.append(low <= 10 * np.log(2) <= (np.inf if high is None else high))
        _, low, high = found.by(5.0)
        held.append(low <= 1 - np.exp(-0.5) <= high)
    assert 0.92 <= np.mean(held) <= 0.98


def test_figures_are_those_of_a_plain_count(connection: BaseBackend) -> None:
    drawn = draw(NOTHING, 900, 2, BEGIN)
    ready, steps = filled(connection, drawn.contacts)
    rows = drawn.contacts.to_pylist()
    (whole,) = parts_of(ready, steps, ASK, None, {})
    assert whole.size.contacts == 900
    assert whole.size.people == len({r["identity_id"] for r in rows})
    assert whole.size.events == 30
    for part in parts_of(ready, steps, ASK, Factor.NEED, {}):
        mine = [r for r in rows if r["need"] == part.value]
        assert part.size.contacts == len(mine)
        yes = sum(r["repeat"] == "yes" for r in mine)
        assert part.figures[Measure.REPEAT].yes == yes
        assert part.figures[Measure.FIRST].yes == len(mine) - yes
        assert (
            part.figures[Measure.REPEAT].low < yes / len(mine) < part.figures[Measure.REPEAT].high
        )
        costs = [PRICES.get(r["channel"], 5.0) for r in mine if r["repeat"] == "no"]
        assert part.figures[Measure.COST].value == pytest.approx(np.mean(costs))
        assert part.figures[Measure.EFFORT].open == yes
        assert part.time.happened == len(mine) - yes
    for measure in SHARES:
        known = sum(p.figure.known for p in weekly(ready, ASK)[measure])
        assert known == whole.figures[measure].known


def test_early_answers_do_not_make_the_last_weeks_look_bad(connection: BaseBackend) -> None:
    """The label of yesterday is yes or open, never no: rates must not be taken from that."""
    drawn = draw(NOTHING, 3_000, 3, BEGIN, days=60)
    now = BEGIN + timedelta(days=60)
    at = np.array(drawn.contacts["started_at"].to_pylist())
    back = np.array(drawn.contacts["repeat"].to_pylist())
    # As the database holds it: who came back is known at once, who did not only after the window.
    fresh = (at > now - timedelta(hours=168)) & (back == "no")
    place = drawn.contacts.schema.get_field_index("repeat")
    told = drawn.contacts.set_column(place, "repeat", pa.array(np.where(fresh, "open", back)))
    ready, _ = filled(connection, told, ASK.model_copy(update={"as_of": now.replace(tzinfo=UTC)}))
    weeks = weekly(ready, ASK, [Measure.REPEAT])[Measure.REPEAT]
    assert weeks[-1].figure.known == 0
    assert weeks[-1].figure.open > 100
    rates = [w.figure.value for w in weeks if w.figure.known > 30]
    assert max(rates) < 0.4
    naive = (back[fresh | (at > now - timedelta(hours=168))] == "yes").sum() / max(
        (
            told["repeat"].to_numpy(zero_copy_only=False)[at > now - timedelta(hours=168)] != "open"
        ).sum(),
        1,
    )
    assert naive == 1.0


def test_a_number_opens_to_exactly_its_contacts(connection: BaseBackend) -> None:
    ready, steps = filled(connection, draw(NOTHING, 400, 4, BEGIN).contacts)
    every, _ = behind(ready, Opening(ask=ASK), 1_000)
    for part in parts_of(ready, steps, ASK, Factor.CHANNEL, {})[:2]:
        for measure in (Measure.REPEAT, Measure.EFFORT, Measure.TIME):
            figure = part.figures[measure]
            where = Opening.at(figure.opens)
            listed, end = behind(ready, where, 1_000)
            assert (len(listed), end) == (figure.known, None)
            # A page finds the same contacts without asking the engine.
            assert {c.conversation_id for c in every if c.stands(where)} == {
                c.conversation_id for c in listed
            }
    first, end = behind(ready, Opening(ask=ASK), 150)
    second, _ = behind(ready, Opening(ask=ASK), 150, end)
    assert [c.conversation_id for c in (*first, *second)] == [
        c.conversation_id for c in every[:300]
    ]


def test_time_to_value_counts_those_who_still_wait(connection: BaseBackend) -> None:
    drawn = draw(NOTHING, 60, 5, BEGIN).contacts
    journeys, at = drawn["journey_id"].to_pylist(), drawn["started_at"].to_pylist()
    people = drawn["identity_id"].to_pylist()
    first = {person: n for n, person in reversed(list(enumerate(people)))}
    events = [(journeys[n], "signed_up", at[n]) for n in first.values()]
    events += [
        (journeys[n], "activated", at[n] + timedelta(days=2)) for n in list(first.values())[::2]
    ]
    steps = put(connection, steps_of(events), STEPS)
    found = milestone("time_to_value", steps, put(connection, journeys_of(drawn), JOURNEYS), ASK)
    assert found.people == len(first)
    assert found.duration.happened == len(list(first.values())[::2])
    assert found.duration.median_s == 2 * 86_400
    nothing = milestone("retention", steps, put(connection, journeys_of(drawn), JOURNEYS), ASK)
    assert nothing.duration is None
    assert "subscription_cancelled" in nothing.why


def filled(connection: BaseBackend, contacts: pa.Table, ask: Ask = ASK) -> tuple[Table, Table]:
    """Put contacts, a journey for each, and thirty events."""
    table = put(connection, contacts)
    journeys = put(connection, journeys_of(contacts), JOURNEYS)
    ready = kept(with_journeys(prepared(table, ask), table, journeys, ask, PRICES))
    events = [
        (id_, "help_searched", at)
        for id_, at in zip(
            contacts["journey_id"].to_pylist()[:30],
            contacts["started_at"].to_pylist()[:30],
            strict=True,
        )
    ]
    return ready, put(connection, steps_of(events), STEPS)


def journeys_of(contacts: pa.Table) -> pa.Table:
    rows, back = contacts.to_pylist(), [r["repeat"] != "no" for r in contacts.to_pylist()]
    none = pa.nulls(len(rows), pa.string())
    return pa.table(
        {
            "journey_id": contacts["journey_id"], "identity_id": contacts["identity_id"],
            "identity_level": none, "brand": contacts["brand"], "need": contacts["need"],
            "first_channel": contacts["channel"], "opened_at": contacts["started_at"],
            "closed_at": pa.nulls(len(rows), pa.timestamp("us")), "contacts": [1] * len(rows),
            "effort": [40.0 if b else 5.0 for b in back],
            "seconds_to_resolution": [None if b else 36e2 * (n % 40) for n, b in enumerate(back)],
            "ending": ["open" if b else "resolved" for b in back], "repeat": none,
            "reopened": none, "escalated": none, "resolved": ["open" if b else "yes" for b in back],
        }
    )  # fmt: skip


def steps_of(events: list[tuple[str, str, datetime]]) -> pa.Table:
    cases, names, times = zip(*events, strict=True)
    return pa.table(
        {
            "case_id": cases, "activity": names, "at": times, "row": range(len(events)),
            "channel": pa.nulls(len(events), pa.string()),
            "contact_id": pa.nulls(len(events), pa.string()), "kind": ["event"] * len(events),
        }
    )  # fmt: skip
