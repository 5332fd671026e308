"""Names of people, places and products, told by how they are written."""

import re
from collections import Counter
from collections.abc import Iterable

from themes.phrases import roots

_WORD = re.compile(r"(?<=[\w,;] )[^\W\d_]+")
"""A word in the middle of a sentence, where a capital is no chance."""
_OFTEN = 0.3
"""Share of its places with a capital from which a word is a name: chats have few capitals."""


class Proper:
    """Words that often stand with a capital inside sentences.

    Parameters
    ----------
    texts : iterable of str
        Of the whole collection.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        high: Counter[str] = Counter()
        low: Counter[str] = Counter()
        for text in texts:
            for found in _WORD.findall(text):
                if not found.isupper():
                    (low if found.islower() else high)[found.lower()] += 1
        names = (word for word in high if high[word] > _OFTEN * (high[word] + low[word]))
        self._roots = frozenset(root for word in names for root in roots(word))

    def within(self, key: str) -> bool:
        """Tell whether a phrase, by its key, holds such a word."""
        return not self._roots.isdisjoint(key.split())
