"""Reads XES (IEEE 1849) one trace at a time, so that a log of any size fits into memory."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError, iterparse

from domain.base import to_utc
from journey.mining.log import ACTIVITY, CASE, TIME, Broken, Keys, LogEvent, Value

SCALARS: dict[str, Callable[[str], Value]] = {
    "string": str,
    "id": str,
    "int": int,
    "float": float,
    "boolean": {"true": True, "false": False, "1": True, "0": False}.__getitem__,
}
DEFAULT = Keys(CASE, ACTIVITY, TIME)
GROUPS = {"list", "container"}
TYPES = {*SCALARS, "date", *GROUPS}


def read_xes(path: Path, keys: Keys = DEFAULT) -> Iterator[LogEvent | Broken]:
    """Read the events of a log in the order in which they stand in the file.

    Parameters
    ----------
    path : Path
        ``.xes`` or ``.xes.gz``.
    keys : Keys
        Which attributes hold case, activity and time. The case is looked for in the event,
        then in its trace.

    Yields
    ------
    LogEvent or Broken
        Times are UTC. After a place where the file itself is torn, one ``Broken`` ends it.
    """
    keys = Keys(keys.case or CASE, keys.activity or ACTIVITY, keys.time or TIME)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as stream:
        yield from _read_traces(stream, keys)  # type: ignore[arg-type]


def _read_traces(stream: IO[bytes], keys: Keys) -> Iterator[LogEvent | Broken]:
    number = 0
    try:
        for trace in _traces(stream):
            number += 1
            yield from _read_trace(trace, number, keys)
    except (ParseError, EOFError, gzip.BadGzipFile) as error:
        reason = f"the file breaks off or is no XML here: {type(error).__name__}"
        yield Broken(f"after trace {number}", None, reason)


def _traces(stream: IO[bytes]) -> Iterator[Element]:
    """Give each trace once it is complete, and forget it afterwards."""
    # The parser fetches nothing from outside, and expat stops entities that blow up.
    elements = iterparse(stream, events=("start", "end"))  # noqa: S314
    _, root = next(elements)
    for moment, element in elements:
        if moment == "end" and _tag(element) == "trace":
            yield element
            root.clear()


def _read_trace(trace: Element, number: int, keys: Keys) -> Iterator[LogEvent | Broken]:
    about: dict[str, Value] = {}
    try:
        about = attributes(trace)
    except (ValueError, KeyError) as error:
        yield Broken(f"trace {number}", _field_of(error), "the attribute does not fit its type")
    events = (child for child in trace if _tag(child) == "event")
    for place, element in enumerate(events, start=1):
        where = f"trace {number}, event {place}"
        try:
            yield _read_event(attributes(element), about, keys)
        except (ValueError, KeyError) as error:
            yield Broken(where, _field_of(error), str(error.args[-1]))


def _read_event(own: dict[str, Value], about: Mapping[str, Value], keys: Keys) -> LogEvent:
    # The event's own concept:name is its activity: it must not hide the name of the trace.
    name = keys.case or CASE
    case = about.get(name) if name == CASE else own.get(name, about.get(name))
    if case is None or case == "":
        raise BadFieldError(name, "the case has no id")
    moment = own.get(keys.time or TIME)
    if not isinstance(moment, datetime):
        raise BadFieldError(keys.time or TIME, "the event has no date")
    return LogEvent(
        case_id=str(case),
        activity="+".join(_part(own, key) for key in (keys.activity or ACTIVITY).split("+")),
        at=to_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC)),
        utc_offset=moment.utcoffset(),
        attributes=own,
        case_attributes=about,
    )


def _part(own: Mapping[str, Value], key: str) -> str:
    part = own.get(key)
    if part is None or part == "":
        raise BadFieldError(key, "the event has no activity")
    return str(part)


class BadFieldError(ValueError):
    """A field is missing or cannot be read; carries its name and the reason."""


def _field_of(error: Exception) -> str | None:
    return str(error.args[0]) if isinstance(error, BadFieldError) else None


def attributes(element: Element) -> dict[str, Value]:
    """Read the attributes of a log, trace, event or attribute.

    Raises
    ------
    BadFieldError
        If a value does not fit its type.
    """
    return {child.get("key", ""): _value(child) for child in element if _tag(child) in TYPES}


def _value(element: Element) -> Value:
    tag, text = _tag(element), element.get("value", "")
    if tag in GROUPS:
        held = next((child for child in element if _tag(child) == "values"), element)
        return [{child.get("key", ""): _value(child)} for child in held]
    try:
        value: Any = datetime.fromisoformat(text) if tag == "date" else SCALARS[tag](text)
    except (ValueError, KeyError, OverflowError) as error:
        raise BadFieldError(element.get("key", ""), f"the value is no {tag}") from error
    children = attributes(element) if len(element) else None
    return {"value": value, "children": children} if children else value


def _tag(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if "}" in tag else tag
