"""CSV of events: one row an event."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from domain.base import stable_id
from domain.identity import IdentifierKind
from ingest.adapters.tables import Row, header_of, rows
from ingest.build import RecordError, attempt, event
from ingest.context import Context
from ingest.fields import IDENTIFIER_KEYS, identifiers, short, snake
from ingest.files import SourceFile
from ingest.format import Format
from ingest.head import Head
from ingest.jsons import scrub
from ingest.names import canonical_name
from ingest.outcome import Outcome, Rejection

_USUAL: Mapping[str, tuple[str, ...]] = {
    "name": ("event", "event_name", "event_type", "action", "type"),
    "at": ("timestamp", "time", "event_time", "occurred_at", "created_at", "date", "datetime"),
    "event_id": ("id", "message_id", "uuid"),
    "brand": (),
    "properties": ("props", "data", "payload", "attributes"),
}
_KINDS = {alias: kind.value for alias, kind in IDENTIFIER_KEYS.items()}
ALIASES = {**_KINDS, **{a: name for name, others in _USUAL.items() for a in (name, *others)}}
REQUIRED = ("name", "at")


def _recognises(head: Head) -> bool:
    header = header_of(head.text)
    found = {ALIASES.get(snake(name)) for name in header}
    kinds = {kind.value for kind in IdentifierKind}
    named = head.name.endswith((".csv", ".tsv"))
    return {"name", "at"} <= found and (named or bool(found & kinds)) and len(header) > 1


def _read(files: Sequence[SourceFile], context: Context) -> Iterator[Outcome]:
    for file in files:
        try:
            for row in rows(file, context, ALIASES, REQUIRED):
                yield row if isinstance(row, Rejection) else _attempt(row, file.name, context)
        except RecordError as error:
            yield Rejection(f"{file.name}:1", error.field, error.reason)


def _attempt(row: Row, name: str, context: Context) -> Outcome:
    where = f"{name}:{row.line}"
    return attempt(where, "a row of events", _one, row, where, context)


def _one(row: Row, where: str, context: Context) -> Outcome:
    raw = row.fields.get("name")
    if raw is None:
        raise RecordError("name", "is empty")
    try:
        at = context.clock.read(row.fields.get("at"), row.tally)
    except ValueError as error:
        raise RecordError("at", str(error)) from None
    pairs = [(kind, row.fields.get(kind.value)) for kind in IdentifierKind]
    extra = context.options.identifier_fields
    pairs += [(extra[name], value) for name, value in row.rest.items() if name in extra]
    data = {
        "source": "csv",
        "source_id": short(row.fields.get("event_id"), 256) or _made_up_id(row),
        "name": canonical_name(raw),
        "raw_name": raw[:256],
        "at": at,
        "identifiers": identifiers(pairs, row.tally),
        "brand": short(row.fields.get("brand"), 128),
        "properties": {**_properties(row), **row.rest},
    }
    return event(where, data, row.tally, context)


def _made_up_id(row: Row) -> str:
    """Derive an id from what the row says, so that the same row is the same event."""
    said = sorted({**row.fields, **row.rest}.items())
    return stable_id("row", *(part for pair in said for part in pair))


def _properties(row: Row) -> dict[str, Any]:
    text = row.fields.get("properties")
    if text is None:
        return {}
    try:
        found = scrub(orjson.loads(text))
    except orjson.JSONDecodeError:
        raise RecordError("properties", "is no JSON object") from None
    if not isinstance(found, dict):
        raise RecordError("properties", "is no JSON object")
    return found


FORMAT = Format("csv_events", "CSV of events", _recognises, _read)
