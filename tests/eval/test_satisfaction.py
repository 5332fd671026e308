"""What the measures and the training data of endings, satisfaction and acts promise."""

from collections.abc import Iterator

import numpy as np
import pytest
import yaml

from domain.conversation import Role
from eval import acts, datasets, endings, satisfaction, talks, uss, uss_data
from nlp.acts import ACTS
from nlp.heads import load_head
from nlp.resolution import LABELS
from nlp.satisfaction.features import NAMES
from nlp.satisfaction.model import SatisfactionModel
from nlp.tagger import WEIGHTS
from nlp.taxonomy import FOLDER
from settings import Settings

data = pytest.mark.skipif(
    not Settings().data.exists(), reason="no labelled data sets here (THROUGHLINE_DATA)"
)


def own_texts() -> Iterator[str]:
    for role in (Role.CUSTOMER, Role.AGENT):
        for split in ("train", "dev"):
            yield from (text for text, _ in endings.own_sentences(role, split))
    for split in ("train", "dev"):
        yield from (acted.text for acted in acts.own_examples(split))
    for item in talks.own_talks():
        yield from (turn.text for turn in item.conversation.turns)


def test_own_talks_are_whole() -> None:
    own = talks.own_talks()
    assert len(own) >= 100
    assert {item.resolution for item in own} == set(LABELS)
    assert {item.rating for item in own} == {1, 2, 3, 4, 5}
    for item in own:
        assert any(turn.role is Role.CUSTOMER for turn in item.conversation.turns)


def test_there_are_enough_own_sentences() -> None:
    ends = yaml.safe_load((FOLDER / "ending_examples.yaml").read_text(encoding="utf-8"))
    assert sum(len(texts) for states in ends.values() for texts in states.values()) >= 400
    written = [acted for split in ("train", "dev") for acted in acts.own_examples(split)]
    assert len(written) >= 300
    assert {act for acted in written for act in acted.holds} == set(ACTS)


def test_training_and_development_are_apart() -> None:
    for role in (Role.CUSTOMER, Role.AGENT):
        train, dev = (dict(endings.own_sentences(role, split)) for split in ("train", "dev"))
        assert not set(train) & set(dev)
    sets = [{acted.text for acted in acts.own_examples(split)} for split in ("train", "dev")]
    assert not sets[0] & sets[1]


def test_the_sample_s_contacts_are_all_rated() -> None:
    rated = talks.sample_talks()
    assert len(rated) == 75
    assert all(1 <= item.rating <= 5 for item in rated)


def test_shipped_heads_have_the_labels_of_the_code() -> None:
    assert load_head(WEIGHTS, "acts").labels == ACTS
    for role in (Role.CUSTOMER, Role.AGENT):
        shipped = set(load_head(WEIGHTS, f"ending_{role}").labels)
        assert shipped == {state for _, state in endings.own_sentences(role, "train")}


def test_a_model_learns_what_it_is_fitted_on() -> None:
    rng = np.random.default_rng(0)
    rows, ratings = [], []
    for _ in range(300):
        row = {name: float(rng.uniform(-1, 1)) for name in NAMES}
        score = 3 * row["mood"] - 2 * row["complaint"] + rng.logistic(scale=0.5)
        rows.append(row)
        ratings.append(float(np.digitize(score, [-2.5, -0.8, 0.8, 2.5]) + 1))
    model = satisfaction.fit(rows, ratings, "space")
    assert model.weights["mood"] > 0 > model.weights["complaint"]
    assert abs(model.weights["thanks"]) < 0.3 * model.weights["mood"]
    assert satisfaction.fit(rows, ratings, "space") == model
    said, _ = satisfaction.cross_validated(rows, ratings)
    assert np.corrcoef(said, ratings)[0, 1] > 0.7


@pytest.mark.slow
@pytest.mark.timeout(1_800)  # every talk it is fitted on is read: some 10,900 turns
def test_the_shipped_model_is_made_again() -> None:
    from eval.prepare import load_vectors

    vectors = load_vectors()
    own = [*talks.own_talks(), *talks.long_talks()]
    rows = satisfaction.feature_rows(talks.reader(vectors), own)
    made = satisfaction.fit(rows, [item.rating for item in own], vectors.space)
    shipped = SatisfactionModel.load(WEIGHTS / "satisfaction.json")
    said = [satisfaction.values(model, rows) for model in (made, shipped)]
    np.testing.assert_allclose(said[0], said[1], atol=0.05)


def test_published_f1_is_smaller_where_both_parts_are_small() -> None:
    said = np.array([True, True, True, False, False, False])
    true = np.array([True, False, False, True, True, False])
    one, published = uss.f1(said, true)
    assert one == pytest.approx(1 / 3)
    assert published == pytest.approx(2 / 9)


def test_a_dialogue_s_ratings_never_reach_its_own_score() -> None:
    rng = np.random.default_rng(0)
    dialogue = np.repeat(np.arange(40), 5)
    rating = rng.uniform(1, 5, size=200)
    rows = rng.normal(size=(200, 6)).astype(np.float32)
    kept = np.ones(200, bool)

    def scores(ratings: np.ndarray) -> np.ndarray:
        nothing = np.zeros((200, 1), np.float32)
        most = ratings.astype(int)
        set_ = uss_data.Rated(dialogue, ratings, most, ~kept, rows, nothing, nothing)
        return uss.scored(rows, set_, kept, 1.0)

    changed = rating.copy()
    changed[dialogue == 7] = 1.0
    before, after = scores(rating), scores(changed)
    np.testing.assert_allclose(before[dialogue == 7], after[dialogue == 7], atol=1e-6)
    assert not np.allclose(before[dialogue != 7], after[dialogue != 7], atol=1e-6)


@data
@pytest.mark.data
def test_no_own_text_was_copied() -> None:
    # Shorter ones are anybody's: "is there anything else i can help you with".
    long = {text.lower() for text in own_texts() if len(text.split()) > 9}
    public = {acted.text.lower() for split in ("train", "test") for acted in acts.multidogo(split)}
    for name in uss.SETS:
        public |= {
            turn["text"].lower()
            for row in datasets.rows(f"satisfaction/uss_{name}")
            for turn in row["turns"]
        }
    assert not long & public


@data
@pytest.mark.data
def test_tasks_of_tau_stand_together() -> None:
    found = talks.tau_talks()
    assert len(found) == 200
    assert len({item.group for item in found}) == 50
    assert not any("STOP" in turn.text for item in found for turn in item.conversation.turns)
