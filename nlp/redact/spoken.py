"""Numbers read out digit by digit, as callers do: "seven seven one two, oh three four five"."""

import re
from collections.abc import Iterator

from nlp.redact.found import Found, IdKind
from nlp.redact.numbers import last_cue

_DIGITS = {
    word: str(value)
    for value, words in enumerate(
        ["zero oh nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    )
    for word in words.split()
}
_REPEATS = {"double": 2, "triple": 3, "treble": 3}
_WORD = rf"(?:(?:double|triple|treble)\s+)?(?:{'|'.join(_DIGITS)})"
_GAP = r"(?:[\s,.-]+(?:(?:uh|um|er|and then|dash)[\s,.-]+)?)"
_RUN = re.compile(rf"\b{_WORD}(?:{_GAP}{_WORD}){{3,}}\b", re.IGNORECASE)
_LEAST = 5
_PHONE_LENGTHS = range(10, 14)


def find_spoken(text: str, asked: IdKind | None = None) -> Iterator[Found]:
    """Find runs of five or more spoken digits.

    Parameters
    ----------
    text : str
        A transcript.
    asked : IdKind, optional
        What the turn before asked for.
    """
    for match in _RUN.finditer(text):
        digits = _digits(match.group())
        if len(digits) >= _LEAST:
            kind = last_cue(text[max(0, match.start() - 60) : match.start()]) or asked
            if kind is None and len(digits) in _PHONE_LENGTHS and digits.startswith("0"):
                kind = IdKind.PHONE
            yield Found(match.start(), match.end(), kind or IdKind.REFERENCE, digits)


def _digits(words: str) -> str:
    digits, repeat = "", 1
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in _REPEATS:
            repeat = _REPEATS[word]
        elif word in _DIGITS:
            digits += _DIGITS[word] * repeat
            repeat = 1
    return digits
