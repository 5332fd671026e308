import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from tests.themes.conftest import Collection, made
from themes.assign import State
from themes.compare import earlier, succeed
from themes.discover import FEWEST, Discovery, discover
from themes.model import ThemeModel, ThemeModelError


@pytest.fixture(scope="module")
def model(collection: Collection) -> ThemeModel:
    return discover(collection.texts, collection.vectors, "space@1")


def test_finds_the_reasons_without_being_told_their_number(
    model: ThemeModel, collection: Collection
) -> None:
    found = model.assigner.assign(collection.vectors)
    assert len(model.themes) == 5
    assert adjusted_rand_score(collection.truth, found.themes) > 0.98
    assert found.states.count(State.NONE) <= 0.05 * len(found.states)


def test_names_say_what_the_texts_are_about(model: ThemeModel) -> None:
    names = " ".join(theme.label.lower() for theme in model.themes)
    for word in ("refund", "password", "parcel", "invoice", "subscription"):
        assert word in names
    assert len({theme.label for theme in model.themes}) == len(model.themes)


def test_examples_are_texts_of_the_theme(model: ThemeModel, collection: Collection) -> None:
    found = model.assigner.assign(collection.vectors).themes
    for place, theme in enumerate(model.themes):
        own = {t for t, f in zip(collection.texts, found, strict=True) if f == place}
        assert theme.examples
        assert set(theme.examples) <= own
        assert theme.size > 0
        assert 0.75 < theme.stability <= 1


def test_the_order_and_repetition_of_texts_do_not_matter(
    model: ThemeModel, collection: Collection
) -> None:
    order = np.random.default_rng(1).permutation(len(collection.texts))
    order = np.concatenate([order, order[:40]])
    again = discover([collection.texts[row] for row in order], collection.vectors[order], "space@1")
    assert again.themes == model.themes
    assert np.array_equal(again.assigner.weights, model.assigner.weights)


def test_a_second_fit_in_one_process_is_the_same(model: ThemeModel, collection: Collection) -> None:
    again = discover(collection.texts, collection.vectors, "space@1")
    assert again.themes == model.themes
    assert np.array_equal(again.assigner.bank_themes, model.assigner.bank_themes)


def test_texts_like_no_other_are_in_no_theme_or_near_one(with_strays: Collection) -> None:
    model = discover(with_strays.texts, with_strays.vectors, "space@1")
    states = np.array(model.assigner.assign(with_strays.vectors).states)
    stray = with_strays.truth < 0
    assert np.mean(states[stray] != State.ASSIGNED) >= 0.7
    assert np.mean(states[~stray] == State.ASSIGNED) >= 0.9


def test_a_saved_model_is_the_fitted_one(
    model: ThemeModel, collection: Collection, tmp_path: Path
) -> None:
    model.save(tmp_path / "themes")
    loaded = ThemeModel.load(tmp_path / "themes", "space@1")
    assert loaded.themes == model.themes
    first, second = (m.assigner.assign(collection.vectors) for m in (model, loaded))
    assert np.array_equal(first.themes, second.themes)
    assert np.array_equal(first.scores, second.scores)


def test_a_model_of_another_space_is_refused(model: ThemeModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    with pytest.raises(ThemeModelError, match="space@2"):
        ThemeModel.load(tmp_path, "space@2")


def test_a_missing_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ThemeModelError, match="discover again"):
        ThemeModel.load(tmp_path / "nothing", "space@1")


@pytest.mark.parametrize("count", [0, 1, 3, FEWEST - 1])
def test_too_few_texts_have_no_themes(collection: Collection, count: int) -> None:
    model = discover(collection.texts[:count], collection.vectors[:count], "space@1")
    found = model.assigner.assign(collection.vectors)
    assert model.themes == ()
    assert set(found.states) == {State.NONE}


def test_sixty_texts_have_their_themes_too(collection: Collection) -> None:
    rows = np.random.default_rng(5).permutation(len(collection.texts))[:60]
    model = discover([collection.texts[r] for r in rows], collection.vectors[rows], "space@1")
    found = model.assigner.assign(collection.vectors[rows])
    assert adjusted_rand_score(collection.truth[rows], found.themes) > 0.9
    assert found.states.count(State.ASSIGNED) >= 0.7 * len(rows)


