"""Tops tuned for one taxonomy: beside the encoder's own, small, and the same however they load."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from domain.conversation import Conversation
from domain.signal import SignalKind
from nlp.encoder import Encoder
from nlp.models import DEFAULT_ENCODER, SHIPPED, ModelError, locate
from nlp.own.fit import fit_examples
from nlp.own.folds import crossed
from nlp.own.model import TaxonomyError, cut_text, load_taxonomy, read_texts
from nlp.own.tune import tune
from nlp.own.unseen import unseen
from nlp.tagger import Tagger, TaggerConfig
from nlp.tops import Adapter
from nlp.vectors import NoCache, Vectors
from tests.tiny_vectors import TinyVectors

TEXTS = ["the tyre is flat", "the brake squeals", "rent me a bike"]
EXAMPLES = [
    (f"{verb} {noun} {n}", label)
    for label, nouns in {"brakes": ("brake", "lever"), "tyres": ("tyre", "wheel")}.items()
    for noun in nouns
    for n, verb in enumerate(("my", "worn", "mend the", "loose", "check the", "a new"))
]


def drawn(seed: int, layer: int = 5, width: int = 384) -> Adapter:
    """Draw an adapter of one layer."""
    rng = np.random.default_rng(seed)
    name = f"encoder.layer.{layer}.attention.self.query"
    shapes = {"lora_A": (4, width), "lora_B": (width, 4)}
    return Adapter(
        save({f"{name}.{m}": (0.3 * rng.normal(size=s)).astype(np.float16)
              for m, s in shapes.items()})
    )  # fmt: skip


def rows(vectors: Vectors) -> np.ndarray:
    return np.stack([item.whole for item in read_texts(vectors, TEXTS)])


def test_its_vectors_stand_beside_the_encoders_own(vectors: Vectors) -> None:
    own, both = rows(vectors), rows(vectors.tuned(drawn(1)))
    assert both.shape == (3, 2 * own.shape[1])
    np.testing.assert_allclose(both[:, : own.shape[1]], own / np.sqrt(2), atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(both, axis=1), 1.0, atol=1e-3)
    assert np.abs(both[:, own.shape[1] :] - both[:, : own.shape[1]]).max() > 0.01


def test_it_is_the_top_that_the_same_adapter_is_converted_to(config: TaggerConfig) -> None:
    # In int8 own tops stay as they are, the shipped ones do not.
    vectors = Vectors(Encoder.load(config.model_dir, config.encoder, 1, precision="f32"), NoCache())
    if vectors.signals == vectors.space:
        pytest.skip("no adapter is shipped")
    adapter = Adapter((SHIPPED / "adapter.safetensors").read_bytes())
    space = adapter.space(vectors.space)
    vectors.tune([adapter])
    read = vectors.read_in([vectors.signals, space], [cut_text(text) for text in TEXTS])
    for converted, both in zip(read[vectors.signals], read[space], strict=True):
        half = both.sentences[:, vectors.dimension :] * np.sqrt(2)
        np.testing.assert_allclose(half, converted.sentences, atol=1e-3)


def test_many_of_them_answer_the_same_again(vectors: Vectors) -> None:
    first = rows(vectors.tuned(drawn(1)))
    for seed in range(2, 7):
        rows(vectors.tuned(drawn(seed)))
    np.testing.assert_array_equal(rows(vectors.tuned(drawn(1))), first)


def test_one_of_another_encoder_is_refused(vectors: Vectors) -> None:
    with pytest.raises(ModelError, match="another encoder"):
        rows(vectors.tuned(drawn(1, width=16)))
    taxonomy = fit_examples(vectors, "bikes", EXAMPLES, adapter=drawn(1))
    with pytest.raises(TaxonomyError, match="train it again"):
        taxonomy.predict(TinyVectors(), TEXTS)


def test_what_is_saved_is_what_is_loaded(vectors: Vectors, tmp_path: Path) -> None:
    taxonomy = fit_examples(vectors, "bikes", EXAMPLES, adapter=drawn(1))
    taxonomy.save(tmp_path)
    loaded = load_taxonomy(tmp_path)
    assert loaded.version == taxonomy.version
    assert loaded.predict(vectors, TEXTS) == taxonomy.predict(vectors, TEXTS)
    assert loaded.version != replace(loaded, adapter=None).version


@pytest.fixture
def one_thread() -> Iterator[None]:
    """More lose where cores are busy."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)


@pytest.mark.usefixtures("one_thread")
def test_the_same_examples_tune_the_same_top(vectors: Vectors) -> None:
    told: list[str] = []
    first, again = (tune(locate(DEFAULT_ENCODER), EXAMPLES, told.append) for _ in range(2))
    assert first == again
    assert told
    taxonomy = fit_examples(vectors, "bikes", EXAMPLES, adapter=first)
    said = taxonomy.predict(vectors, ["the brake squeals", "a flat tyre"])
    assert [p.label for p in said] == ["brakes", "tyres"]
    with pytest.raises(TaxonomyError, match="two labels"):
        tune(locate(DEFAULT_ENCODER), [("a text", "only"), ("noise", "oos")], told.append)


def test_only_what_tuning_left_out_is_asked_about(vectors: Vectors) -> None:
    answers = crossed(vectors, EXAMPLES, adapter=drawn(1))
    assert [a.text for a in answers] == [text for text, _ in EXAMPLES if unseen(text)]
    assert 0 < len(answers) < len(EXAMPLES) / 2


def test_the_tagger_says_what_the_taxonomy_says(
    tagger: Tagger, talk: Callable[..., Conversation]
) -> None:
    taxonomy = fit_examples(tagger.vectors, "bikes", EXAMPLES, adapter=drawn(1))
    conversation = talk(("customer", "The brake of my bike squeals."), ("agent", "Let me see."))
    (said,) = taxonomy.predict(tagger.vectors, [conversation.turns[0].text])
    tagger.own = (taxonomy,)
    try:
        (tagged,) = tagger.tag([conversation])
    finally:
        tagger.own = ()
    own = [s for s in tagged.signals if s.own_taxonomy == "bikes"]
    assert {s.kind for s in own} == {SignalKind.INTENT}
    turn = next(s for s in own if s.subject_id == conversation.turn_id(0))
    assert (turn.label, turn.probability) == (said.label, pytest.approx(said.probability, abs=1e-3))
    (read,) = tagger.read_own([conversation], taxonomy)
    assert read.label == said.label
