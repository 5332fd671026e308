"""A share is told with how sure it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from domain.interval import wilson


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_is_the_interval_of_the_text_books(counts: tuple[int, int]) -> None:
    successes, trials = counts
    known = binomtest(successes, trials).proportion_ci(method="wilson")
    assert wilson(successes, trials) == pytest.approx((known.low, known.high), abs=1e-9)


def test_nothing_is_known_without_trials() -> None:
    assert wilson(0, 0) is None
