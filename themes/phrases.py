"""What is counted in texts: phrases of one to three words that stand by themselves."""

import re

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from themes.filler import is_filler

LONGEST = 3
_WORD = re.compile(r"\[[A-Z_]+\d*\]|[^\W_]+(?:['\u2019][^\W_]+)?")
_SENSE = frozenset(["bill", "system", "full", "empty", "fire", "move", "name"])
_EMPTY = ENGLISH_STOP_WORDS - _SENSE
"""Words that no phrase begins or ends with."""
_KEEPS_SENSE = {"not", "no", "without", "never"}


def phrases(text: str) -> list[str]:
    """Cut a text into phrases, the same one several times where it stands several times.

    Placeholders of redacted parts, and numbers, end a phrase and are in none.
    """
    words = [found.group().lower().replace("\u2019", "'") for found in _WORD.finditer(text)]
    return [
        " ".join(words[start : start + length])
        for start in range(len(words))
        for length in range(1, LONGEST + 1)
        if start + length <= len(words) and _stands(words[start : start + length])
    ]


def _stands(words: list[str]) -> bool:
    if any(word.startswith("[") or word[0].isdigit() for word in words):
        return False
    first, last = words[0], words[-1]
    opens = not _empty(first) or (len(words) > 1 and first in _KEEPS_SENSE)
    return opens and not _empty(last)


def _empty(word: str) -> bool:
    return word in _EMPTY or (word not in _SENSE and is_filler(word))
