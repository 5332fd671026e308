"""CloudEvents 1.0 (CNCF): structured, as a batch, or one a line."""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from domain.base import stable_id
from domain.identity import IdentifierKind
from ingest.build import RecordError, attempt, event
from ingest.context import Context
from ingest.fields import identifier_pairs, identifiers, mapping, short, text
from ingest.files import SourceFile
from ingest.format import Format
from ingest.head import Head
from ingest.jsons import nodes, parse
from ingest.names import canonical_name
from ingest.outcome import Outcome, Rejection, Tally

MAX_ID = 256


def _recognises(head: Head) -> bool:
    return head.has("specversion")


def _read(files: Sequence[SourceFile], context: Context) -> Iterator[Outcome]:
    for file in files:
        for node in nodes(file):
            if isinstance(node, Rejection):
                yield node
            else:
                yield attempt(
                    node.where,
                    "a CloudEvent",
                    _one,
                    node.value,
                    node.where,
                    context,
                )


def _one(value: object, where: str, context: Context) -> Outcome:
    envelope = mapping(value)
    for name in ("id", "source", "type"):
        if text(envelope.get(name)) is None:
            raise RecordError(name, "is missing")
    if not str(envelope.get("specversion", "")).startswith("1."):
        raise RecordError("specversion", "is 1.0")
    if text(envelope.get("time")) is None:
        raise RecordError("time", "is missing; an event without a time has no place in a journey")
    tally = Tally()
    properties = _data(envelope)
    data = {
        "source": "cloudevents",
        "source_id": _key(str(envelope["source"]), str(envelope["id"])),
        "name": canonical_name(str(envelope["type"])),
        "raw_name": str(envelope["type"])[:256],
        "at": context.clock.read(envelope["time"], tally),
        "identifiers": identifiers(_who(envelope, properties, context), tally),
        "brand": short(properties.get("brand"), 128),
        "properties": properties,
    }
    return event(where, data, tally, context)


def _key(source: str, identity: str) -> str:
    """Give the key of an event, which is source and id together (CloudEvents 1.0, 3.1.1)."""
    key = f"{source} {identity}"
    return key if len(key) <= MAX_ID else stable_id("cev", source, identity)


def _data(envelope: dict[str, Any]) -> dict[str, Any]:
    data = envelope.get("data")
    if data is None and isinstance(envelope.get("data_base64"), str):
        try:
            data = parse(base64.b64decode(envelope["data_base64"], validate=True))
        except ValueError:
            raise RecordError("data_base64", "is not JSON in base64") from None
    if isinstance(data, dict):
        return data
    return {} if data is None else {"data": data}


def _who(
    envelope: dict[str, Any], properties: dict[str, Any], context: Context
) -> list[tuple[IdentifierKind, object]]:
    """Take identifiers out of the data, and out of a subject written ``kind:value``."""
    pairs = identifier_pairs(properties, context.options.identifier_fields)
    for nested in ("user", "customer", "traits"):
        inner = mapping(properties.get(nested))
        pairs += identifier_pairs(inner, context.options.identifier_fields)
    pairs = [(kind, value) for kind, value in pairs if not isinstance(value, dict)]
    kind, _, value = (text(envelope.get("subject")) or "").partition(":")
    if value and kind in set(IdentifierKind):
        pairs.append((IdentifierKind(kind), value))
    return pairs


FORMAT = Format("cloudevents", "CloudEvents", _recognises, _read)
