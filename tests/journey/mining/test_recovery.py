"""What was planted is found again, within the intervals that are stated."""

from datetime import UTC, datetime
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import beta

from journey.mining import markov, mixture
from journey.mining.counts import bootstrap, path_counts
from journey.mining.generate import Drawn, Plan, chain, draw
from journey.mining.load import EVENTS, embedded
from journey.mining.memory import memory
from journey.mining.mine import read_moves, tally
from journey.mining.odds import SeparatedError, drivers
from journey.mining.paths import activities

NAMES = ("search", "chat", "call", "solved")
QUICK = chain(
    [
        [0.7, 0.2, 0.1, 0.0, 0.0],
        [0.1, 0.2, 0.0, 0.6, 0.1],
        [0.0, 0.1, 0.1, 0.8, 0.0],
        [0.0, 0.0, 0.2, 0.7, 0.1],
        [0.0, 0.0, 0.0, 0.0, 1.0],
    ]
)
TRYING = chain(
    [
        [0.1, 0.3, 0.6, 0.0, 0.0],
        [0.3, 0.5, 0.2, 0.0, 0.0],
        [0.1, 0.3, 0.5, 0.1, 0.0],
        [0.1, 0.2, 0.4, 0.2, 0.1],
        [0.0, 0.0, 0.3, 0.0, 0.7],
    ]
)
DRIVERS = np.array([-1.5, 0.9, 0.0, -0.6])
PLAN = Plan(NAMES, (QUICK, TRYING), (0.65, 0.35), DRIVERS, (0.3, 0.5, 0.2))
ONE = Plan(NAMES, (QUICK,), (1.0,), DRIVERS, (0.3, 0.5, 0.2))
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def planted(one: markov.Chain) -> dict[tuple[str, str], float]:
    table = np.column_stack([one.move, one.end])
    columns = (*NAMES, "(end)")
    found = {(r, c): table[i, j] for i, r in enumerate(NAMES) for j, c in enumerate(columns)}
    return found | {("(start)", name): p for name, p in zip(NAMES, one.start, strict=True)}


@pytest.fixture(scope="module")
def single() -> Drawn:
    return draw(ONE, 4_000, 3, BEGIN)


def test_transition_probabilities_lie_in_exact_intervals(single: Drawn) -> None:
    # Clopper-Pearson, 99 % for all cells together (Bonferroni).
    with embedded(threads=1) as connection:
        connection.create_table("drawn", schema=EVENTS, temp=True)
        connection.insert("drawn", single.events)
        events = connection.table("drawn")
        names = activities(events)
        moves = read_moves(tally(connection, events, names, 1), names)
    truth = planted(QUICK)
    seen = {(move.source, move.target): move.count for move in moves}
    totals = {row: sum(n for (r, _), n in seen.items() if r == row) for row, _ in truth}
    tail = 0.01 / len(truth) / 2
    for cell, probability in truth.items():
        k, n = seen.get(cell, 0), totals[cell[0]]
        low = beta.ppf(tail, k, n - k + 1) if k else 0.0
        high = beta.ppf(1 - tail, k + 1, n - k) if k < n else 1.0
        assert low <= probability <= high, cell


def test_the_same_seed_draws_the_same_journeys() -> None:
    assert draw(PLAN, 50, 7, BEGIN).events.equals(draw(PLAN, 50, 7, BEGIN).events)


def test_planted_chains_are_first_order(single: Drawn) -> None:
    found = memory(single.paths, [1] * len(single.paths), len(NAMES), folds=3)
    assert found.best == 1
    assert found.gain_high < 0.005


def test_a_second_order_process_is_told_from_a_chain() -> None:
    random = np.random.default_rng(0)
    paths = [[int(first), 2, int(first), 3] for first in random.integers(0, 2, 500)]
    found = memory(paths, [1] * len(paths), 4, folds=3)
    assert found.best == 2
    assert found.gain_low > 0.3


def test_journey_types_are_found_again() -> None:
    drawn = draw(PLAN, 3_000, 5, BEGIN)
    moves = mixture.case_moves(drawn.paths, len(NAMES))
    found = mixture.fit(moves, 2, np.ones(len(moves)), starts=3)
    order = min(
        permutations(range(2)),
        key=lambda p: sum(abs(found.shares[k] - PLAN.shares[i]) for i, k in enumerate(p)),
    )
    assert abs(found.shares[order[0]] - PLAN.shares[0]) < 0.05
    for truth, kind in zip(PLAN.types, order, strict=True):
        got = found.chain(kind)
        visited = [0, 1, 2]
        assert np.abs(got.move[visited] - truth.move[visited]).max() < 0.1
        assert np.abs(got.start - truth.start).max() < 0.08
    told = found.belong(moves).argmax(axis=1)
    best = np.mean(told == np.array(order)[drawn.kind])
    assert best > 0.8


def test_drivers_of_repeat_contact_lie_in_their_intervals() -> None:
    drawn = draw(PLAN, 20_000, 11, BEGIN)
    low, high = drivers(drawn.features, drawn.repeated).interval(0.999)
    assert np.all((low <= DRIVERS) & (high >= DRIVERS))
    assert low[1] > 0
    assert low[2] < 0 < high[2]
    assert high[3] < 0


def test_intervals_of_drivers_cover_as_often_as_they_say() -> None:
    held = 0
    for seed in range(100):
        drawn = draw(PLAN, 800, seed, BEGIN)
        low, high = drivers(drawn.features, drawn.repeated).interval(0.9)
        held += int(low[1] <= DRIVERS[1] <= high[1])
    assert 82 <= held <= 97


def test_a_feature_that_tells_all_is_named_as_such() -> None:
    feature = np.array([0.0, 1.0] * 20)
    with pytest.raises(SeparatedError):
        drivers(feature[:, None], feature == 1.0)


def test_bootstrap_intervals_of_removal_effects_hold_the_truth(single: Drawn) -> None:
    truth = markov.removal_effect(QUICK, 3)
    counts = path_counts(single.paths, [1] * len(single.paths), len(NAMES))
    low, high = bootstrap(
        counts, lambda m: markov.removal_effect(markov.fit(m), 3), draws=200, level=0.999
    )
    assert np.all((low - 1e-9 <= truth) & (truth <= high + 1e-9))
    assert np.all(high - low < 0.08)
