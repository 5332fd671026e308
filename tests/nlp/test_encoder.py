import re
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import cache, partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp.cut import cut_turn
from nlp.encoder import Encoder, Network
from nlp.models import DEFAULT_ENCODER
from nlp.precision import Precision
from nlp.runs import TOKENS, runs
from nlp.tagger import TaggerConfig
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


@given(st.lists(st.integers(2, 256), max_size=200), st.integers(1, 8))
def test_a_run_of_the_network_has_a_ceiling(lengths: list[int], threads: int) -> None:
    laid = list(runs([np.ones(length, np.int64) for length in lengths], threads, 256))
    assert {place for run in laid for place in run.places} == set(range(len(lengths)))
    for run in laid:
        assert run.ids.shape == run.mask.shape
        assert 0 < run.ids.size <= TOKENS
        assert run.mask.sum(axis=1).tolist() == [lengths[place] for place in run.places]


def test_runs_have_few_shapes_since_each_has_kernels_of_its_own() -> None:
    rng = np.random.default_rng(0)
    shapes = set()
    for _ in range(200):
        lengths = rng.integers(2, 257, rng.integers(1, 300))
        shapes |= {run.ids.shape for run in runs([np.ones(n, np.int64) for n in lengths], 2, 256)}
    assert len(shapes) <= 83


@given(st.lists(st.integers(2, 100), min_size=1, max_size=9))
def test_no_run_is_wider_than_the_encoder_can_read(lengths: list[int]) -> None:
    laid = runs([np.ones(length, np.int64) for length in lengths], longest=100)
    assert max(run.ids.shape[1] for run in laid) <= 100


@given(st.integers(2, 256), st.lists(st.integers(2, 256), max_size=40), st.integers(1, 4))
def test_who_is_beside_a_window_does_not_change_its_width(
    length: int, others: list[int], threads: int
) -> None:
    windows = [np.ones(n, np.int64) for n in (length, *others)]
    (alone,) = runs(windows[:1])
    (among,) = (run for run in runs(windows, threads) if 0 in run.places)
    assert among.ids.shape[1] == alone.ids.shape[1]


@pytest.fixture(scope="module")
def of_precision(config: TaggerConfig) -> Callable[[Precision], Encoder]:
    """Give what loads an encoder, each once."""
    return cache(partial(_load, config))


def _load(config: TaggerConfig, precision: Precision) -> Encoder:
    return Encoder.load(config.model_dir, DEFAULT_ENCODER, 2, precision=precision)


@pytest.mark.parametrize("precision", ["int8", "bf16", "f32"])
def test_every_precision_reads_a_text_alone_as_in_a_batch_to_the_last_bit(
    of_precision: Callable[[Precision], Encoder], precision: Precision
) -> None:
    encoder = of_precision(precision)
    batch, spaces = texts(64, seed=3), [*encoder.model.tops]
    together = encoder.encode_in(spaces, batch)
    for place, text in enumerate(batch):
        alone = encoder.encode_in(spaces, [text])
        for space in spaces:
            np.testing.assert_array_equal(alone[space][0].vector, together[space][place].vector)


def test_precisions_are_near_and_int8_is_a_space_of_its_own(
    of_precision: Callable[[Precision], Encoder],
) -> None:
    found = {}
    for precision in ("f32", "bf16", "int8"):
        encoder = of_precision(precision)
        rows = np.stack([one.vector for one in encoder.encode(texts(64))])
        found[precision] = encoder.model.space, rows
    (space, exact), (half_space, half), (small_space, small) = found.values()
    assert space == half_space != small_space
    assert (exact * half).sum(axis=1).min() > 0.999
    assert (exact * small).sum(axis=1).mean() > 0.99


AT_ONCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from nlp.encoder import Encoder, Network
from settings import Settings

sys.setswitchinterval(1e-5)
settings = Settings()
encoder = Encoder.load(settings.model_dir, settings.encoder, 2)
together = Barrier(8)


def read(number):
    together.wait()
    return encoder.encode(["where is my parcel", "and " * number])


with ThreadPoolExecutor(8) as threads:
    assert len(list(threads.map(read, range(1, 9)))) == 8
"""


def test_the_first_texts_may_come_from_many_threads_at_once() -> None:
    subprocess.run([sys.executable, "-c", AT_ONCE], check=True, timeout=200)


def test_every_network_is_called_once_while_the_encoder_is_loaded(
    config: TaggerConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[tuple[int, Network]] = []
    call = Network.__call__

    def seen(network: Network, *given: np.ndarray) -> np.ndarray:
        called.append((threading.get_ident(), network))
        return call(network, *given)

    monkeypatch.setattr(Network, "__call__", seen)
    encoder = Encoder.load(config.model_dir, DEFAULT_ENCODER, 2)
    assert {thread for thread, _ in called} == {threading.get_ident()}
    assert len({id(network) for _, network in called}) == 1 + len(encoder.model.tops)
