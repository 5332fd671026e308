import subprocess
import sys

import numpy as np
import pytest

from tests.themes.conftest import Collection
from themes.assign import Assigner, State, fit_assigner, state
from themes.calibration import ASSIGNED, NEAR
from themes.space import centred, middle


@pytest.fixture(scope="module")
def assigner(collection: Collection) -> Assigner:
    mean = middle(collection.vectors)
    return fit_assigner(centred(collection.vectors, mean), mean, collection.truth)


def test_identical_texts_have_one_answer_wherever_they_stand(
    assigner: Assigner, collection: Collection
) -> None:
    rows = np.random.default_rng(2).integers(0, len(collection.texts), 2000)
    alone = assigner.assign(collection.vectors)
    many = assigner.assign(collection.vectors[rows])
    assert np.array_equal(many.themes, alone.themes[rows])
    assert np.array_equal(many.scores, alone.scores[rows])


def test_one_text_is_a_batch_of_one(assigner: Assigner, collection: Collection) -> None:
    batch = assigner.assign(collection.vectors[:50])
    single = [assigner.assign(collection.vectors[row : row + 1]) for row in range(50)]
    assert [int(one.themes[0]) for one in single] == batch.themes.tolist()
    assert np.allclose([one.scores[0] for one in single], batch.scores, atol=2e-4)


def test_scores_are_probabilities_that_fall_with_distance(
    assigner: Assigner, collection: Collection
) -> None:
    random = np.random.default_rng(4).normal(size=(200, 48)).astype(np.float32)
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    inside, outside = assigner.assign(collection.vectors), assigner.assign(random)
    assert inside.scores.min() >= 0
    assert inside.scores.max() <= 1
    assert np.median(inside.scores) > ASSIGNED
    assert np.mean(outside.scores < ASSIGNED) >= 0.9
    assert np.median(outside.scores) < np.quantile(inside.scores, 0.01)


def test_the_fitted_texts_keep_their_theme(assigner: Assigner, collection: Collection) -> None:
    assert np.mean(assigner.assign(collection.vectors).themes == collection.truth) > 0.99


def test_no_text_is_no_trouble(assigner: Assigner) -> None:
    found = assigner.assign(np.zeros((0, 48), np.float32))
    assert found.states == []


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (1.0, State.ASSIGNED),
        (ASSIGNED, State.ASSIGNED),
        (ASSIGNED - 0.001, State.NEAR),
        (NEAR, State.NEAR),
        (NEAR - 0.001, State.NONE),
        (0.0, State.NONE),
    ],
)
def test_the_score_alone_decides_the_state(score: float, expected: State) -> None:
    assert state(score) is expected


def test_who_only_assigns_loads_no_heavy_library() -> None:
    code = (
        "import sys, themes.model, themes.assign\n"
        "heavy = {'bertopic', 'umap', 'numba', 'torch', 'hdbscan', 'sknetwork', 'sklearn'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
