"""Trees kept as plain data say what the library says that grew them."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from journey.mining.trees import Trees, grown

CODES = [True, True, False, False]


def features(rows: int, seed: int, codes: int) -> NDArray[np.float64]:
    """Give two columns of codes, two of numbers, some of each unknown."""
    random = np.random.default_rng(seed)
    drawn = random.random((rows, 4))
    drawn[:, 0] = random.integers(0, codes, rows) * 3
    drawn[:, 1] = random.integers(0, 5 * codes, rows)
    drawn[random.random((rows, 4)) < 0.1] = np.nan
    return drawn


def classes(held: NDArray[np.float64]) -> NDArray[np.int64]:
    known = np.nan_to_num(held)
    return ((known[:, 0] % 2) + (known[:, 2] > 0.5) + (known[:, 1] % 5 == 1)).astype(np.int64)


def kept(trees: Trees) -> Trees:
    return Trees.of(json.loads(json.dumps(trees.plain(), allow_nan=False)))


@pytest.mark.parametrize("kinds", [2, 4])
def test_what_is_kept_tells_classes_apart_as_the_library_does(kinds: int) -> None:
    held = features(2_000, 0, 7)
    model = HistGradientBoostingClassifier(max_iter=10, categorical_features=CODES)
    model.fit(held, classes(held).clip(0, kinds - 1))
    # Codes that training never saw are among those that are asked for, some beyond all codes.
    asked = features(400, 1, 100)
    raw = kept(grown(model)).raw(asked)
    assert raw.shape[1] == (1 if kinds == 2 else len(model.classes_))
    shares = model.predict_proba(asked)
    ratio = raw[:, 0] if kinds == 2 else raw[:, 1] - raw[:, 0]
    assert np.log(shares[:, 1] / shares[:, 0]) == pytest.approx(ratio, abs=1e-9)


def test_what_is_kept_gives_numbers_as_the_library_does() -> None:
    held = features(2_000, 0, 7)
    model = HistGradientBoostingRegressor(
        loss="absolute_error", max_iter=10, categorical_features=CODES
    )
    model.fit(held, classes(held) * 10.0)
    asked = features(400, 1, 20)
    assert kept(grown(model)).raw(asked)[:, 0] == pytest.approx(model.predict(asked), abs=1e-9)
    assert kept(grown(model)).raw(asked[:0]).shape == (0, 1)
