"""Times as exports write them, read as moments in UTC, with every assumption counted."""

import re
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from dateutil import parser as dateutil_parser

from ingest.options import ReadOptions
from ingest.outcome import Repair, Tally

FUTURE_TOLERANCE = timedelta(minutes=5)
"""Clocks of two systems differ; this much is no fault."""
_DIGITS = re.compile(r"-?\d{9,17}(\.\d+)?")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})\b")
_DOTTED = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}\b")
_DATE_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{4}")
_PROBES = (datetime(1999, 1, 1), datetime(2000, 2, 2))


@dataclass(frozen=True)
class Clock:
    """Reads times of one import."""

    zone: tzinfo
    day_first: bool | None
    read_at: datetime

    @classmethod
    def of(cls, options: ReadOptions) -> "Clock":
        """Take what the options say about time."""
        return cls(options.timezone, options.day_first, options.read_at)

    def read(self, value: object, tally: Tally) -> datetime:
        """Read one time.

        Numbers are seconds, milliseconds or microseconds since 1970, told by their size.
        Text is ISO 8601, RFC 5322 or a date with a time as spreadsheets write it.

        Parameters
        ----------
        value : object
            A datetime, a number or text.
        tally : Counter
            Takes what had to be assumed. Times are kept as they are, also future ones.

        Raises
        ------
        ValueError
            If it is no time, or day and month cannot be told apart.
        """
        try:
            moment = self._moment(value, tally)
            moment = moment.astimezone(UTC)
        except (OverflowError, OSError):
            raise ValueError("the time lies outside the calendar") from None
        if moment > self.read_at + FUTURE_TOLERANCE:
            tally[Repair.FUTURE] += 1
        return moment

    def maybe(self, value: object, tally: Tally) -> datetime | None:
        """Read a time that a record can do without; one that cannot be read is counted."""
        if value is None or value == "":
            return None
        try:
            return self.read(value, tally)
        except ValueError:
            tally[Repair.NO_CLOCK] += 1
            return None

    def _moment(self, value: object, tally: Tally) -> datetime:
        if isinstance(value, datetime):
            return self._zoned(value, tally)
        if isinstance(value, bool) or value is None:
            raise ValueError("there is no time")
        if isinstance(value, int | float):
            return from_epoch(float(value))
        text = str(value).strip()
        if not text or len(text) > 64:
            raise ValueError("there is no time" if not text else "this is not a time")
        if _DIGITS.fullmatch(text):
            return from_epoch(float(text))
        if _DATE_ONLY.fullmatch(text):
            tally[Repair.NO_TIME_OF_DAY] += 1
        return self._zoned(self._text(text), tally)

    def _zoned(self, moment: datetime, tally: Tally) -> datetime:
        if moment.tzinfo is not None and moment.utcoffset() is not None:
            return moment
        tally[Repair.NO_ZONE] += 1
        return moment.replace(tzinfo=self.zone)

    def _text(self, text: str) -> datetime:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return _loose(text, self._day_first(text))

    def _day_first(self, text: str) -> bool:
        if _DOTTED.match(text):
            return True
        match = _SLASHED.match(text)
        if match is None:
            return False
        first, second = int(match[1]), int(match[2])
        if first > 12 or second > 12 or first == second:
            return first > 12
        if self.day_first is None:
            raise ValueError("day and month cannot be told apart; say which comes first")
        return self.day_first


def from_epoch(number: float) -> datetime:
    """Read a count since 1970 as seconds, milliseconds or microseconds, by its size.

    Raises
    ------
    ValueError
        If the number fits none of them.
    """
    size = abs(number)
    if not size < 1e17:
        raise ValueError("the time lies outside the calendar")
    scale = 1.0 if size < 1e11 else 1e3 if size < 1e14 else 1e6
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number / scale)


def _loose(text: str, day_first: bool) -> datetime:
    """Parse with dateutil, which fills gaps from a default: two defaults show the gaps."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            first, second = (
                dateutil_parser.parse(text, default=probe, dayfirst=day_first) for probe in _PROBES
            )
        except (ValueError, OverflowError, TypeError, Warning):
            raise ValueError("this is not a time") from None
    if first != second:
        raise ValueError("the time has no full date")
    return first
