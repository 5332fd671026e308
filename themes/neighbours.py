"""Nearest neighbours by cosine, exact, and the graph they make."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from themes.space import Floats, Ints

_BLOCK = 256
"""Rows compared at a time: 10,000 texts then need 10 MB, and twice as much to be sorted."""
_LEAST = 1e-3
"""Weight of an edge whose similarity is none: the graph must keep it."""


@dataclass(frozen=True)
class Neighbours:
    """The nearest others of each text, best first.

    Attributes
    ----------
    places : int64 array of shape (N, K)
        Rows of the neighbours.
    similarities : float32 array of shape (N, K)
        Cosines, -1 to 1.
    """

    places: Ints
    similarities: Floats

    def among(self, kept: NDArray[np.bool_], count: int) -> "Neighbours":
        """Give the neighbours within a part of the texts.

        Parameters
        ----------
        kept : bool array of shape (N,)
            The part; its rows are numbered anew.
        count : int
            Neighbours of each. Where fewer than that are left among those known here, the
            text is its own neighbour in the rest, which the graph drops.
        """
        number = np.cumsum(kept) - 1
        places, similarities = self.places[kept], self.similarities[kept]
        gone = ~kept[places]
        order = np.argsort(gone, axis=1, kind="stable")[:, :count]
        itself = np.arange(len(places))[:, None]
        chosen = np.where(gone, itself, number[places])
        return Neighbours(
            np.take_along_axis(chosen, order, 1), np.take_along_axis(similarities, order, 1)
        )

    def graph(self) -> sparse.csr_matrix:
        """Join each text with its neighbours: a symmetric (N, N) matrix of similarities."""
        return joined(self.places, np.maximum(self.similarities, _LEAST))


def nearest(vectors: Floats, count: int) -> Neighbours:
    """Find the nearest neighbours of each of a set of unit vectors.

    Parameters
    ----------
    vectors : float32 array of shape (N, D)
    count : int
        Neighbours of each, itself not counted; below N.
    """
    places = np.empty((len(vectors), count), np.int64)
    similarities = np.empty((len(vectors), count), np.float32)
    for first in range(0, len(vectors), _BLOCK):
        rows = slice(first, min(first + _BLOCK, len(vectors)))
        # Rounded, so that the last bits of a matrix product cannot change an order.
        found = np.round(vectors[rows] @ vectors.T, 5)
        found[np.arange(len(found)), np.arange(rows.start, rows.stop)] = -2
        np.negative(found, out=found)
        best = np.argsort(found, axis=1, kind="stable")[:, :count]
        places[rows] = best
        similarities[rows] = -np.take_along_axis(found, best, 1)
    return Neighbours(places, similarities)


def joined(places: Ints, weights: Floats) -> sparse.csr_matrix:
    """Make a symmetric graph of weighted neighbours; an edge found twice keeps the larger."""
    size, count = places.shape
    rows = np.repeat(np.arange(size), count)
    graph = sparse.coo_matrix((weights.ravel(), (rows, places.ravel())), (size, size)).tocsr()
    graph = graph.maximum(graph.T)
    graph.setdiag(0)
    graph.eliminate_zeros()
    return graph.tocsr()
