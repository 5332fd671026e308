"""Types that were planted are found again, named by what sets them apart, and kept for new ones."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from domain.base import now
from journey.types.choose import TooFewJourneysError, choose, trial
from journey.types.methods import METHODS, Fitted, edit_distances, fit
from journey.types.page import WAYS, render
from journey.types.sample import Ints, Sample
from journey.types.tell import tell

QUICK = ("contact:chat", "status:solved")
LONG = ("contact:chat", "contact:call", "contact:chat", "contact:call", "status:solved")


def planted(size: int, seed: int = 0, late: float = 0.5) -> tuple[Sample, Ints]:
    """Two kinds; of each journey one step may be missing; the second is more common later on."""
    random = np.random.default_rng(seed)
    kinds = (random.random(size) < np.linspace(1 - late, late, size)).astype(int)
    paths = []
    for kind in kinds:
        path = list((QUICK, LONG)[kind])
        if random.random() < 0.3 and len(path) > 2:
            del path[random.integers(len(path))]
        paths.append(tuple(path))
    signals = np.column_stack([1 + kinds, 10 + 60 * kinds + random.normal(0, 5, size)])
    ids = tuple(f"jny_{number:04}" for number in range(size))
    return Sample(ids, tuple(paths), signals, np.arange(size) * 3600.0), kinds


@pytest.mark.parametrize("method", METHODS)
def test_each_way_finds_the_planted_types_and_sorts_new_journeys(method: str) -> None:
    sample, truth = planted(80)
    found = fit(method, sample, 2, seed=0)
    assert adjusted_rand_score(truth, found.assign(sample)) > 0.9
    kept = Fitted(**json.loads(json.dumps(asdict(found))))
    later, kinds = planted(30, seed=1)
    assert adjusted_rand_score(kinds, kept.assign(later)) > 0.8


def test_a_journey_with_steps_never_seen_is_sorted_all_the_same() -> None:
    sample, _ = planted(40)
    new = Sample(
        ("jny_x",), (("something_new", "contact:fax"),), np.array([[1.0, 0.0]]), np.zeros(1)
    )
    for method in METHODS:
        assert fit(method, sample, 2, seed=0).assign(new).shape == (1,)


def test_stability_tells_what_is_there_from_what_is_not() -> None:
    sample, _ = planted(80)
    random = np.random.default_rng(5)
    names = [f"step_{letter}" for letter in "abcdef"]
    noise = Sample(
        sample.ids,
        tuple(tuple(random.choice(names, 5).tolist()) for _ in sample.ids),
        random.normal(size=(80, 2)),
        sample.opened_s,
    )
    there = trial(sample, "embedding", 2, seed=0, rounds=3)
    absent = trial(noise, "embedding", 2, seed=0, rounds=3)
    assert there.agreement > 0.9
    assert absent.agreement < 0.5


@pytest.mark.slow
def test_the_most_stable_way_is_taken_and_named_in_plain_words() -> None:
    sample, truth = planted(60, late=0.9)
    fitted, trials = choose(sample, rounds=2)
    told = tell(fitted, sample, trials)
    assert told.stable
    assert {t.method for t in trials} == set(METHODS)
    assert sum(kind.journeys for kind in told.kinds) == 60
    names = " / ".join(kind.name for kind in told.kinds)
    assert any(words in names for words in ("call", "several"))
    assert told.drift is not None
    assert told.drift.p_value is not None
    assert told.drift.p_value < 0.05
    assert adjusted_rand_score(truth, fitted.assign(sample)) > 0.5


def test_features_set_types_apart() -> None:
    sample, truth = planted(80)
    told = tell(fit("embedding", sample, 2, seed=0), sample, [])
    long = max(told.kinds, key=lambda kind: kind.contacts)
    assert long.journeys == int(truth.sum())
    assert all(abs(f.here - f.elsewhere) > 0.3 for f in long.features)
    assert set(long.examples) <= {id_ for id_, kind in zip(sample.ids, truth, strict=True) if kind}


def test_the_page_says_what_types_are_for_and_how_each_opens() -> None:
    sample, _ = planted(80)
    told = tell(fit("embedding", sample, 2, seed=0), sample, [trial(sample, "embedding", 2, 0, 2)])
    page = render(told, now())
    assert page.count("For deciding: ") == 3
    for kind in told.kinds:
        assert f"throughline types --open {kind.number}</code>" in page
        assert f"/v1/journey-types/{kind.number}/journeys</code>" in page
    assert "with settled" not in page
    assert set(WAYS) == set(METHODS)


def test_edit_distance_counts_steps() -> None:
    others = [[1, 2, 3], [1, 3], [], [3, 1, 2, 3, 4, 5]]
    assert edit_distances([1, 2, 3], others) == pytest.approx([0.0, 1 / 3, 1.0, 1 / 2])
    assert edit_distances([1, 2], [[3, 4, 5, 6]]).tolist() == [1.0]
    assert edit_distances([], [[], [1]]).tolist() == [0.0, 1.0]


def test_a_handful_of_journeys_has_no_types() -> None:
    sample, _ = planted(8)
    with pytest.raises(TooFewJourneysError, match="8 journeys"):
        choose(sample)
