"""Numbers summed by group, in memory."""

import numpy as np
from numpy.typing import NDArray

from domain.theme_figures import Sums

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def totals(place: Ints, weights: Floats, size: int) -> Floats:
    """Sum weights by place: one number for each of ``size`` places."""
    return np.asarray(np.bincount(place, weights, size), dtype=np.float64)


def over_people(person: Ints, known: Floats, yes: Floats, waits: Floats) -> Sums:
    """Sum counts of a yes or no over people.

    Parameters
    ----------
    person : array, shape (n,)
    known, yes, waits : array, shape (n,)
        Contacts whose outcome is known, those of them that are yes, and those too early to tell.
    """
    people = int(person.max()) + 1 if len(person) else 1
    n, y = totals(person, known, people), totals(person, yes, people)
    return Sums(
        known=int(n.sum()),
        total=float(y.sum()),
        customers=int((n > 0).sum()),
        open=int(waits.sum()),
        yy=float(y @ y),
        yn=float(y @ n),
        nn=float(n @ n),
    )
