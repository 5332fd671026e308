"""What is planted is found, and where nothing is, hardly anything is marked."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from domain.theme import Theme
from domain.theme_figures import Period, Scope, Sums
from themes.changes import Way, changes, past_of
from themes.estimates import design_effect, mean, means_differ, share, shares_differ, survive
from themes.trend import expected, slope, steps

PERIOD = Period(first=date(2026, 6, 1), last=date(2026, 6, 28))


def sums(values: list[list[float]]) -> Sums:
    """Sum the values of each customer's contacts."""
    y, n = np.array([sum(v) for v in values]), np.array([len(v) for v in values])
    return Sums(
        known=int(n.sum()), total=float(y.sum()), customers=len(values),
        yy=float(y @ y), yn=float(y @ n), nn=float(n @ n),
    )  # fmt: skip


def callers(random: np.random.Generator, customers: int, rate: float) -> list[list[float]]:
    """Draw customers with one to four contacts each, that tend to be alike."""
    rates = random.beta(2 * rate, 2 * (1 - rate), customers)
    return [list((random.random(random.integers(1, 5)) < r).astype(float)) for r in rates]


def test_contacts_of_few_customers_widen_the_interval() -> None:
    alone = sums([[1.0]] * 20 + [[0.0]] * 20)
    crowd = sums([[1.0] * 10, [1.0] * 10, [0.0] * 10, [0.0] * 10])
    assert design_effect(alone) == pytest.approx(1, abs=0.05)
    assert design_effect(crowd) > 8
    narrow, wide = share(alone, design_effect(alone)), share(crowd, design_effect(crowd))
    assert (wide.high or 1) - (wide.low or 0) > 1.5 * ((narrow.high or 1) - (narrow.low or 0))


def test_a_mean_has_the_interval_of_its_customers() -> None:
    told = mean(sums([[0.1], [0.3], [0.5]]))
    assert told.value == pytest.approx(0.3)
    assert told.low == pytest.approx(0.3 - 4.3027 * 0.2 / np.sqrt(3), abs=1e-3)


def test_where_no_theme_differs_hardly_any_report_marks_one() -> None:
    random, reports = np.random.default_rng(3), 60
    marked = 0
    for _ in range(reports):
        drawn = [callers(random, 25, 0.2) for _ in range(12)]
        whole = sums([customer for theme in drawn for customer in theme])
        p_values = [shares_differ(sums(theme), whole) for theme in drawn]
        marked += any(survive(p_values, 0.05))
    assert marked <= reports * 0.12


def test_a_planted_higher_share_is_found_and_no_other() -> None:
    random = np.random.default_rng(4)
    drawn = [callers(random, 60, 0.45 if n == 3 else 0.15) for n in range(12)]
    whole = sums([customer for theme in drawn for customer in theme])
    stand = survive([shares_differ(sums(theme), whole) for theme in drawn], 0.05)
    assert stand[3]
    assert sum(stand) <= 2
    assert means_differ(sums(drawn[3]), whole) is not None
    assert shares_differ(sums(drawn[3][:2]), whole) is None


def test_steps_count_back_from_the_last_day() -> None:
    cut = steps(Period(first=date(2026, 6, 1), last=date(2026, 6, 30)), 7)
    assert [step.days for step in cut] == [2, 7, 7, 7, 7]
    assert (cut[0].first, cut[-1].last) == (date(2026, 6, 1), date(2026, 6, 30))


def test_an_even_growth_is_measured() -> None:
    found = slope([20, 26, 34, 44, 57, 74])
    assert found is not None
    assert found.factor == pytest.approx(1.3, abs=0.02)
    assert found.low < 1.3 < found.high
    assert slope([1, 2, 3]) is None
    assert slope([0, 0, 0, 30]) is None
    assert expected(0) == (0.0, pytest.approx(3.689, abs=1e-3))


def history(random: np.random.Generator, factor: float) -> dict[str | None, dict[date, int]]:
    """Draw 20 themes over 12 weeks and a period; the first is multiplied in its last half."""
    found: dict[str | None, dict[date, int]] = {}
    for theme in range(20):
        counts = {}
        for n in range(12 * 7 + 28):
            rate = (2.0 + theme % 4) * random.gamma(4, 1 / 4)  # weeks scatter more than chance
            rate *= factor if theme == 0 and n >= 12 * 7 + 14 else 1
            counts[date(2026, 3, 9) + timedelta(days=n)] = int(random.poisson(rate))
        found[f"thm_{theme}"] = counts
    found[None] = {}
    return found


def themes() -> list[Theme]:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    return [Theme(id=f"thm_{n}", label=f"theme {n}", first_at=at, changed_at=at) for n in range(20)]


def test_a_growing_theme_is_found_with_the_day_it_began() -> None:
    past = past_of(PERIOD, 12, date(2026, 3, 9))
    days = history(np.random.default_rng(5), 3.0)
    found = changes(Scope(period=PERIOD), past, days, themes(), (), (), 0.05)
    assert [(s.theme_id, s.way) for s in found.shifts] == [("thm_0", Way.GROWING)]
    assert found.shifts[0].since_first <= date(2026, 6, 15) <= found.shifts[0].since_last


def test_where_nothing_changed_hardly_any_report_tells_of_a_change() -> None:
    random, past = np.random.default_rng(6), past_of(PERIOD, 12, date(2026, 3, 9))
    told = sum(
        bool(
            changes(Scope(period=PERIOD), past, history(random, 1.0), themes(), (), (), 0.05).shifts
        )
        for _ in range(40)
    )
    assert told <= 5


def test_new_and_silent_themes_are_named_and_little_history_says_nothing() -> None:
    days = history(np.random.default_rng(7), 1.0)
    in_period = PERIOD.first
    days["thm_1"] = {d: n for d, n in days["thm_1"].items() if d >= in_period}
    days["thm_2"] = {d: n for d, n in days["thm_2"].items() if d < in_period}
    past = past_of(PERIOD, 12, date(2026, 3, 9))
    found = changes(Scope(period=PERIOD), past, days, themes(), (), (), 0.05)
    ways = {s.theme_id: s.way for s in found.shifts}
    assert (ways["thm_1"], ways["thm_2"]) == (Way.NEW, Way.GONE)
    assert past_of(PERIOD, 12, date(2026, 5, 20)) is None
