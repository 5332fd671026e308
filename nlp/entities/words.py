"""Numbers written as words."""

import re
from collections.abc import Sequence

_words = re.compile(r"\S+").findall
_UNITS = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
_VALUES = {word: value for value, word in enumerate(_UNITS)}
_VALUES |= {word: 10 * value for value, word in enumerate(_TENS, start=2)}
_VALUES |= {"a": 1, "an": 1, "couple": 2}
_SCALES = {"hundred": 100, "thousand": 1_000}

NUMBER_WORDS = (*_UNITS[1:], *_TENS, *_SCALES)


def cardinal(words: Sequence[str]) -> int | None:
    """Read a number below a million, such as ``["two", "hundred", "and", "five"]``.

    Returns
    -------
    int or None
        None where a word is no part of a number.
    """
    total, current = 0, 0
    for word in words:
        if word in _VALUES:
            current += _VALUES[word]
        elif word in _SCALES:
            current = max(current, 1) * _SCALES[word]
            if word == "thousand":
                total, current = total + current, 0
        elif word not in ("and", "-", "of"):
            return None
    return total + current
