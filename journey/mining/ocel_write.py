"""Writes OCEL 2.0 as JSON (Berti et al. 2023, "OCEL 2.0 Specification"), as a stream.

Types stand first, then objects, then events, so that neither has to fit into memory.
"""

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

Scalar = str | int | float | bool | datetime
Attributes = Mapping[str, Scalar | None]
INITIAL = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of a value that an object has from the beginning."""
TYPES = ("string", "time", "integer", "float", "boolean")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of events or of objects, with the type of each attribute (one of ``TYPES``)."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Related:
    """An object that something is related to, and as what."""

    object_id: str
    qualifier: str


@dataclass(frozen=True, slots=True)
class OcelObject:
    """An object; its values hold from ``INITIAL`` on."""

    id: str
    kind: str
    attributes: Attributes = field(default_factory=dict)
    related: Sequence[Related] = ()


@dataclass(frozen=True, slots=True)
class OcelEvent:
    """An event; it is related to at least one object."""

    id: str
    kind: str
    at: datetime
    related: Sequence[Related]
    attributes: Attributes = field(default_factory=dict)


def write_ocel(
    path: Path,
    kinds: tuple[Sequence[Kind], Sequence[Kind]],
    objects: Iterable[OcelObject],
    events: Iterable[OcelEvent],
) -> tuple[int, int]:
    """Write a log.

    Parameters
    ----------
    path : Path
        ``.json`` or ``.json.gz``.
    kinds : pair of sequences of Kind
        Of events and of objects: every one that is used.
    objects : iterable of OcelObject
        Read first, to the end.
    events : iterable of OcelEvent

    Returns
    -------
    tuple of two ints
        Numbers of objects and of events written.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8", newline="\n") as file:
        types = (("eventTypes", kinds[0]), ("objectTypes", kinds[1]))
        file.write("{")
        for name, several in types:
            file.write(f"{json.dumps(name)}:{json.dumps([_kind(one) for one in several])},\n")
        there = _write(file, "objects", (_object(one) for one in objects))
        file.write(",\n")
        happened = _write(file, "events", (_event(one) for one in events))
        file.write("}\n")
    return there, happened


def _write(file: IO[str], name: str, items: Iterable[Mapping[str, object]]) -> int:
    file.write(f"{json.dumps(name)}:[")
    count = 0
    for item in items:
        file.write(("," if count else "") + "\n" + json.dumps(item, ensure_ascii=False))
        count += 1
    file.write("]")
    return count


def _kind(kind: Kind) -> dict[str, object]:
    attributes = [{"name": name, "type": type_} for name, type_ in kind.attributes.items()]
    return {"name": kind.name, "attributes": attributes}


def _object(one: OcelObject) -> dict[str, object]:
    values = [
        {"name": name, "value": _plain(value), "time": _time(INITIAL)}
        for name, value in one.attributes.items()
        if value is not None
    ]
    return {
        "id": one.id,
        "type": one.kind,
        "attributes": values,
        "relationships": _related(one.related),
    }


def _event(one: OcelEvent) -> dict[str, object]:
    values = [
        {"name": name, "value": _plain(value)}
        for name, value in one.attributes.items()
        if value is not None
    ]
    return {
        "id": one.id,
        "type": one.kind,
        "time": _time(one.at),
        "attributes": values,
        "relationships": _related(one.related),
    }


def _related(related: Sequence[Related]) -> list[dict[str, str]]:
    return [{"objectId": one.object_id, "qualifier": one.qualifier} for one in related]


def _plain(value: Scalar) -> str | int | float | bool:
    return _time(value) if isinstance(value, datetime) else value


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
