import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.calibration import (
    Logistic,
    calibration_error,
    cost_threshold,
    fit_isotonic,
    fit_logistic,
    fit_temperature,
    reliability,
    softmax,
)

RNG = np.random.default_rng(5)


def overconfident(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Make three-way scores that say thrice the log-odds they should."""
    honest = RNG.normal(size=(count, 3)) * 1.5
    true = np.array([RNG.choice(3, p=row) for row in softmax(honest)])
    return honest * 3, true


def test_temperature_makes_overconfident_scores_honest() -> None:
    scores, true = overconfident(4_000)
    scale = fit_temperature(scores, true)
    assert scale == pytest.approx(1 / 3, rel=0.15)
    fresh, labels = overconfident(4_000)
    right = fresh.argmax(axis=1) == labels
    before = calibration_error(softmax(fresh).max(axis=1), right)
    after = calibration_error(softmax(fresh * scale).max(axis=1), right)
    assert after < 0.03 < before


def test_few_examples_stay_near_the_usual_scale() -> None:
    scores, true = np.eye(3)[[0, 1, 2]] * 0.9, np.array([0, 1, 2])
    assert fit_temperature(scores, true, usual=14.0) > 50
    assert fit_temperature(scores, true, usual=14.0, hold=30.0) == pytest.approx(14.0, rel=0.2)


def test_isotonic_learns_any_rising_curve() -> None:
    said = RNG.random(6_000)
    right = RNG.random(6_000) < said**3
    mapped = fit_isotonic(said[:3_000], right[:3_000])(said[3_000:])
    assert calibration_error(mapped, right[3_000:]) < 0.04
    assert calibration_error(said[3_000:], right[3_000:]) > 0.15


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_isotonic_never_falls_and_stays_a_probability(pairs: list[tuple[float, bool]]) -> None:
    said, right = np.array([p for p, _ in pairs]), np.array([r for _, r in pairs])
    mapped = fit_isotonic(said, right)(np.linspace(0, 1, 50))
    assert (np.diff(mapped) >= -1e-12).all()
    assert ((mapped >= 0) & (mapped <= 1)).all()


def test_logistic_starts_at_the_usual_and_follows_the_data() -> None:
    usual = Logistic((2.0,), -1.0)
    none = fit_logistic(np.zeros((0, 1)), np.zeros(0, bool), np.zeros(0), usual)
    assert none.weights == pytest.approx((2.0,))
    clues = RNG.normal(size=(5_000, 1))
    right = RNG.random(5_000) < 1 / (1 + np.exp(-(0.5 * clues[:, 0] + 1)))
    found = fit_logistic(clues, right, np.ones(5_000), usual)
    assert found.weights[0] == pytest.approx(0.5, abs=0.15)
    assert found.bias == pytest.approx(1.0, abs=0.15)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_bins_hold_every_text_once(pairs: list[tuple[float, bool]]) -> None:
    bins = reliability([p for p, _ in pairs], [r for _, r in pairs])
    assert sum(b.count for b in bins) == len(pairs)
    assert all(b.low - 1e-9 <= b.said <= b.high + 1e-9 for b in bins)


def test_thresholds_follow_the_cost() -> None:
    assert [cost_threshold(cost) for cost in (1, 2, 4, 10)] == pytest.approx([0, 0.5, 0.75, 0.9])
    with pytest.raises(ValueError, match="at least"):
        cost_threshold(0.5)
