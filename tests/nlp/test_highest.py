"""A head that learns which part of a text says a label, from labels of whole texts."""

import numpy as np

from nlp.heads import Floats, Head
from nlp.train.fit import Recipe
from nlp.train.highest import Parted, fit_highest

RECIPE = Recipe("sigmoid", 16, epochs=30, batch=16, rate=1e-2, dropout=0.0)


def texts(seed: int, count: int = 200) -> tuple[Parted, list[int]]:
    """Texts of three parts, of which one points to the first axis where the label holds."""
    rng = np.random.default_rng(seed)
    parts: list[Floats] = []
    places, truth = [], []
    for number in range(count):
        rows = rng.normal(size=(3, 8))
        rows[:, 0] = -np.abs(rows[:, 0])
        place = int(rng.integers(3))
        if number % 2:
            rows[place] = rng.normal(size=8) * 0.3
            rows[place, 0] = 1.0
        parts.append((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))
        places.append(place)
        truth.append([float(number % 2), np.nan])
    return Parted(parts, np.array(truth, np.float32)), places


def fitted() -> Head:
    return fit_highest(("says", "unknown"), texts(1)[0], RECIPE, "space@1")


def test_the_part_that_says_it_is_found_though_only_texts_are_labelled() -> None:
    head = fitted()
    unseen, places = texts(2)
    scores = [head.scores(part)[:, 0] for part in unseen.parts]
    said = np.array([score.max() >= 0 for score in scores])
    assert (said == unseen.targets[:, 0]).mean() > 0.95
    right = [int(score.argmax()) == place for score, place in zip(scores, places, strict=True)]
    assert np.mean(right[1::2]) > 0.95


def test_the_same_recipe_gives_the_same_head() -> None:
    assert fitted().version == fitted().version


def test_texts_are_put_together_in_order() -> None:
    one, other = texts(1, 3)[0], texts(2, 2)[0]
    both = one + other
    assert len(both.parts) == 5
    np.testing.assert_array_equal(both.targets[3:], other.targets)
    np.testing.assert_array_equal(both.parts[4], other.parts[1])
