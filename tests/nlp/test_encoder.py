import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp.cut import cut_turn
from nlp.encoder import BATCH, TOKENS, Encoder, _batches, _width
from nlp.vectors import Vectors
from nlp.windows import MAX_WINDOWS

WORDS = np.array(
    re.findall(
        r"\w+",
        "where is my parcel refund the card was charged twice please help router broken since "
        "monday cancel booking thanks invoice password login slow internet again nobody called",
    )
)


def texts(count: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, size=rng.integers(1, 120))) for _ in range(count)]


def test_a_text_alone_is_the_text_in_a_batch(encoder: Encoder) -> None:
    batch = texts(64)
    together = encoder.encode(batch)
    for text, encoded in zip(batch, together, strict=True):
        (alone,) = encoder.encode([text])
        assert alone.vector @ encoded.vector >= 0.9999


def test_vectors_have_length_one(encoder: Encoder) -> None:
    for encoded in encoder.encode(["hello", "", "🙂", "a" * 5_000]):
        assert np.linalg.norm(encoded.vector) == pytest.approx(1.0, abs=1e-5)
        assert encoded.vector.shape == (encoder.model.dimension,)


def test_long_text_is_read_in_windows(encoder: Encoder) -> None:
    start = "my parcel is late " * 300
    (short, long) = encoder.encode([start, start + "the router is broken " * 300])
    assert short.covered == long.covered == 1.0
    assert short.vector @ long.vector < 0.999, "the end of the text must count"


def test_what_is_too_long_says_what_was_covered(encoder: Encoder) -> None:
    (encoded,) = encoder.encode(["parcel " * 256 * (MAX_WINDOWS + 20)])
    assert 0.5 < encoded.covered < 1.0


def test_meaning_is_near(encoder: Encoder) -> None:
    first, second, third = encoder.encode(
        ["Where is my package?", "My parcel has not arrived yet.", "I forgot my password."]
    )
    assert first.vector @ second.vector > first.vector @ third.vector + 0.2


def test_no_text_gives_no_vector(vectors: Vectors) -> None:
    (read,) = vectors.read([cut_turn("  \n ")])
    assert read.whole is None
    assert read.sentences.shape == (0, vectors.dimension)


class Memory(dict[str, bytes]):
    """A cache that counts."""

    put = 0

    def get_many(self, keys: list[str]) -> dict[str, bytes]:
        return {key: self[key] for key in keys if key in self}

    def put_many(self, items: dict[str, bytes]) -> None:
        self.put += len(items)
        self.update(items)


def test_the_cache_changes_no_answer_and_saves_work(encoder: Encoder) -> None:
    memory = Memory()
    cached = Vectors(encoder, memory)
    cuts = [cut_turn("Where is my parcel? I have waited for a week."), cut_turn("Thanks!")]
    first = cached.read(cuts)
    assert memory.put == 3
    again = cached.read(cuts)
    assert memory.put == 3
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.sentences, two.sentences)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300))
def test_any_text_is_read(vectors: Vectors, text: str) -> None:
    (read,) = vectors.read([cut_turn(text)])
    assert len(read.spans) == len(read.sentences)
    assert np.isfinite(read.sentences).all()


@given(st.lists(st.integers(2, 256), max_size=200))
def test_a_run_of_the_network_has_a_ceiling(lengths: list[int]) -> None:
    batches = list(_batches(lengths))
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        assert 0 < len(batch) <= BATCH
        assert len(batch) * _width(max(lengths[place] for place in batch)) <= TOKENS
