from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from domain.signal import AbstainReason
from nlp.calibration import Logistic
from nlp.own.calibrate import USUAL_TRUST
from nlp.own.fit import fit_descriptions, fit_examples
from nlp.own.kernel import KernelHead, halved, read_tensors
from nlp.own.known import predict_known
from nlp.own.model import OwnTaxonomy, TaxonomyError, load_taxonomy, read_texts
from nlp.own.ridge import solve
from nlp.vectors import Vectors
from tests.tiny_vectors import as_text

EXAMPLES = [
    ("my bike has a flat tyre", "flat_tyre"),
    ("the tyre lost all its air", "flat_tyre"),
    ("puncture in the rear wheel", "flat_tyre"),
    ("there's a nail in my tyre", "flat_tyre"),
    ("front tyre is flat again", "flat_tyre"),
    ("the brakes squeal", "brakes"),
    ("my brake does not grip", "brakes"),
    ("brake lever is loose", "brakes"),
    ("brake pads are worn", "brakes"),
    ("it does not stop when I brake", "brakes"),
    ("I want to rent a bike for the weekend", "rental"),
    ("can I hire two bikes", "rental"),
    ("how much is a day's rental", "rental"),
    ("book me a tandem for Sunday", "rental"),
    ("extend my bike rental", "rental"),
    ("what's the weather like", "oos"),
    ("tell me a joke", "oos"),
    ("who is the president", "oos"),
]


@pytest.fixture(scope="module")
def bikes(vectors: Vectors) -> OwnTaxonomy:
    return fit_examples(vectors, "bikes", EXAMPLES)


def test_it_labels_new_texts(bikes: OwnTaxonomy, vectors: Vectors) -> None:
    said = bikes.predict(
        vectors, ["my rear tyre is flat", "the brake makes a noise", "I'd like to hire a bike"]
    )
    assert [p.label for p in said] == ["flat_tyre", "brakes", "rental"]
    assert all(0 <= p.probability <= 1 for p in said)


def test_oos_is_no_intent(bikes: OwnTaxonomy, vectors: Vectors) -> None:
    inside, outside = bikes.predict(vectors, ["my tyre is flat", "sing me a song"])
    assert "oos" not in bikes.head.labels
    assert outside.label in bikes.head.labels
    assert outside.abstained
    assert outside.labels == ()
    assert outside.reason is AbstainReason.OUT_OF_SCOPE
    assert outside.scope < 0.5 < inside.scope
    assert inside.probability > outside.probability
    assert inside.labels == ("flat_tyre",)


def test_the_more_texts_of_no_intent_it_has_seen_the_more_it_holds_back(
    bikes: OwnTaxonomy, vectors: Vectors
) -> None:
    goods = ("helmets", "gloves", "lamps", "locks", "pumps", "bells", "baskets", "trailers")
    asked = [f"do you sell bike {good}" for good in goods]
    asked += [f"where did you buy your bike {good}" for good in goods]
    asked += [f"my friend's bike has new {good}" for good in goods]
    given, others = asked[::2], asked[1::2]
    many = fit_examples(vectors, "bikes", EXAMPLES + [(text, "oos") for text in given])
    held = [sum(p.abstained for p in one.predict(vectors, others)) for one in (bikes, many)]
    assert held[1] >= max(held[0], round(0.8 * len(others)))
    said = many.predict(vectors, ["my rear tyre is flat", "the brake is worn", "rent me a bike"])
    assert [p.label for p in said] == ["flat_tyre", "brakes", "rental"]


def test_near_a_text_of_no_intent_is_not_near_the_taxonomy(vectors: Vectors) -> None:
    far = "who won the football match last night"
    examples = [*EXAMPLES, *((far, "oos") for _ in range(5))]
    row = np.stack([item.whole for item in read_texts(vectors, [far])])
    near = fit_examples(vectors, "bikes", examples).head.score(row).near
    assert near[0] < 0.5


def test_probabilities_of_labels_sum_to_one(bikes: OwnTaxonomy, vectors: Vectors) -> None:
    rows = np.stack([item.whole for item in read_texts(vectors, ["my bike", "hello", "brakes"])])
    np.testing.assert_allclose(bikes.head.probabilities(rows).sum(axis=1), 1.0, atol=1e-5)


