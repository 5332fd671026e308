"""A turn as cue rules read it: as long as the original, without what speech leaves behind."""

import re
from itertools import islice
from operator import eq

_WORDS = re.compile(r"[^\W\d_]+")
_HESITATION = re.compile(r",?\s*\b(?:u+h*m+|u+h+|e+r+m?|a+h+|h+m+)\b[,.…]*", re.IGNORECASE)
_HESITANT = frozenset(
    ["um", "umm", "uhm", "uh", "uhh", "er", "err", "erm", "ah", "ahh", "hm", "hmm", "mm"]
)
_ASIDE = re.compile(
    r",\s*(?:well|you know|i mean|like|so|honestly|actually|basically|yeah)\s*,", re.IGNORECASE
)
_MARKS = re.compile(r"-{2,}|[*_~]+|\[[a-z ]{1,20}\]")  # -- *now* [laughs]
_TWICE = re.compile(r"\b([\w']+)[,\s-]{1,4}(?=\1\b)", re.IGNORECASE)
_QUOTES = str.maketrans("\u2019\u2018`\u00b4\u00a0", "'''' ")
_SENTENCE_END = re.compile(r"[.!?…\n;]")


def words(text: str) -> list[str]:
    """Give the words of a text in order, in lower case: runs of letters."""
    return _WORDS.findall(text.lower())


def spoken(text: str, said: list[str]) -> str:
    """Blank fillers and words said twice, character by character: offsets stay.

    ``said`` are the words of the text.
    """
    if not text.isascii():
        text = text.translate(_QUOTES)
    if not _HESITANT.isdisjoint(said):
        text = _HESITATION.sub(_blank, text)
    if "," in text:
        text = _ASIDE.sub(_blank, text)
    text = _MARKS.sub(_blank, text)
    if any(map(eq, said, islice(said, 1, None))):
        text = _TWICE.sub(_blank, text)
    return text


def sentence_start(text: str, place: int) -> int:
    """Give where the sentence begins that holds a place."""
    before = [match.end() for match in _SENTENCE_END.finditer(text, max(0, place - 240), place)]
    return before[-1] if before else max(0, place - 240)


def _blank(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start())
