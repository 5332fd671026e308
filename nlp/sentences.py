"""Sentences of chat, mail and speech: cut by rules, with offsets into the original."""

import re
from collections.abc import Iterator

Span = tuple[int, int]
"""``[start, end)`` in characters."""

_words = re.compile(r"\S+").findall
# Words that end in a full stop without ending a sentence. "no." is left out: customers
# write "no. I did not" far more often than "no. 5", and numbers are checked apart.
_ABBREVIATIONS = frozenset(
    _words(
        "mr mrs ms dr prof st sr jr vs etc e.g i.e eg ie approx incl excl ext tel nr art "
        "abs ca bzw inc ltd co corp dept est fig jan feb mar apr jun jul aug sep sept oct "
        "nov dec"
    )
)
_END = re.compile(
    r"(?<![.!?…])[.!?…]++[)\"'\u201d\u2019]*(?=\s)|\n[ \t]*\n\s*|\n(?=\s*(?:[-*•]|\d+[.)])\s)|\n"
)
_WORD_BEFORE = re.compile(r"([^\s(\"']+)$")
_LONGEST_WORD = 40
_WRAPPED_LINE = 60
"""A line at least this long was broken by a mail program, not by its writer."""


def sentences(text: str) -> tuple[Span, ...]:
    """Cut a text into sentences.

    Parameters
    ----------
    text : str
        Any text; blanked parts (runs of spaces) belong to no sentence.

    Returns
    -------
    tuple of Span
        In order, without overlap, each without space at its ends and with at least
        one letter or digit.
    """
    return tuple(_clean(text, _raw(text)))


def _raw(text: str) -> Iterator[Span]:
    start = 0
    for match in _END.finditer(text):
        if match.start() < start or not _ends(text, start, match):
            continue
        yield start, match.end()
        start = match.end()
    yield start, len(text)


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    mark = match.group()
    if mark == "\n":
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()].rstrip()
        return len(line) < _WRAPPED_LINE or line[-1] in ".!?…:;,"
    if mark != ".":
        return True
    word = _WORD_BEFORE.search(text, max(start, match.start() - _LONGEST_WORD), match.start())
    if word is None:
        return False
    last = word.group(1).lower()
    initial = len(last) == 1 and last.isalpha() and last != "i"
    return not (initial or last in _ABBREVIATIONS or _numbers_item(text, start, word))


def _numbers_item(text: str, start: int, word: re.Match[str]) -> bool:
    """Whether the full stop belongs to "1." at the start of a list item."""
    return word.group(1).isdigit() and not text[start : word.start()].strip()


def _clean(text: str, spans: Iterator[Span]) -> Iterator[Span]:
    for start, end in spans:
        piece = text[start:end]
        start += len(piece) - len(piece.lstrip())
        end -= len(piece) - len(piece.rstrip())
        if any(c.isalnum() for c in text[start:end]):
            yield start, end