def test_a_row_alone_is_bit_for_bit_the_row_in_a_batch(bikes: OwnTaxonomy) -> None:
    rows = bikes.head.centres[:13]
    together = bikes.head.score(rows)
    alone = [bikes.head.score(row[None]) for row in rows]
    np.testing.assert_array_equal(together.scores, np.concatenate([one.scores for one in alone]))
    np.testing.assert_array_equal(together.near, np.concatenate([one.near for one in alone]))


def test_what_is_said_of_left_out_examples_is_what_a_fit_without_them_says() -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(30, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    targets = np.eye(3, dtype=np.float32)[np.arange(30) % 3]
    base = np.full(3, 1 / 3, np.float32)
    whole = solve(rows, targets, base, 1.0, 0.1)

    def without(places: list[int]) -> np.ndarray:
        kept = [place for place in range(30) if place not in places]
        part = solve(rows[kept], targets[kept], base, 1.0, 0.1)
        kernel = np.exp(2 * (rows[places] @ rows[kept].T - 1))
        return kernel @ part.weights + base

    np.testing.assert_allclose(
        whole.without_each(np.array([4, 9]))[0], np.vstack([without([4]), without([9])]), atol=1e-4
    )
    np.testing.assert_allclose(whole.without_all(np.array([4, 9]))[0], without([4, 9]), atol=1e-4)


def test_a_dearer_mistake_makes_it_abstain_more(vectors: Vectors) -> None:
    texts = ["my bike", "is it the brake or the tyre", "rent", "I paid for a flat rental"]
    cheap, dear = (
        fit_examples(vectors, "bikes", EXAMPLES, wrong_costs=cost) for cost in (1.2, 50.0)
    )
    said = [[p.abstained for p in one.predict(vectors, texts)] for one in (cheap, dear)]
    assert sum(said[0]) < sum(said[1])
    assert dear.threshold == pytest.approx(0.98)
    assert cheap.version != dear.version
    with pytest.raises(TaxonomyError, match="cost"):
        fit_examples(vectors, "bikes", EXAMPLES, wrong_costs=0.5)


def test_two_labels_alike_are_a_close_call() -> None:
    rows = np.eye(3, dtype=np.float32)
    votes = np.array([[1, 0, 0], [1, 0.98, 0], [0, 0, 1]], np.float32)
    zero, all_ = np.zeros(3, np.float32), np.ones(3, np.bool_)
    head = KernelHead(
        ("late", "delayed", "lost"), rows, votes, zero, 5, 14, 0, "softmax", "s@1", all_
    )
    taxonomy = OwnTaxonomy("parcels", head, USUAL_TRUST, Logistic((0.0, 0.0), 5.0), 4)
    sure, close = predict_known(taxonomy, [as_text(rows[2]), as_text(rows[1])], "s@1")
    assert (sure.label, sure.reason) == ("lost", None)
    assert (close.label, close.abstained) == ("late", True)
    assert close.reason is AbstainReason.CLOSE_CALL


def test_texts_with_several_labels(vectors: Vectors, tmp_path: Path) -> None:
    both = [
        ("the tyre is flat and the brake squeals", ("flat_tyre", "brakes")),
        ("brakes are loose, also a puncture", ("brakes", "flat_tyre")),
        ("hello there", ()),
    ]
    examples = [(text, (label,)) for text, label in EXAMPLES[:15]] + both
    taxonomy = fit_examples(vectors, "several", examples, wrong_costs=1.5)
    said = taxonomy.predict(vectors, ["a flat tyre and worn brakes", "I want to hire a bike"])
    assert set(said[0].labels) == {"flat_tyre", "brakes"}
    assert said[1].labels == ("rental",)
    taxonomy.save(tmp_path)
    assert load_taxonomy(tmp_path).predict(vectors, ["worn brakes"]) == taxonomy.predict(
        vectors, ["worn brakes"]
    )


def test_nothing_is_left_out_in_silence(vectors: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fit_examples(vectors, "bikes", EXAMPLES).left_out == 0
    monkeypatch.setattr("nlp.own.fit._MOST", 12)
    thinned = fit_examples(vectors, "bikes", EXAMPLES)
    assert thinned.left_out == len(EXAMPLES) - 12
    assert set(thinned.head.labels) == {"flat_tyre", "brakes", "rental"}


def test_what_a_label_means_helps_where_examples_are_few(vectors: Vectors) -> None:
    examples = [("it happened again", "c1"), ("same as before", "c2")] * 2
    about = {"c1": "the parcel is late", "c2": "the card was charged twice"}
    taxonomy = fit_examples(vectors, "few", examples, descriptions=about)
    said = taxonomy.predict(vectors, ["my parcel is late", "you charged my card two times"])
    assert [p.label for p in said] == ["c1", "c2"]


def test_several_needs_in_one_text(bikes: OwnTaxonomy, vectors: Vectors) -> None:
    (said,) = bikes.predict(vectors, ["My brake lever is loose. And there's a nail in my tyre."])
    assert set(said.labels) == {"brakes", "flat_tyre"}


def test_no_text_abstains(bikes: OwnTaxonomy, vectors: Vectors) -> None:
    (said,) = bikes.predict(vectors, [" "])
    assert said.abstained
    assert said.reason is AbstainReason.NO_TEXT
    assert bikes.predict(vectors, []) == []


def test_what_is_saved_is_what_is_loaded(
    bikes: OwnTaxonomy, vectors: Vectors, tmp_path: Path
) -> None:
    bikes.save(tmp_path / "bikes")
    loaded = load_taxonomy(tmp_path / "bikes")
    texts = [text for text, _ in EXAMPLES]
    assert loaded.version == bikes.version
    for one, other in zip(
        loaded.predict(vectors, texts), bikes.predict(vectors, texts), strict=True
    ):
        assert (one.label, one.labels) == (other.label, other.labels)
        assert one.probability == pytest.approx(other.probability, abs=0.005)


def test_alone_or_in_a_batch_the_answer_is_the_same(bikes: OwnTaxonomy, vectors: Vectors) -> None:
    texts = [text for text, _ in EXAMPLES]
    for text, among in zip(texts, bikes.predict(vectors, texts), strict=True):
        (alone,) = bikes.predict(vectors, [text])
        assert alone.label == among.label
        assert alone.probability == pytest.approx(among.probability, abs=0.005)


def test_descriptions_alone_are_enough(vectors: Vectors) -> None:
    taxonomy = fit_descriptions(
        vectors,
        "shop",
        {"refund": "wants money back", "opening_hours": "", "praise": "praises the service"},
    )
    said = taxonomy.predict(vectors, ["give me my money back", "when do you open on Sunday"])
    assert [p.label for p in said] == ["refund", "opening_hours"]


def test_versions_follow_the_content(bikes: OwnTaxonomy, vectors: Vectors) -> None:
    assert fit_examples(vectors, "bikes", EXAMPLES).version == bikes.version
    assert fit_examples(vectors, "bikes", EXAMPLES[1:]).version != bikes.version


def test_what_cannot_be_fitted_says_why(vectors: Vectors, tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match="two labels"):
        fit_examples(vectors, "one", [("a text", "only"), ("noise", "oos")])
    with pytest.raises(TaxonomyError, match="example 2 holds no word"):
        fit_examples(vectors, "empty", [("a text", "a"), ("...", "b")])
    with pytest.raises(TaxonomyError, match="intents train"):
        load_taxonomy(tmp_path)


def test_copies_of_a_text_with_unlike_labels_are_weighed_by_their_number(
    vectors: Vectors, tmp_path: Path
) -> None:
    copies = [("that is fine", "confirm")] * 400 + [("that is fine", "thanks")] * 200
    both = [("that is fine, thanks a lot", ("confirm", "thanks")), ("no, never", "deny")] * 20
    fitted = fit_examples(vectors, "answers", [*copies, *both])
    fitted.save(tmp_path)
    loaded = load_taxonomy(tmp_path)
    row = read_texts(vectors, ["that is fine"])[0].sentences
    confirm = loaded.head.labels.index("confirm")
    assert loaded.version == fitted.version
    assert loaded.head.score(row).scores[0, confirm] == pytest.approx(2 / 3, abs=0.02)


def test_a_head_of_an_earlier_release_keeps_its_version(bikes: OwnTaxonomy) -> None:
    rounded = halved(bikes.head.weights)
    kept = read_tensors(replace(bikes.head, weights=rounded).to_bytes())["weights"]
    np.testing.assert_array_equal(kept, rounded)
    assert load(replace(bikes.head, weights=rounded).to_bytes())["weights"].dtype == np.float16
    assert load(bikes.head.to_bytes())["weights"].dtype == np.float32
