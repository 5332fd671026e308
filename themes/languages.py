"""Themes that stand together by their language, not by a reason: parted, and named so."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from themes.space import Ints

_APART = 0.5
"""Where the collection's main language has less than this part of its usual share, a group is
held together by language: an encoder that knows one language throws the others together."""
_NAMES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
    "pl": "Polish",
    "sv": "Swedish",
    "da": "Danish",
    "cs": "Czech",
    "tr": "Turkish",
}


def parted(labels: Ints, languages: Sequence[str | None], smallest: int) -> Ints:
    """Part groups that are held together by their language into one a language.

    Where an encoder knows all languages, a reason for contact is told in many of them by shares
    like the collection's, and nothing is parted.

    Parameters
    ----------
    labels : int64 array of shape (N,)
        Groups, 0 to K-1; -1 for texts of none.
    languages : sequence of str or None
        ISO 639-1 code of each of the N texts; None where it is not sure.
    smallest : int
        Texts that a part must have; what is left stays together.

    Returns
    -------
    int64 array of shape (N,)
        The same groups, and the parts of some behind them.
    """
    codes = np.array([code or "" for code in languages])
    found, number = labels.copy(), int(labels.max(initial=-1)) + 1
    for group in range(number):
        rows = np.flatnonzero(labels == group)
        if foreign(codes[rows].tolist(), languages) is None:
            continue
        # The most frequent keeps the group, with what is too little to stand alone.
        for code, count in Counter(codes[rows].tolist()).most_common()[1:]:
            if code and count >= smallest:
                found[rows[codes[rows] == code]] = number
                number += 1
    return found


def foreign(own: Sequence[str | None], every: Sequence[str | None]) -> str | None:
    """Give the name of a group's language, if that is what holds the group together.

    Parameters
    ----------
    own, every : sequence of str or None
        Codes of the texts of a group, and of the whole collection.

    Returns
    -------
    str or None
        "German"; "Other languages" where no one language has half of the group.
    """
    usual, mine = Counter(filter(None, every)), Counter(filter(None, own))
    if len(usual) < 2 or not mine:
        return None
    main, most = usual.most_common(1)[0]
    if mine[main] / mine.total() >= _APART * most / usual.total():
        return None
    code, count = mine.most_common(1)[0]
    return _NAMES.get(code, code) if 2 * count >= mine.total() else "Other languages"