def test_themes_of_a_hundred_texts_keep_their_ids_while_the_collection_grows(
    collection: Collection,
) -> None:
    order = np.random.default_rng(3).permutation(len(collection.texts))
    ids: list[set[str]] = []
    before: ThemeModel | None = None
    for size in (100, 150, 220, len(order)):
        rows = order[:size]
        texts, vectors = [collection.texts[row] for row in rows], collection.vectors[rows]
        vote = None if before is None else earlier(before, vectors)
        model = discover(texts, vectors, "space@1", earlier=vote)
        if before is not None:
            model, _ = succeed(before, model, vectors)
        ids.append({theme.id for theme in model.themes})
        before = model
    assert len(ids[0]) == len(set(collection.truth.tolist()))
    assert all(later == ids[0] for later in ids[1:])


@pytest.mark.parametrize("count", [FEWEST, 17, 40])
def test_few_texts_are_no_trouble(collection: Collection, count: int) -> None:
    rows = np.random.default_rng(3).permutation(len(collection.texts))[:count]
    model = discover([collection.texts[r] for r in rows], collection.vectors[rows], "space@1")
    assert len(model.assigner.assign(collection.vectors).themes) == len(collection.texts)


def test_texts_without_words_are_left_out(collection: Collection, model: ThemeModel) -> None:
    texts = [*collection.texts, "...", "!!"]
    vectors = np.concatenate([collection.vectors, np.zeros((2, 48), np.float32)])
    found = discover(texts, vectors, "space@1")
    assert found.themes == model.themes
    given = found.assigner.assign(vectors)
    assert given.themes[-2:].tolist() == [-1, -1]
    assert given.states[-2:] == [State.NONE, State.NONE]


def test_one_text_a_thousand_times_is_one_text(collection: Collection) -> None:
    texts = [collection.texts[0]] * 1000
    vectors = np.repeat(collection.vectors[:1], 1000, axis=0)
    assert discover(texts, vectors, "space@1").themes == ()


def test_the_fit_is_limited_and_the_rest_assigned(collection: Collection) -> None:
    model = discover(collection.texts, collection.vectors, "space@1", Discovery(fit_limit=120))
    assert len(model.assigner.bank) == 120
    found = model.assigner.assign(collection.vectors)
    assert adjusted_rand_score(collection.truth, found.themes) > 0.95


def test_a_namer_may_give_the_names(collection: Collection) -> None:
    how = Discovery(namer=lambda phrases, examples: f"{phrases[0]} in {len(examples)}")
    model = discover(collection.texts, collection.vectors, "space@1", how)
    assert all(theme.label.endswith(" in 5") for theme in model.themes)


_ELSEWHERE = """
import hashlib
from tests.themes.conftest import made
from themes.discover import discover
data = made(strays=30)
model = discover(data.texts, data.vectors, "space@1")
given = model.assigner.assign(data.vectors)
print(hashlib.sha256(repr(model.themes).encode() + given.scores.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_another_process_with_more_threads_finds_the_same() -> None:
    data = made(strays=30)
    model = discover(data.texts, data.vectors, "space@1")
    given = model.assigner.assign(data.vectors)
    here = hashlib.sha256(repr(model.themes).encode() + given.scores.tobytes()).hexdigest()
    there = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _ELSEWHERE],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "5"},
    )
    assert there.stdout.strip() == here


@pytest.mark.slow
def test_refits_on_resamples_agree(with_strays: Collection) -> None:
    found = []
    for seed in (1, 2):
        kept = np.random.default_rng(seed).random(len(with_strays.texts)) < 0.8
        texts = [t for t, k in zip(with_strays.texts, kept, strict=True) if k]
        model = discover(texts, with_strays.vectors[kept], "space@1")
        inside = with_strays.truth >= 0
        found.append(model.assigner.assign(with_strays.vectors[inside]).themes)
    assert adjusted_rand_score(*found) >= 0.85
