"""The head of an own taxonomy: every example votes, the nearer the louder."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from nlp.calibration import sigmoid, softmax
from nlp.heads import Floats

Link = Literal["sigmoid", "softmax"]
NEIGHBOURS = 5
_BLOCK = 8
"""Rows in one product. Always so many: a row's sums hang on no other row of the batch."""


@dataclass(frozen=True)
class Scored:
    """What a head makes of vectors.

    Attributes
    ----------
    scores : float32 array of shape (N, L)
        About 1 for a label that holds and 0 for one that does not.
    near : float32 array of shape (N,)
        Mean cosine to the nearest examples of some label, -1 to 1.
    """

    scores: Floats
    near: Floats


@dataclass(frozen=True)
class KernelHead:
    """Kernel ridge regression on unit vectors: ``k(x, z) = exp(-width * |x - z|^2)``.

    Attributes
    ----------
    labels : tuple of str
    centres : float32 array of shape (M, D)
        The examples, and the labels' names.
    weights : float32 array of shape (M, L)
        How each centre votes.
    base : float32 array of shape (L,)
        Score far from every example.
    width : float
    scale, offset : float
        Turn scores into logits: ``scale * score + offset``.
    link : {"sigmoid", "softmax"}
        ``sigmoid``: any number of labels hold; ``softmax``: exactly one does.
    space : str
        Version of the embedding space it was fitted on.
    inside : bool array of shape (M,)
        Which centres have a label. To be near a text of no intent speaks for none.
    """

    labels: tuple[str, ...]
    centres: Floats
    weights: Floats
    base: Floats
    width: float
    scale: float
    offset: float
    link: Link
    space: str
    inside: NDArray[np.bool_]

    def probabilities(self, vectors: Floats) -> Floats:
        """Give the probability of each label: (N, D) -> (N, L)."""
        return self.shares(self.score(vectors).scores)

    def shares(self, scores: Floats) -> Floats:
        """Turn scores of shape (N, L) into probabilities of the same shape."""
        logits = scores * np.float32(self.scale) + np.float32(self.offset)
        found = sigmoid(logits) if self.link == "sigmoid" else softmax(logits)
        return found.astype(np.float32)

    def score(self, vectors: Floats) -> Scored:
        """Compare (N, D) unit vectors with the examples."""
        scores = np.empty((len(vectors), len(self.labels)), np.float32)
        near = np.empty(len(vectors), np.float32)
        count = min(NEIGHBOURS, int(self.inside.sum()))
        for part, block in _blocks(vectors):
            cosines = block @ self.centres.T
            kernel = np.exp(np.float32(2 * self.width) * (cosines - 1))
            size = part.stop - part.start
            scores[part] = (kernel @ self.weights + self.base)[:size]
            nearest = np.partition(cosines[:, self.inside], -count, axis=1)[:, -count:]
            near[part] = np.sort(nearest, axis=1).mean(axis=1)[:size]
        return Scored(scores, near)

    def to_bytes(self) -> bytes:
        """Write it as safetensors: votes as they are, all else in half precision.

        Votes for and against copies of a text all but cancel: roundings of thousands of them
        would be more than what is left (docs/results-intents.md). Votes that half precision
        holds, as those of earlier releases, are written in it.
        """
        votes = np.ascontiguousarray(self.weights)
        half = votes.astype(np.float16)
        return save(
            {
                "centres": np.ascontiguousarray(self.centres, np.float16),
                "weights": half if np.array_equal(half, votes) else votes,
                "base": self.base,
                "inside": self.inside.astype(np.uint8),
            }
        )


def halved(values: NDArray[np.floating]) -> Floats:
    """Round to what half precision keeps, so that what is saved is what was fitted."""
    return np.ascontiguousarray(values, np.float16).astype(np.float32)


def read_tensors(data: bytes) -> dict[str, Floats]:
    """Read what :meth:`KernelHead.to_bytes` wrote."""
    return {name: values.astype(np.float32) for name, values in load(data).items()}


def _blocks(vectors: Floats) -> Iterator[tuple[slice, Floats]]:
    for first in range(0, len(vectors), _BLOCK):
        part = slice(first, min(first + _BLOCK, len(vectors)))
        block = np.zeros((_BLOCK, vectors.shape[1]), np.float32)
        block[: part.stop - first] = vectors[part]
        yield part, block
