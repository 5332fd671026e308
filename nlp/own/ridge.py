"""Kernel ridge regression, and what it would say of each example had it not seen it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular

from nlp.heads import Floats

Ints = NDArray[np.int64]
_NEIGHBOURS = 5


@dataclass(frozen=True)
class Ridge:
    """A solved regression.

    Attributes
    ----------
    rows : float32 array of shape (N, D)
        Unit vectors.
    targets : float32 array of shape (N, L)
    base : float32 array of shape (L,)
        Taken from the targets first: the score far from every example.
    weights : float32 array of shape (N, L)
    factor : float32 array of shape (N, N)
        Lower Cholesky factor of the kernel with the ridge on its diagonal.
    inside : bool array of shape (N,)
        Which rows have a label: only those count as neighbours.
    """

    rows: Floats
    targets: Floats
    base: Floats
    weights: Floats
    factor: Floats
    inside: NDArray[np.bool_]

    def without_each(self, places: Ints) -> tuple[Floats, Floats]:
        """Score examples as if each had been left out by itself: (K,) -> (K, L) and (K,).

        The second part is the mean cosine to the nearest other examples. Closed form, no
        regression is solved again (Rifkin & Lippert 2007).
        """
        spread = np.square(self._halves(places)).sum(axis=0)
        scores = self.targets[places] + self.base - self.weights[places] / spread[:, None]
        return scores, self._near(places, places[:, None])

    def without_all(self, places: Ints) -> tuple[Floats, Floats]:
        """Score examples as if all of them had been left out together; see `without_each`."""
        halves = self._halves(places)
        missed = np.linalg.solve(halves.T @ halves, self.weights[places])
        hidden = np.broadcast_to(places, (len(places), len(places)))
        scores = self.targets[places] + self.base - missed
        return scores.astype(np.float32), self._near(places, hidden)

    def _halves(self, places: Ints) -> Floats:
        """Give (N, K) columns whose products are those of the inverse of the kernel."""
        unit = np.zeros((len(self.rows), len(places)), np.float32)
        unit[places, np.arange(len(places))] = 1.0
        solved = solve_triangular(
            self.factor, unit, lower=True, overwrite_b=True, check_finite=False
        )
        return np.asarray(solved, np.float32)

    def _near(self, places: Ints, hidden: Ints) -> Floats:
        """Mean cosine to the nearest rows; ``hidden`` of shape (K, H) do not count."""
        near = np.zeros(len(places), np.float32)
        for number, place in enumerate(places):
            cosines = self.rows @ self.rows[place]
            counts = self.inside.copy()
            counts[hidden[number]] = False
            count = min(_NEIGHBOURS, int(counts.sum()))
            if count:
                near[number] = np.partition(cosines[counts], -count)[-count:].mean()
        return near


def solve(
    rows: Floats,
    targets: Floats,
    base: Floats,
    width: float,
    ridge: float,
    inside: NDArray[np.bool_] | None = None,
) -> Ridge:
    """Fit targets of shape (N, L) to unit vectors of shape (N, D).

    ``inside`` tells which rows have a label; all where it is not given. Takes N^2 numbers of
    memory and N^3 / 3 multiplications.
    """
    kernel = rows @ rows.T
    kernel -= 1
    kernel *= 2 * width
    np.exp(kernel, out=kernel)
    kernel[np.diag_indices(len(rows))] += ridge
    factor = cholesky(kernel, lower=True, overwrite_a=True, check_finite=False)
    centred = targets - base
    weights = cho_solve((factor, True), centred, check_finite=False).astype(np.float32)
    known = np.ones(len(rows), np.bool_) if inside is None else inside
    return Ridge(rows, centred, base, weights, factor, known)
