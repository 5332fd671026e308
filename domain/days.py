"""The day that words name, seen from when they fell."""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("days.yaml")
_SATURDAY = 5
_MONTH = 31


def due_at(text: str, said_at: datetime) -> datetime | None:
    """Resolve the moment that a sentence names.

    Parameters
    ----------
    text : str
        One sentence, such as ``I'll ring you back by Friday``.
    said_at : datetime
        When it was said, UTC. A weekday is the next one after it; a day ends with its
        last second, UTC; working days leave out Saturday and Sunday.

    Returns
    -------
    datetime or None
        The earliest moment by which it should have happened; None if none is named.
    """
    moments = [moment for moment in _moments(text.casefold(), said_at) if moment > said_at]
    return min(moments, default=None)


def weekdays(text: str) -> frozenset[int]:
    """Find the weekdays that a text names, from 0 for Monday."""
    days = _days()[2]
    return frozenset(_place(m.group(1), "weekdays") for m in days.finditer(text.casefold()))


def days_past(text: str, said_at: datetime) -> frozenset[int]:
    """Find the days gone by that a text names, as proleptic ordinals.

    ``Two weeks ago`` is meant within a day, as is ``three days ago``; ``last week`` names
    too many; a date is the one last gone by.
    """
    folded, today = text.casefold(), said_at.date().toordinal()
    yesterday, ago = _past()
    found = {today - 1} if yesterday.search(folded) else set()
    for match in ago.finditer(folded):
        number, unit = (part for part in match.groups() if part)
        length = {"day": 1, "week": 7}.get(_unit(unit), 0) * _number(number)
        found |= {today - length + shift for shift in (-1, 0, 1)} if length else set()
    for match in _days()[3].finditer(folded):
        date = _date(match, said_at - timedelta(days=_MONTH))
        if date is not None and date.date().toordinal() < today:
            found.add(date.date().toordinal())
    return frozenset(found)


@cache
def words() -> dict[str, Any]:
    """Give the word lists of ``days.yaml``."""
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return found


def any_of(patterns: Iterable[str]) -> str:
    """Write patterns as one alternative, the longest first."""
    return "(?:" + "|".join(sorted(patterns, key=len, reverse=True)) + ")"


def _moments(text: str, said_at: datetime) -> Iterator[datetime]:
    for match in _spans().finditer(text):
        if not text.endswith("for ", 0, match.start()):  # for three days: how long, not when
            yield _after(said_at, _number(match.group(1)), _unit(match.group(2)))
    for pattern, ahead in _ends(said_at):
        if pattern.search(text):
            yield _end_of(said_at + timedelta(days=ahead))
    yield from _named(text, said_at)


def _named(text: str, said_at: datetime) -> Iterator[datetime]:
    """Give the weekdays and dates that a text names."""
    _, _, days, dates = _days()
    for match in days.finditer(text):
        if match.group("number"):
            continue  # Friday the 26th is told by its date
        ahead = (_place(match.group(1), "weekdays") - said_at.weekday() - 1) % 7 + 1
        yield _end_of(said_at + timedelta(days=ahead))
    for match in dates.finditer(text):
        date = _date(match, said_at)
        if date is not None:
            yield date


def _ends(said_at: datetime) -> Iterator[tuple[re.Pattern[str], int]]:
    """Give the words for the end of a day, a week or a month, and how many days ahead it is."""
    today, tomorrow, _, _ = _days()
    week = 6 - said_at.weekday()
    month = monthrange(said_at.year, said_at.month)[1] - said_at.day
    yield today, 0
    yield tomorrow, 1
    for span, ahead in {"day": 0, "week": week, "next_week": week + 7, "month": month}.items():
        yield _end(span), ahead


@cache
def _end(span: str) -> re.Pattern[str]:
    return re.compile(rf"\b{any_of(words()['ends'][span])}\b")


@cache
def _spans() -> re.Pattern[str]:
    numbers = any_of(n for row in words()["numbers"].values() for n in row)
    units = any_of(unit for row in words()["units"].values() for unit in row)
    units = re.sub(r"\((?!\?)", "(?:", units)
    return re.compile(rf"\b(\d{{1,3}}(?=[ -]?)|{numbers}(?=[ -]))[ -]?({units})\b")


@cache
def _past() -> tuple[re.Pattern[str], ...]:
    span = _spans().pattern.removeprefix(r"\b").removesuffix(r"\b")
    before, after = (any_of(words()["ago"][side]) for side in ("before", "after"))
    return (
        re.compile(rf"\b{any_of(words()['yesterday'])}\b"),
        re.compile(rf"\b(?:{before} {span}|{span} {after})\b"),
    )


@cache
def _days() -> tuple[re.Pattern[str], ...]:
    weekdays = any_of(day for row in words()["weekdays"] for day in row)
    months = any_of(month for row in words()["months"] for month in row)
    day = r"(?P<day{0}>\d{{1,2}})(?:st|nd|rd|th|\.)?"
    forward = rf"{day.format(1)} (?:of |de )?(?P<month1>{months})"
    date = rf"\b(?:{forward}|(?P<month2>{months}) {day.format(2)})\b"
    numbered = r",? (?:the |den |dem |le )?\d{1,2}(?!\d|[:.h]\d| ?[ap]m)"
    ordinal = rf"|\b(?:the|am|den|el|le|{weekdays},?)(?: the| den| dem| le)? (?P<day3>\d{{1,2}})"
    ordinal += r"(?:st|nd|rd|th|\.)?(?!\d|[:.h]\d| ?[ap]m| \w+ days)"
    return (
        re.compile(rf"\b{any_of(words()['today'])}\b"),
        re.compile(rf"\b{any_of(words()['tomorrow'])}\b"),
        re.compile(rf"\b({weekdays})\b(?P<number>{numbered})?"),
        re.compile(date + ordinal),
    )


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    return next(int(n) for n, row in words()["numbers"].items() if text in row)


def _unit(text: str) -> str:
    found = [
        name for name, row in words()["units"].items() if any(re.fullmatch(p, text) for p in row)
    ]
    return str(found[0])


def _place(text: str, table: str) -> int:
    return next(place for place, row in enumerate(words()[table]) if text in row)


def _after(said_at: datetime, number: int, unit: str) -> datetime:
    if unit == "working_day":
        return _end_of(_working_days(said_at, number))
    if unit in ("day", "week"):
        return _end_of(said_at + timedelta(days=number * (7 if unit == "week" else 1)))
    return said_at + timedelta(**{f"{unit}s": number})


def _working_days(start: datetime, number: int) -> datetime:
    day = start
    while number > 0:
        day += timedelta(days=1)
        number -= day.weekday() < _SATURDAY
    return day


def _date(match: re.Match[str], said_at: datetime) -> datetime | None:
    parts = match.groupdict()
    day = int(parts["day1"] or parts["day2"] or parts["day3"])
    named = parts["month1"] or parts["month2"]
    month = _place(named, "months") + 1 if named else said_at.month
    year = said_at.year
    try:
        date = said_at.replace(month=month, day=day)
        if date.date() < said_at.date():
            year, month = (year + 1, month) if named or month == 12 else (year, month + 1)
            date = said_at.replace(year=year, month=month if named else month % 12 or 12, day=day)
    except ValueError:
        return None  # the 31st of a month that has none
    return _end_of(date)


def _end_of(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time(23, 59, 59), moment.tzinfo)
