"""Which texts are fitted."""

import hashlib
from collections.abc import Sequence

import numpy as np

from themes.space import Ints

FIT_LIMIT = 10_000
"""Distinct texts fitted by default: a theme of one in a thousand still has ten of them."""


def choose(texts: Sequence[str], limit: int = FIT_LIMIT) -> Ints:
    """Choose distinct texts: evenly, always the same, whatever order they come in.

    Parameters
    ----------
    texts : sequence of str
        Blank ones are not chosen.
    limit : int
        Number chosen at most.

    Returns
    -------
    int64 array
        Rows of the chosen texts, in an order that the texts alone decide.
    """
    first: dict[str, int] = {}
    for row, text in enumerate(texts):
        if text.strip():
            first.setdefault(text, row)
    order = sorted((_digest(text), row) for text, row in first.items())
    return np.array([row for _, row in order[:limit]], np.int64)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
