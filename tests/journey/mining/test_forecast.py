"""Forecasts know only what was known at the time, and give probabilities."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from eval.mining_pool import fit
from journey.mining.lately import lately
from journey.mining.log import LogEvent
from journey.mining.prefixes import Case, cases, learn, prefixes

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def happened(case: str, *steps: tuple[str, int]) -> list[LogEvent]:
    return [
        LogEvent(case, name, MONDAY + timedelta(minutes=minute), timedelta(0), {"who": "ann"})
        for name, minute in steps
    ]


def some(count: int = 120) -> list[Case]:
    random = np.random.default_rng(0)
    events: list[LogEvent] = []
    for number in range(count):
        kind, start = ("refund", "answer")[number % 2], 10 * number
        wait = int(random.integers(1, 4)) + (60 if kind == "refund" else 0)
        steps = [("ask", start), (kind, start + 1), ("close", start + 1 + wait)]
        events += happened(f"c{number:03}", *steps)
    return cases(events)


def test_lately_counts_only_what_was_complete_by_then() -> None:
    first = happened("a", ("ask", 0), ("answer", 10))
    second = happened("b", ("ask", 5), ("close", 30))
    third = happened("c", ("ask", 20))
    names = {"answer": 0, "ask": 1, "close": 2}
    found = lately([("a", first), ("b", second), ("c", third)], names)
    assert found["b", 0].tolist() == [0.0, 0.0, 0.0]
    assert found["c", 0].tolist() == [1.0, 0.0, 0.0]


def test_a_beginning_holds_nothing_of_what_comes_later() -> None:
    whole = some(4)
    encoder = learn(whole, ["who"])
    cut = [Case(case.case_id, case.events[:2]) for case in whole]
    long, short = prefixes(whole, encoder, {}), prefixes(cut, encoder, {})
    known = long.length <= 2
    assert np.array_equal(long.features[known], short.features, equal_nan=True)


def test_what_was_not_known_in_training_is_left_out() -> None:
    whole = some(4)
    until = whole[-1].seconds[0]
    found = prefixes(whole, learn(whole, []), {}, until)
    assert len(found.next) < 12
    assert np.isnan(found.left_s).any()


@pytest.mark.slow
def test_forecasts_find_the_rule_and_sum_to_one() -> None:
    whole = some()
    encoder = learn(whole, ["who"])
    recent = lately([(case.case_id, case.events) for case in whole], encoder.names)
    parts = [prefixes(part, encoder, recent) for part in (whole[:100], whole[:80], whole[80:100])]
    test = prefixes(whole[100:], encoder, recent)
    model = fit(*parts, encoder)
    shares = model.next(test.features)
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(shares)))
    later = test.length > 1
    assert (shares.argmax(axis=1) == test.next)[later].mean() == 1.0
    left = model.left_s(test.features)
    refund = np.array([path[-1] == encoder.names["refund"] for path in test.history])
    assert left[refund].min() > 10 * left[later & ~refund].max()
