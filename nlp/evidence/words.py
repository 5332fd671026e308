"""A sentence as words that can be left out, and what their absence says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.redaction import Redaction
from nlp.cut import hide
from nlp.sentences import Span

MOST_UNITS = 32
"""Pieces that a sentence is taken apart into; of a longer one they are several words each."""
WINDOWS = (1,)
"""Words left out at a time; runs of two or three cost more for nothing (eval/evidence.py)."""
_KEPT_SHARE = 0.7
"""Words are shown, the strongest first, until this share of the loss is told."""
_KEPT_WORDS = 5
_WORD = re.compile(r"\S+")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sentence:
    """A sentence taken apart.

    Attributes
    ----------
    units : tuple of Span
        Words, or runs of words in a long sentence; in the original, in order.
    texts : tuple of str
        The same without identifiers: joined by blanks they are what the encoder reads.
    sizes : tuple of int
        Units that are left out at a time.
    """

    units: tuple[Span, ...]
    texts: tuple[str, ...]
    sizes: tuple[int, ...] = WINDOWS

    @property
    def full(self) -> str:
        """The sentence as the encoder reads it."""
        return " ".join(self.texts)

    def windows(self) -> list[Span]:
        """Give the runs of units that are left out in turn; never all of them."""
        count = len(self.units)
        return [
            (first, first + size)
            for size in self.sizes
            if size < count
            for first in range(count - size + 1)
        ]

    @property
    def variants(self) -> list[str]:
        """The whole sentence, then without each of the windows."""
        return [self.full, *map(self.without, self.windows())]

    def without(self, window: Span) -> str:
        """Give the sentence without the units ``[first, last)``."""
        return " ".join((*self.texts[: window[0]], *self.texts[window[1] :]))


def take_apart(body: str, plain: Sequence[Redaction], span: Span) -> Sentence:
    """Cut a sentence into words; an identifier is one word, however it is written.

    Parameters
    ----------
    body : str
        The turn; offsets are those of the original.
    plain : sequence of Redaction
        In order, without overlap, with everyday words for pseudonyms.
    span : Span
        The sentence.
    """
    joined = _words(body, plain, span)
    size = -(-len(joined) // MOST_UNITS) if joined else 1
    units = [
        (joined[first][0], joined[min(first + size, len(joined)) - 1][1])
        for first in range(0, len(joined), size)
    ]
    texts = (" ".join(text.split()) for text in hide(body, plain, units))
    return Sentence(tuple(units), tuple(texts))


def _words(body: str, plain: Sequence[Redaction], span: Span) -> list[Span]:
    found: list[Span] = []
    for match in _WORD.finditer(body, *span):
        start, end = match.span()
        for item in plain:
            if item.start < end and start < item.end:
                start, end = max(min(start, item.start), span[0]), min(max(end, item.end), span[1])
        if found and start < found[-1][1]:
            start, end = found[-1][0], max(end, found[-1][1])
            found.pop()
        found.append((start, end))
    return found


def losses(sentence: Sentence, full: float, without: Sequence[float]) -> Floats:
    """Give what the label loses without each unit, (n_units,).

    A unit's loss is the mean over the windows that hold it, each by its size.

    Parameters
    ----------
    full : float
        Log-odds of the label for the whole sentence.
    without : sequence of float
        The same without each of :meth:`Sentence.windows`.
    """
    if len(sentence.units) == 1:
        return np.ones(1)  # nothing would be left to read
    total, held = np.zeros(len(sentence.units)), np.zeros(len(sentence.units))
    for (first, last), odds in zip(sentence.windows(), without, strict=True):
        total[first:last] += (full - odds) / (last - first)
        held[first:last] += 1
    return np.asarray(total / np.maximum(held, 1), np.float64)


def strongest(shares: Floats) -> NDArray[np.bool_]:
    """Choose the few units to show: (n_units,) shares of the loss -> (n_units,)."""
    kept = np.zeros(len(shares), np.bool_)
    told = 0.0
    for place in np.argsort(-shares, kind="stable")[:_KEPT_WORDS]:
        if told >= _KEPT_SHARE or shares[place] <= 0:
            break
        kept[place] = True
        told += float(shares[place])
    return kept


def phrases(
    body: str, sentence: Sentence, shares: Floats, kept: NDArray[np.bool_]
) -> list[tuple[Span, float]]:
    """Join chosen neighbours to phrases, with their share of the loss, in order."""
    found: list[Span] = []
    for place in map(int, np.flatnonzero(kept)):
        if found and place == found[-1][1]:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return [
        (
            _trimmed(body, sentence.units[first][0], sentence.units[last - 1][1]),
            float(shares[first:last].sum()),
        )
        for first, last in found
    ]


def _trimmed(body: str, start: int, end: int) -> Span:
    """Leave punctuation at the ends out of what is shown, if anything is left."""
    first, last = start, end
    while first < last and not body[first].isalnum():
        first += 1
    while last > first and not body[last - 1].isalnum():
        last -= 1
    return (first, last) if first < last else (start, end)
