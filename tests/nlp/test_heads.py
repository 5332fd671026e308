from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.heads import Head, Layer, load_head, save_head
from nlp.tagger import WEIGHTS
from nlp.taxonomy import general
from nlp.train.fit import Examples, Recipe, fit


def head(seed: int, link: str = "sigmoid") -> Head:
    rng = np.random.default_rng(seed)
    layers = tuple(
        Layer(
            rng.normal(size=shape).astype(np.float16).astype(np.float32),
            rng.normal(size=shape[0]).astype(np.float32),
        )
        for shape in ((7, 5), (3, 7))
    )
    return Head(("a", "b", "c"), layers, link, "space@1", {"a": 0.5})  # type: ignore[arg-type]


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    save_head(head(1), tmp_path, "it")
    loaded = load_head(tmp_path, "it")
    rows = np.random.default_rng(2).normal(size=(4, 5)).astype(np.float32)
    np.testing.assert_array_equal(loaded.probabilities(rows), head(1).probabilities(rows))
    assert loaded.version == head(1).version != head(2).version


@given(st.integers(0, 50), st.integers(1, 40), st.sampled_from(["sigmoid", "softmax"]))
def test_a_row_alone_is_the_row_in_a_batch(seed: int, count: int, link: str) -> None:
    rows = np.random.default_rng(seed).normal(size=(count, 5)).astype(np.float32)
    together = head(seed, link).probabilities(rows)
    alone = np.concatenate([head(seed, link).probabilities(row[None]) for row in rows])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert ((together >= 0) & (together <= 1)).all()


@pytest.mark.parametrize("link", ["sigmoid", "softmax"])
def test_a_head_learns_and_is_calibrated(link: str) -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(3, 8)).astype(np.float32)

    def examples(count: int) -> Examples:
        owners = rng.integers(3, size=count)
        rows = centres[owners] + rng.normal(size=(count, 8)).astype(np.float32)
        targets = np.eye(3, dtype=np.float32)[owners]
        return Examples(rows, targets, np.ones(count, np.float32))

    dev = examples(600)
    recipe = Recipe(link, epochs=20)  # type: ignore[arg-type]
    fitted = fit(("a", "b", "c"), examples(1_500), dev, recipe, "space@1")
    test = examples(1_500)
    said = fitted.probabilities(test.vectors)
    right = said.argmax(axis=1) == test.targets.argmax(axis=1)
    assert right.mean() > 0.8
    if link == "softmax":
        assert said.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.05)
        return
    for column in range(3):
        assert said[:, column].mean() == pytest.approx(test.targets[:, column].mean(), abs=0.05)


def test_fitting_twice_gives_the_same_head() -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(200, 6)).astype(np.float32)
    targets = np.eye(2, dtype=np.float32)[(rows[:, 0] > 0).astype(int)]
    data = Examples(rows, targets, np.ones(200, np.float32))
    recipe = Recipe("softmax", hidden=4, epochs=5)
    heads = [fit(("a", "b"), data, data, recipe, "space@1") for _ in range(2)]
    assert heads[0].version == heads[1].version


def test_shipped_heads_speak_the_taxonomy() -> None:
    taxonomy = general()
    shipped = load_head(WEIGHTS, "general")
    assert set(shipped.labels) == {*taxonomy.intents, *taxonomy.acts}
    assert set(shipped.thresholds) == set(shipped.labels)
    assert load_head(WEIGHTS, "sentiment").labels == ("negative", "neutral", "positive")
    for path in WEIGHTS.iterdir():
        assert path.stat().st_size < 5_000_000
