"""Writes XES (IEEE 1849) as a stream; what ``read_xes`` reads comes out as it came in."""

import gzip
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import IO
from xml.sax.saxutils import quoteattr

from journey.mining.log import ACTIVITY, CASE, TIME, LogEvent, Value

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2023" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
"""


def write_xes(events: Iterable[LogEvent], path: Path) -> int:
    """Write a log; a run of events of one case becomes one trace.

    Parameters
    ----------
    events : iterable of LogEvent
        The events of a case must stand together.
    path : Path
        ``.xes`` or ``.xes.gz``.

    Returns
    -------
    int
        Number of events written.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8", newline="\n") as file:
        file.write(HEAD)
        written = sum(
            _write_trace(file, case, trace)
            for case, trace in groupby(events, key=attrgetter("case_id"))
        )
        file.write("</log>\n")
    return written


def _write_trace(file: IO[str], case: str, trace: Iterable[LogEvent]) -> int:
    written = 0
    for event in trace:
        if not written:
            about = {**event.case_attributes, CASE: case}
            file.write(f"<trace>{_attributes(about)}\n")
        zone = timezone(event.utc_offset) if event.utc_offset is not None else None
        local = event.at.astimezone(zone) if zone else event.at
        own = {ACTIVITY: event.activity, **event.attributes, TIME: local}
        file.write(f"<event>{_attributes(own)}</event>\n")
        written += 1
    file.write("</trace>\n")
    return written


def _attributes(held: Mapping[str, Value]) -> str:
    return "".join(_attribute(key, value) for key, value in held.items())


def _attribute(key: str, value: Value) -> str:
    name = quoteattr(_clean(key))
    if isinstance(value, list):
        inner = "".join(_attributes(item) for item in value)
        return f"<list key={name}><values>{inner}</values></list>"
    children = ""
    if isinstance(value, dict):
        children, value = _attributes(value["children"]), value["value"]
    kind, text = _typed(value)
    return f"<{kind} key={name} value={quoteattr(_clean(text))}>{children}</{kind}>"


def _typed(value: Value) -> tuple[str, str]:
    if isinstance(value, bool):
        return "boolean", str(value).lower()
    if isinstance(value, datetime):
        return "date", value.isoformat(timespec="auto")
    kind = {int: "int", float: "float"}.get(type(value), "string")
    return kind, "" if value is None else str(value)


def _clean(text: str) -> str:
    """Drop what XML 1.0 cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
