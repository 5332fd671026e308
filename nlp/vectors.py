"""Vectors of texts, from the cache where they are known."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nlp.cut import Cut
from nlp.encoder import Encoder
from nlp.pauses import runs
from nlp.sentences import Span
from nlp.tops import Adapter

Vector = NDArray[np.float32]


class VectorCache(Protocol):
    """A store of bytes by key. Keys hold the content's hash and the encoder's version."""

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Give those that are known."""
        ...

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Keep them; a key that is there already may be kept or overwritten."""
        ...


class NoCache:
    """Keeps nothing."""

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Know nothing."""
        return {}

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Forget."""


@dataclass(frozen=True)
class TextVectors:
    """A text as vectors.

    Attributes
    ----------
    spans : tuple of Span
        Its sentences, in the original.
    sentences : float32 array of shape (n_sentences, D)
        Of length 1 each.
    lengths : float32 array of shape (n_sentences,)
        Characters that the encoder read of each.
    whole : float32 array of shape (D,), or None
        Of length 1: the sentences' mean by length. None where there is no sentence.
    covered : float
        Share of the text that was read, 0 to 1.
    """

    spans: tuple[Span, ...]
    sentences: Vector
    lengths: Vector
    whole: Vector | None
    covered: float


class Vectors:
    """Encodes each sentence once; the vectors of longer texts are pooled from them.

    Sentences are encoded by themselves, because a sentence vector that is pooled from the
    tokens of a longer pass takes on the meaning of its neighbours (docs/decisions/0004).
    """

    def __init__(self, encoder: Encoder, cache: VectorCache) -> None:
        self._encoder = encoder
        self._cache = cache

    @property
    def space(self) -> str:
        """Version of the embedding space."""
        return self._encoder.model.space

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.model.dimension

    @property
    def uncached(self) -> "Vectors":
        """The same, neither looking into the cache nor writing to it."""
        return Vectors(self._encoder, NoCache())

    def tuned(self, adapter: Adapter) -> "Vectors":
        """Read texts with an own top beside the encoder's own: four layers more."""
        return TunedVectors(self._encoder, self._cache, adapter)

    def tune(self, adapters: Sequence[Adapter]) -> None:
        """Have the own tops of adapters at hand for :meth:`read_in`."""
        self._encoder.tune(adapters)

    @property
    def spaces(self) -> tuple[str, ...]:
        """Versions of all embedding spaces of the encoder."""
        return tuple(self._encoder.model.tops)

    @property
    def signals(self) -> str:
        """Version of the space that heads of signals live in."""
        return self._encoder.model.signals

    def read(self, cuts: Sequence[Cut]) -> list[TextVectors]:
        """Give the vectors of texts in the encoder's own space; see :meth:`read_in`."""
        return self.read_in([self.space], cuts)[self.space]

    def read_in(self, spaces: Sequence[str], cuts: Sequence[Cut]) -> dict[str, list[TextVectors]]:
        """Give the vectors of texts in some spaces, encoding what the cache does not know.

        Parameters
        ----------
        spaces : sequence of str
            Versions of the encoder's embedding spaces.
        cuts : sequence of Cut
            Any number of texts; all their sentences share the batches.

        Returns
        -------
        dict of str to list of TextVectors
            For each space, in the order of the texts.
        """
        known = self._sentences(spaces, [text for cut in cuts for text in cut.texts])
        return {space: [self._pooled(cut, known[space]) for cut in cuts] for space in spaces}

    def _sentences(
        self, spaces: Sequence[str], texts: Sequence[str]
    ) -> dict[str, dict[str, Vector]]:
        """For each space, map each sentence to (D + 1,): its vector and the share that was read."""
        hashes = {text: _hashed(text) for text in dict.fromkeys(texts)}
        keys = [f"{space}:{digest}" for space in spaces for digest in hashes.values()]
        packed = self._cache.get_many(keys)
        fresh = self._encode(_missing(spaces, hashes, packed))
        if fresh:
            self._cache.put_many(fresh)
        # Fresh ones go through the stored form too: the cache must not change an answer.
        packed = {**packed, **fresh}
        return {
            space: {text: _unpacked(packed[f"{space}:{digest}"]) for text, digest in hashes.items()}
            for space in spaces
        }

    def _encode(self, missing: Mapping[tuple[str, ...], Sequence[str]]) -> dict[str, bytes]:
        """Encode the texts that each set of spaces lacks, and give them as they are stored."""
        fresh = {}
        for spaces, lacking in missing.items():
            for texts in runs(lacking):
                for space, encoded in self._encoder.encode_in(spaces, texts).items():
                    for text, item in zip(texts, encoded, strict=True):
                        row = np.append(item.vector, np.float32(item.covered))
                        fresh[f"{space}:{_hashed(text)}"] = _packed(row)
        return fresh

    def _pooled(self, cut: Cut, known: Mapping[str, Vector]) -> TextVectors:
        lengths = np.array([len(text) for text in cut.texts], dtype=np.float32)
        if not cut.texts:
            nothing = np.zeros((0, self.dimension), np.float32)
            return TextVectors((), nothing, lengths, None, cut.covered)
        rows = np.stack([known[text] for text in cut.texts])
        covered = cut.covered * float(lengths @ rows[:, -1] / lengths.sum())
        vectors = rows[:, :-1]
        return TextVectors(cut.spans, vectors, lengths, pooled(vectors, lengths), covered)


