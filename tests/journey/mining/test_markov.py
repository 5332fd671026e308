"""Chains agree with what can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from journey.mining import markov
from journey.mining.ngram import fit, log_losses

# Two steps: a goes to b (0.6), ends (0.4); b goes back to a (0.5), ends (0.5).
COUNTS = np.array([[0.0, 6.0, 4.0], [5.0, 0.0, 5.0], [10.0, 0.0, 0.0]])


def test_steps_left_and_endings_by_hand() -> None:
    chain = markov.fit(COUNTS)
    left = markov.steps_left(chain)
    assert left == pytest.approx([0.9 / 0.7, 0.8 / 0.7])
    assert markov.last_step(chain)[0] == pytest.approx([0.4 / 0.7, 0.3 / 0.7])


def test_an_outcome_absorbs() -> None:
    chain = markov.fit(COUNTS)
    assert markov.absorption(chain, [1])[0] == pytest.approx([0.6, 0.4])
    assert markov.reach(chain, 1) == pytest.approx(0.6)


def test_what_lies_on_every_way_is_worth_all_of_it() -> None:
    effect = markov.removal_effect(markov.fit(COUNTS), 1)
    assert effect == pytest.approx([1.0, 1.0])


@given(arrays(np.int64, (5, 5), elements=st.integers(0, 50)))
def test_probabilities_stay_probabilities(counts: np.ndarray) -> None:
    counts[:, -1] += 1
    counts[-1, -1] = 0
    counts[-1, 0] += 1
    chain = markov.fit(counts.astype(float))
    assert markov.last_step(chain).sum(axis=1) == pytest.approx(np.ones(4))
    assert markov.absorption(chain, [2, 3]).sum(axis=1) == pytest.approx(np.ones(4))
    assert np.all(markov.steps_left(chain) >= -1e-9)
    effect = markov.removal_effect(chain, 0)
    assert np.all((effect >= 0) & (effect <= 1))


@given(st.lists(st.lists(st.integers(0, 3), max_size=6), min_size=1, max_size=8), st.integers(0, 4))
def test_next_steps_sum_to_one_and_none_is_impossible(paths: list[list[int]], order: int) -> None:
    model = fit(paths, [1] * len(paths), 4, order)
    for path in ([], [0], [1, 2, 3], [3, 3, 3, 3, 3, 3]):
        share = model.next(path)
        assert share.sum() == pytest.approx(1.0)
        assert share.min() > 0
    assert np.all(np.isfinite(log_losses(model, paths)))


def test_surprise_is_the_sum_over_the_steps() -> None:
    model = fit([[0, 1], [0]], [3, 1], 2, 2)
    by_hand = -sum(
        np.log2(model.next(path)[step]) for path, step in (([], 0), ([0], 1), ([0, 1], 2))
    )
    assert log_losses(model, [[0, 1]])[0] == pytest.approx(by_hand)
