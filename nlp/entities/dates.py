"""Dates, as ISO 8601 where they can be told from the words and the time of writing."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from nlp.entities.found import Entity
from nlp.entities.rules import Span
from nlp.entities.words import NUMBER_WORDS, cardinal

LABEL = "date"

_words = re.compile(r"\S+").findall
_MONTHS = _words(
    "january february march april may june july august september october november december"
)
_MONTH = {name: place for place, name in enumerate(_MONTHS, start=1)}
_MONTH |= {name[:3]: place for name, place in _MONTH.items()} | {"sept": 9}
_WEEKDAYS = _words("monday tuesday wednesday thursday friday saturday sunday")
_RELATIVE = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1}
_UNITS = {"day": 1, "days": 1, "week": 7, "weeks": 7, "fortnight": 14}

_IN_MONTH = {"LOWER": {"IN": sorted(_MONTH)}}
_DAY = {"TEXT": {"REGEX": r"^(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?$"}}
_ORDINAL = {"TEXT": {"REGEX": r"^(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)$"}}
_YEAR = {"TEXT": {"REGEX": r"^20\d\d$"}}
_OF = {"LOWER": "of", "OP": "?"}
_COMMA = {"ORTH": ",", "OP": "?"}
_COUNT = {"LOWER": {"REGEX": rf"^(?:\d{{1,3}}|an?|couple|{'|'.join(NUMBER_WORDS)})$"}}
_UNIT = {"LOWER": {"IN": sorted(_UNITS)}}
_WHICH = {"LOWER": {"IN": ["last", "next", "this"]}, "OP": "?"}

PATTERNS: tuple[list[dict[str, Any]], ...] = (
    [
        {"TEXT": {"REGEX": r"^20\d\d$"}},
        {"ORTH": "-"},
        {"SHAPE": "dd"},
        {"ORTH": "-"},
        {"SHAPE": "dd"},
    ],
    [{"TEXT": {"REGEX": r"^20\d\d-\d\d-\d\d$"}}],
    [{"TEXT": {"REGEX": r"^\d{1,2}[./]\d{1,2}[./](?:20)?\d\d\.?$"}}],
    [{"TEXT": {"REGEX": r"^\d\d/\d\d$"}}],
    [_IN_MONTH, _DAY, _COMMA, _YEAR],
    [_IN_MONTH, _DAY],
    [_DAY, _OF, _IN_MONTH, _COMMA, _YEAR],
    [_DAY, _OF, _IN_MONTH],
    [{"LOWER": {"IN": ["the", "on"]}}, _ORDINAL],
    [_WHICH, {"LOWER": {"IN": _WEEKDAYS}}],
    [{"LOWER": {"IN": sorted(_RELATIVE)}}],
    [_COUNT, _UNIT, {"LOWER": "ago"}],
    [{"LOWER": "in"}, _COUNT, _UNIT],
)

TRIGGERS = (*_WEEKDAYS, *_RELATIVE, *_UNITS)
"""Where a text holds none of these words and no digit, no pattern fits."""


def read_date(span: Span, written: date) -> Entity:
    """Give the normal form of a date.

    Parameters
    ----------
    span : Span
        The words.
    written : date
        When they were written, in UTC. A date without a year is the nearest one.
    """
    words = [token.lower_ for token in span]
    try:
        found = _read(words, span.text.rstrip("."), written)
    except (ValueError, OverflowError):
        found = None  # 31 June, or a day outside the calendar
    value = found.isoformat() if found else None
    return Entity(span.start_char, span.end_char, LABEL, value)


def _read(words: Sequence[str], text: str, written: date) -> date | None:
    if re.fullmatch(r"20\d\d-\d\d-\d\d", text):
        return date.fromisoformat(text)
    if re.fullmatch(r"[\d./]+", text):
        return _figures([int(part) for part in re.split(r"[./]", text)], written)
    if words[-1] in _RELATIVE:
        return written + timedelta(days=_RELATIVE[words[-1]])
    if words[-1] in _WEEKDAYS:
        return _weekday(words, written)
    if words[-1] == "ago" or words[0] == "in":
        return _counted(words, written)
    return _named(words, written)


def _figures(parts: Sequence[int], written: date) -> date | None:
    """Read day and month, whose order differs by country: told only where one is above 12."""
    first, second = parts[0], parts[1]
    if first <= 12 and second <= 12 and first != second:
        return None
    day, month = (first, second) if second <= 12 else (second, first)
    if len(parts) == 3:
        return date(parts[2] + (2000 if parts[2] < 100 else 0), month, day)
    return _nearest(month, day, written)


def _weekday(words: Sequence[str], written: date) -> date | None:
    """Read a weekday with "last" or "next"; alone it may lie on either side."""
    wanted = _WEEKDAYS.index(words[-1])
    ahead = (wanted - written.weekday()) % 7
    if words[0] == "last":
        return written - timedelta(days=(written.weekday() - wanted) % 7 or 7)
    if words[0] == "next":
        return written + timedelta(days=ahead or 7)
    if words[0] == "this":
        return written + timedelta(days=ahead)
    return None


def _counted(words: Sequence[str], written: date) -> date | None:
    direction = -1 if words[-1] == "ago" else 1
    unit = next(word for word in words if word in _UNITS)
    counts = [word for word in words if word not in (unit, "ago", "in")]
    count = int(counts[0]) if counts[0].isdigit() else cardinal(counts)
    return None if count is None else written + timedelta(days=direction * count * _UNITS[unit])


def _named(words: Sequence[str], written: date) -> date | None:
    month = next((_MONTH[word] for word in words if word in _MONTH), None)
    figures = [int(found.group()) for word in words if (found := re.match(r"\d+", word))]
    day = figures[0] if figures else None
    if month is None or day is None:
        return None  # "the 24th": of which month?
    year = next((number for number in figures if number > 2000), None)
    return date(year, month, day) if year else _nearest(month, day, written)


def _nearest(month: int, day: int, written: date) -> date:
    years = (written.year - 1, written.year, written.year + 1)
    return min((date(year, month, day) for year in years), key=lambda d: abs(d - written))