class TunedVectors(Vectors):
    """Vectors in the space of an own top, which is made when it is needed."""

    def __init__(self, encoder: Encoder, cache: VectorCache, adapter: Adapter) -> None:
        super().__init__(encoder, cache)
        self._adapter = adapter

    @property
    def space(self) -> str:
        """Version of the own top's embedding space."""
        return self._adapter.space(super().space)

    @property
    def dimension(self) -> int:
        """Length of a vector: the encoder's own and the own top's, side by side."""
        return 2 * super().dimension

    @property
    def uncached(self) -> "Vectors":
        """The same, neither looking into the cache nor writing to it."""
        return TunedVectors(self._encoder, NoCache(), self._adapter)

    def read_in(self, spaces: Sequence[str], cuts: Sequence[Cut]) -> dict[str, list[TextVectors]]:
        """Give the vectors of texts in some spaces; see :meth:`Vectors.read_in`."""
        self.tune([self._adapter])
        return super().read_in(spaces, cuts)


class WrappedVectors(Vectors):
    """Vectors of another reader, asked in a way of its own."""

    def __init__(self, inner: Vectors) -> None:
        self._inner = inner

    @property
    def space(self) -> str:
        """Version of the embedding space."""
        return self._inner.space

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._inner.dimension

    def tuned(self, adapter: Adapter) -> Vectors:
        """Read texts with an own top beside the encoder's own, asked in the same way."""
        return self.wrapping(self._inner.tuned(adapter))

    def wrapping(self, inner: Vectors) -> Vectors:
        """Ask another reader in the same way."""
        raise NotImplementedError


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _missing(
    spaces: Sequence[str], hashes: Mapping[str, str], packed: Mapping[str, bytes]
) -> dict[tuple[str, ...], list[str]]:
    """Group the texts by the spaces that lack them."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for text, digest in hashes.items():
        lacking = tuple(space for space in spaces if f"{space}:{digest}" not in packed)
        if lacking:
            groups.setdefault(lacking, []).append(text)
    return groups


def pooled(vectors: Vector, lengths: NDArray[np.float32]) -> Vector:
    """Give the unit vector of texts of unlike length: (N, D) and (N,) -> (D,)."""
    mean = (lengths + SHORT) @ vectors
    return mean / max(float(np.linalg.norm(mean)), 1e-12)


SHORT = 10
"""Characters that every sentence counts at least: "Why?" says something too."""


def _packed(row: Vector) -> bytes:
    return row.astype("<f2").tobytes()


def _unpacked(data: bytes) -> Vector:
    return np.frombuffer(data, dtype="<f2").astype(np.float32)
