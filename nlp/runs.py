"""How token windows lie in runs of the network: none beside one of another width."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOKENS = 512
"""Tokens in one run, padding included: what a run holds in memory grows with them, its speed
does not."""
_LEAST = 128
"""Tokens from which a run is worth its start; what is less is not shared among threads."""
_STEP = 4
"""Windows are padded to a multiple of this, so that many share a width."""

Window = NDArray[np.int64]


@dataclass(frozen=True)
class Run:
    """Windows that are read together.

    Attributes
    ----------
    places : list of int
        Of its windows among all.
    ids, mask : int64 arrays of shape (n, width)
        Token ids, and 1 where there is one.
    """

    places: list[int]
    ids: NDArray[np.int64]
    mask: NDArray[np.int64]


def runs(windows: Sequence[Window], threads: int = 1) -> Iterator[Run]:
    """Lay out windows, the widest first.

    A window always has the width that it would have alone. So a softmax adds the same numbers
    in the same order whoever is beside it, and its result is the same to the last bit; in int8
    a last bit could move a rounding, and that the vector.

    Parameters
    ----------
    windows : sequence of int64 arrays of shape (n_tokens,)
        In any order.
    threads : int
        How many runs are read at a time.
    """
    by_width: dict[int, list[int]] = {}
    for place, window in enumerate(windows):
        by_width.setdefault(-(-len(window) // _STEP) * _STEP, []).append(place)
    share = sum(width * len(places) for width, places in by_width.items()) // threads
    most = min(max(share, _LEAST), TOKENS)
    for width in sorted(by_width, reverse=True):
        places, count = by_width[width], max(most // width, 1)
        for first in range(0, len(places), count):
            yield _run(windows, places[first : first + count], width)


def _run(windows: Sequence[Window], places: list[int], width: int) -> Run:
    ids = np.zeros((len(places), width), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, place in enumerate(places):
        window = windows[place]
        ids[row, : len(window)] = window
        mask[row, : len(window)] = 1
    return Run(places, ids, mask)
