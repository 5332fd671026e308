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
_START = 24
"""Tokens that could be read in the time that a run's start takes (2.4 ms, at 0.1 ms a token)."""
_STEP = 4
"""The least step between two widths."""

Window = NDArray[np.int64]


@dataclass(frozen=True)
class Run:
    """Windows that are read together.

    Attributes
    ----------
    places : list of int
        Of its windows among all; the last may come more than once, to fill the run up.
    ids, mask : int64 arrays of shape (n, width)
        Token ids, and 1 where there is one.
    """

    places: list[int]
    ids: NDArray[np.int64]
    mask: NDArray[np.int64]


def runs(windows: Sequence[Window], threads: int = 1, longest: int = TOKENS) -> Iterator[Run]:
    """Lay out windows, the widest first.

    A window always has the width that it would have alone. So a softmax adds the same numbers
    in the same order whoever is beside it, and its result is the same to the last bit; in int8
    a last bit could move a rounding, and that the vector.

    Each shape of a run has kernels compiled for it and kept, so there are few shapes: the step
    between widths grows with them, and a run has 1, 2, 4, 8 ... rows.

    Parameters
    ----------
    windows : sequence of int64 arrays of shape (n_tokens,)
        In any order.
    threads : int
        How many runs are read at a time.
    longest : int
        Tokens of the longest window that there can be.
    """
    by_width: dict[int, list[int]] = {}
    for place, window in enumerate(windows):
        by_width.setdefault(min(_width(len(window)), longest), []).append(place)
    share = sum(width * len(places) for width, places in by_width.items()) // threads
    most = min(max(share, _LEAST), TOKENS)
    for width in sorted(by_width, reverse=True):
        places = by_width[width]
        while places:
            rows = _rows(len(places), width, max(most // width, 1))
            yield _run(windows, places[:rows] + places[-1:] * (rows - len(places)), width)
            places = places[rows:]


def _width(length: int) -> int:
    """Round up by an eighth of the next power of two at most, but for the shortest."""
    step = max(_STEP, (1 << (length - 1).bit_length()) // 8)
    return -(-length // step) * step


def _rows(left: int, width: int, most: int) -> int:
    """Give a power of two: all that is left if filling up costs less than another run's start."""
    rows = 1 << (min(left, most).bit_length() - 1)
    if rows < left and 2 * rows <= most and (2 * rows - left) * width <= _START:
        return 2 * rows
    return rows


def _run(windows: Sequence[Window], places: list[int], width: int) -> Run:
    ids = np.zeros((len(places), width), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, place in enumerate(places):
        window = windows[place]
        ids[row, : len(window)] = window
        mask[row, : len(window)] = 1
    return Run(places, ids, mask)
