"""Before and after: a planted change is found with honest intervals; without one, nothing is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta

import numpy as np
import pyarrow as pa
import pytest
from ibis.backends import BaseBackend

from journey.change.before_after import before_after
from journey.change.form import Verdict
from journey.measures.generate import Drawn, draw
from tests.journey.analytics.engines import ASK, BEGIN, NOTHING, opened, put

CHANGE = BEGIN + timedelta(days=98)
DAY = CHANGE.date()
REFUND = (("need", "refund_request"),)
ASK_REFUND = ASK.model_copy(update={"need": "refund_request"})


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


def test_a_change_of_one_need_is_found_against_all_others(connection: BaseBackend) -> None:
    plan = replace(NOTHING, base=-0.5, change_at=CHANGE, change=-1.5, change_of=REFUND)
    drawn = draw(plan, 9_000, 1, BEGIN, days=140)
    found = before_after(put(connection, drawn.contacts), ASK_REFUND, DAY, 28)
    assert found.verdict is Verdict.FEWER
    assert found.beyond_control is not None
    assert found.beyond_control.high < 0
    assert found.control is not None
    assert found.control.low < 0 < found.control.high
    assert found.placebos
    assert found.as_large == 0
    assert found.before.last == DAY - timedelta(days=8)
    assert sum(s.weight for s in found.strata) == pytest.approx(1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_intervals_hold_the_planted_difference(duckdb: BaseBackend) -> None:
    plan = replace(NOTHING, change_at=CHANGE, change=-0.6)
    held = []
    for seed in range(40):
        drawn = draw(plan, 2_500, 40 + seed, BEGIN, days=140)
        found = before_after(put(duckdb, drawn.contacts), ASK, DAY, 28)
        assert found.difference is not None
        held.append(found.difference.low <= truth(drawn) <= found.difference.high)
    assert 0.88 <= np.mean(held) <= 1.0


def truth(drawn: Drawn) -> float:
    """Give the mean effect on the contacts after the change."""
    after = np.array(drawn.contacts["started_at"].to_pylist()) >= CHANGE
    without = 1 / (1 + np.exp(-(drawn.log_odds + 0.6)))
    return float((drawn.chance - without)[after].mean())


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_without_a_change_it_says_so(duckdb: BaseBackend) -> None:
    said = [
        before_after(put(duckdb, draw(NOTHING, 2_000, 300 + s, BEGIN, 140).contacts), ASK, DAY)
        for s in range(25)
    ]
    assert sum(found.verdict is not Verdict.UNCLEAR for found in said) <= 4


def test_another_mix_is_no_change(duckdb: BaseBackend) -> None:
    """After the date many more come with a need that always comes back often."""
    often = {REFUND: 2.0}
    one = draw(replace(NOTHING, effects=often), 3_000, 7, BEGIN, days=91)
    needs = {**NOTHING.levels["need"], "refund_request": 2.0}
    shifted = replace(NOTHING, effects=often, levels={**NOTHING.levels, "need": needs})
    other = draw(shifted, 1_500, 8, CHANGE, days=35)
    later = other.contacts.set_column(
        0, "contact_id", pa.array([f"later_{n}" for n in range(1_500)])
    ).set_column(2, "identity_id", pa.array([f"new_{n}" for n in range(1_500)]))
    table = put(duckdb, pa.concat_tables([one.contacts, later.select(one.contacts.schema.names)]))
    found = before_after(table, ASK, DAY, 28)
    assert found.difference is not None
    crude = sum(s.after.yes or 0 for s in found.strata) / found.after.contacts - (
        sum(s.before.yes or 0 for s in found.strata) / found.before.contacts
    )
    assert crude > 0.15
    assert found.difference.low < 0 < found.difference.high


def test_contacts_whose_window_has_not_passed_stand_on_no_side(connection: BaseBackend) -> None:
    drawn = draw(NOTHING, 1_500, 9, BEGIN, days=120)
    early = ASK.model_copy(update={"as_of": (CHANGE + timedelta(days=14)).replace(tzinfo=UTC)})
    found = before_after(put(connection, drawn.contacts), early, DAY, 28)
    assert 0 < found.after.contacts < found.before.contacts
    assert found.too_early > 30
    nothing = ASK.model_copy(update={"as_of": (CHANGE + timedelta(days=2)).replace(tzinfo=UTC)})
    assert before_after(put(connection, drawn.contacts), nothing, DAY).verdict is Verdict.NOTHING
