"""Planted drivers are found with honest intervals; where nothing is planted, nothing is marked."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from ibis.backends import BaseBackend

from journey.drivers.counted import Counted, counted
from journey.drivers.drivers import C, N, T, driver_rows
from journey.drivers.form import Driver, Mark
from journey.drivers.signs import (
    CUES,
    cost_each,
    costs_of,
    decide,
    read_signs,
    signs_of,
    with_next,
)
from journey.mart import STEPS
from journey.measures.generate import Drawn, draw
from journey.measures.prepared import prepared
from tests.journey.analytics.engines import ASK, BEGIN, NOTHING, opened, put

REFUND, EMAIL = (("need", "refund_request"),), (("channel", "email"),)
PLANTED = replace(
    NOTHING,
    spread=0.0,
    effects={REFUND: 1.0, EMAIL: 0.7},
    # Email is bad, and deliveries come by email: without adjustment, deliveries look bad too.
    channel_of_need={"delivery_problem": "email"},
)


@pytest.fixture(
    scope="module", params=["duckdb", pytest.param("postgresql", marks=pytest.mark.services)]
)
def connection(request: pytest.FixtureRequest) -> Iterator[BaseBackend]:
    with opened(request.param, request) as found:
        yield found


@pytest.fixture(scope="module")
def duckdb(request: pytest.FixtureRequest) -> Iterator[BaseBackend]:
    with opened("duckdb", request) as found:
        yield found


def rows_of(
    connection: BaseBackend, drawn: Drawn, families: tuple[tuple[object, ...], ...] | None = None
) -> list[Driver]:
    counts = Counted.of(counted(prepared(put(connection, drawn.contacts), ASK)))
    more = {} if families is None else {"families": families}
    return driver_rows(counts, ASK, {}, **more)


def find(rows: list[Driver], *values: str) -> Driver:
    return next(r for r in rows if tuple(level.value for level in r.levels) == values)


def test_planted_drivers_come_first_and_the_mix_is_adjusted_for(connection: BaseBackend) -> None:
    rows = rows_of(connection, draw(PLANTED, 6_000, 3, BEGIN))
    top = {rows[0].levels[0].value, rows[1].levels[0].value}
    assert top == {"refund_request", "email"}
    # Deliveries come back more often, but for their channel, which is adjusted for.
    delivery = find(rows, "delivery_problem")
    plain = delivery.rate.value - np.mean([r.rate.value for r in rows if r.levels[0].factor is N])
    assert plain > 0
    assert delivery.mark is not Mark.HIGHER
    assert delivery.lift is not None
    assert delivery.lift.value < 1


def test_both_engines_give_the_same(duckdb: BaseBackend, connection: BaseBackend) -> None:
    drawn = draw(PLANTED, 1_500, 4, BEGIN)
    one, other = rows_of(duckdb, drawn), rows_of(connection, drawn)
    assert [r.label for r in one] == [r.label for r in other]
    for a, b in zip(one, other, strict=True):
        assert a.rate == b.rate
        if a.avoidable:
            assert a.avoidable.value == pytest.approx(b.avoidable.value, abs=1e-6)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_intervals_of_avoidable_contacts_hold_the_truth(duckdb: BaseBackend) -> None:
    """Of 95 % intervals, as many hold the truth as should, give or take what chance allows."""
    held = []
    for seed in range(40):
        drawn = draw(PLANTED, 2_500, 100 + seed, BEGIN)
        rows = rows_of(duckdb, drawn, ((N,), (C,)))
        for which in (REFUND, EMAIL):
            row, truth = find(rows, which[0][1]), true_avoidable(drawn, which)
            assert row.avoidable is not None
            held.append(row.avoidable.low <= truth <= row.avoidable.high)
    assert 0.90 <= np.mean(held) <= 0.995


def true_avoidable(drawn: Drawn, which: tuple[tuple[str, str], ...]) -> float:
    inside = drawn.marks[which]
    without = 1 / (1 + np.exp(-(drawn.log_odds - PLANTED.effects[which])))
    return float((drawn.chance - without)[inside].sum() * (1 - inside.mean()))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_where_nothing_is_planted_next_to_nothing_is_marked(duckdb: BaseBackend) -> None:
    """People differ, so their contacts are alike: that must not be taken for a driver."""
    false = [
        any(r.mark is not None for r in rows_of(duckdb, draw(NOTHING, 1_200, 500 + seed, BEGIN)))
        for seed in range(20)
    ]
    # At a false discovery rate of 5 %, 1 of 20 is expected; 5 or more in 1 of 390 such tests.
    assert sum(false) < 5


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_false_marks_stay_rare_among_true_ones(duckdb: BaseBackend) -> None:
    marked = false = 0
    for seed in range(12):
        drawn = draw(replace(PLANTED, effects={REFUND: 1.2}, spread=0.8), 2_500, 900 + seed, BEGIN)
        for row in rows_of(duckdb, drawn, ((N,), (C,), (T,))):
            if row.mark is Mark.HIGHER:
                marked += 1
                false += row.levels[0].value != "refund_request"
    assert marked >= 10
    assert false <= 0.15 * marked


def test_all_or_nobody_coming_back_gives_finite_figures(duckdb: BaseBackend) -> None:
    plan = replace(NOTHING, effects={REFUND: 30.0, (("need", "how_to"),): -30.0})
    rows = rows_of(duckdb, draw(plan, 800, 5, BEGIN), ((N,),))
    for name in ("refund_request", "how_to"):
        row = find(rows, name)
        assert row.avoidable is not None
        assert np.isfinite([row.avoidable.low, row.avoidable.high, row.lift.value]).all()
    assert find(rows, "refund_request").mark is Mark.HIGHER
    assert find(rows, "how_to").mark is Mark.LOWER


def test_the_decision_follows_what_those_who_came_back_show(connection: BaseBackend) -> None:
    drawn = draw(replace(PLANTED, spread=0.5), 2_000, 6, BEGIN)
    facts = drawn.contacts.select(["contact_id", "need", "channel", "repeat"]).to_pylist()
    login = [r["contact_id"] for r in facts if r["need"] == "login_problem"]
    cues = pa.table({"contact_id": login, "label": ["tried_before"] * len(login)})
    refund = [n for n, r in enumerate(facts) if r["need"] == "refund_request"]
    steps = pa.table(
        {
            "case_id": drawn.contacts["journey_id"].take(refund),
            "activity": ["payment_failed"] * len(refund),
            "at": drawn.contacts["started_at"].take(refund),
            "row": range(len(refund)),
            "channel": pa.nulls(len(refund), pa.string()),
            "contact_id": pa.nulls(len(refund), pa.string()),
            "kind": ["event"] * len(refund),
        }
    )
    given = put(connection, steps, STEPS), put(connection, cues, CUES)
    contacts = prepared(put(connection, drawn.contacts), ASK)
    counts = read_signs(signs_of(contacts, *given))
    assert counts["login_problem", "chat"]["self_service"] == sum(
        r["need"] == "login_problem" and r["channel"] == "chat" and r["repeat"] == "yes"
        for r in facts
    )
    decision, why, by_signal, signs = decide(counts, "login_problem", "chat")
    assert (decision, by_signal, signs[0].share) == ("content", True, 1.0)
    assert "help page" in why
    assert decide(counts, "refund_request", "email")[0] == "product"
    # Nothing stands out: the usual decision of the need, and it is said that it is only that.
    assert decide(counts, "billing_dispute", "call")[::2] == ("policy", False)


def test_what_a_repeat_costs_is_that_of_the_channel_it_came_by(connection: BaseBackend) -> None:
    drawn = draw(NOTHING, 4, 1, BEGIN).contacts
    table = drawn.set_column(
        drawn.schema.get_field_index("journey_id"), "journey_id", pa.array(["j1", "j1", "j2", None])
    )
    for name, values in {
        "need": ["how_to"] * 4,
        "channel": ["chat", "call", "chat", "email"],
        "repeat": ["yes", "no", "yes", "yes"],
    }.items():
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(values))
    contacts = prepared(with_next(put(connection, table)), ASK)
    each = cost_each(costs_of(contacts), {"chat": 4.0, "call": 8.0, "other": 5.0})
    # One chat was followed by a call, the other by a contact that nobody knows: its own channel.
    assert each == {("how_to", "chat"): 6.0, ("how_to", "email"): 5.0}
