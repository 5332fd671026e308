"""Segment calls as JSON lines: track, identify, page, screen, group and alias."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from domain.identity import Identifier, IdentifierKind
from ingest.build import RecordError, attempt, event
from ingest.context import Context
from ingest.fields import identifier_pairs, identifiers, mapping, short, text
from ingest.files import SourceFile
from ingest.format import Format
from ingest.head import Head
from ingest.jsons import nodes
from ingest.names import canonical_name
from ingest.outcome import Outcome, Rejection, Repair, Tally

CALLS = frozenset({"track", "identify", "page", "screen", "group", "alias"})
PAGES = ("batch",)


def _recognises(head: Head) -> bool:
    fronts = ("", "batch.item.")
    ids = ("userId", "anonymousId", "previousId")
    return any(head.has(f"{f}type", f"{f}{i}") for f in fronts for i in ids) and any(
        head.has_any(f"{f}messageId", f"{f}event", f"{f}traits") for f in fronts
    )


def _read(files: Sequence[SourceFile], context: Context) -> Iterator[Outcome]:
    for file in files:
        for node in nodes(file, PAGES):
            if isinstance(node, Rejection):
                yield node
            elif node.page != "*":
                yield attempt(
                    node.where,
                    "a Segment call",
                    _call,
                    node.value,
                    node.where,
                    context,
                )


def _call(value: object, where: str, context: Context) -> Outcome:
    call = mapping(value)
    kind = call.get("type")
    if kind not in CALLS:
        raise RecordError("type", "is track, identify, page, screen, group or alias")
    message = short(call.get("messageId"), 256)
    if message is None:
        raise RecordError(
            "messageId", "is missing; without it the call cannot be told from its repeats"
        )
    raw = text(call.get("event")) if kind == "track" else str(kind)
    if raw is None:
        raise RecordError("event", "is missing")
    tally = Tally()
    properties = mapping(call.get("properties")) or mapping(call.get("traits"))
    if kind in ("page", "screen") and text(call.get("name")):
        properties = {**properties, "name": text(call.get("name"))}
    data = {
        "source": "segment",
        "source_id": message,
        "name": canonical_name(raw),
        "raw_name": raw[:256],
        "at": _time(call, context, tally),
        "identifiers": _who(call, context, tally),
        "brand": short(properties.get("brand"), 128),
        "properties": properties,
    }
    return event(where, data, tally, context)


def _who(call: dict[str, Any], context: Context, tally: Tally) -> tuple[Identifier, ...]:
    """Collect who it was. ``previousId`` is kept as anonymous: only an alias call links it."""
    inside = mapping(call.get("context"))
    pairs: list[tuple[IdentifierKind, object]] = [
        (IdentifierKind.ACCOUNT, call.get("userId")),
        (IdentifierKind.ANONYMOUS, call.get("anonymousId")),
        (IdentifierKind.DEVICE, mapping(inside.get("device")).get("id")),
    ]
    if call["type"] == "alias":
        pairs.append((IdentifierKind.ANONYMOUS, call.get("previousId")))
    if call["type"] == "group":
        pairs.append((IdentifierKind.ACCOUNT, call.get("groupId")))
    for traits in (call.get("traits"), inside.get("traits")):
        pairs += identifier_pairs(mapping(traits), context.options.identifier_fields)
    return identifiers(pairs, tally)


def _time(call: dict[str, Any], context: Context, tally: Tally) -> datetime:
    """Tell when it happened, with the client's clock set right.

    ``timestamp`` is already set right by Segment. Without it, the moment is ``receivedAt``
    less the time between ``originalTimestamp`` and ``sentAt``, which one clock measured.
    """
    read = context.clock.read
    if text(call.get("timestamp")):
        return read(call["timestamp"], tally)
    original, sent, received = (
        text(call.get(name)) for name in ("originalTimestamp", "sentAt", "receivedAt")
    )
    if original and sent and received:
        tally[Repair.SKEW] += 1
        return read(received, tally) - (read(sent, tally) - read(original, tally))
    found = original or received or sent
    if found is None:
        raise RecordError("timestamp", "is missing")
    return read(found, tally)


FORMAT = Format("segment", "Segment calls", _recognises, _read)
