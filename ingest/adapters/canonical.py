"""Canonical records: our own `Conversation` and `Event` as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.conversation import Channel, Role
from ingest.build import RecordError, attempt, conversation, event
from ingest.clean.message import mark_mail
from ingest.context import Context
from ingest.files import SourceFile
from ingest.format import Format
from ingest.head import Head
from ingest.jsons import nodes
from ingest.names import canonical_name
from ingest.outcome import Cleaned, Outcome, Rejection, Tally

PAGES = ("conversations", "events")


def _recognises(head: Head) -> bool:
    fronts = ("", "conversations.item.", "events.item.")
    return any(head.has(f"{f}source", f"{f}source_id") for f in fronts)


def _read(files: Sequence[SourceFile], context: Context) -> Iterator[Outcome]:
    for file in files:
        for node in nodes(file, PAGES):
            if isinstance(node, Rejection):
                yield node
            elif node.page != "*":
                yield record(node.value, node.where, context)


def record(value: object, where: str, context: Context) -> Outcome:
    """Read one canonical record, as a line of a file or the body of a request holds it.

    ``"type"``, ``conversation`` or ``event``, may be left out. Times without zone are read
    in the zone of the options, turns are put in order. A mail's turns that bring no
    ``parts`` are searched for quotations and signatures; those that do are taken as they are.

    Parameters
    ----------
    value : object
        The JSON value.
    where : str
        Place of the record, for the report.
    context : Context
        The import.
    """
    return attempt(where, "a canonical record", _record, value, where, context)


def _record(value: object, where: str, context: Context) -> Outcome:
    if not isinstance(value, dict):
        raise RecordError(None, "a record is a JSON object")
    data = dict(value)
    kind = data.pop("type", "event" if "name" in data else "conversation")
    if "source" not in data and context.options.source is None:
        raise RecordError("source", "is missing")
    data.setdefault("source", context.options.source)
    tally = Tally()
    if kind == "event":
        return event(where, _event(data, context, tally), tally, context)
    if kind == "conversation":
        return conversation(where, _conversation(data, context, tally), tally, context)
    raise RecordError("type", "is conversation or event")


def _event(data: dict[str, Any], context: Context, tally: Tally) -> dict[str, Any]:
    _read_times(data, ("at",), context, tally)
    name = data.get("name")
    if isinstance(name, str) and name.strip():
        data["name"] = canonical_name(name)
        if data["name"] != name:
            data.setdefault("raw_name", name[:256])
    return data


def _conversation(data: dict[str, Any], context: Context, tally: Tally) -> dict[str, Any]:
    _read_times(data, ("started_at", "ended_at"), context, tally)
    for field in ("turns", "status_history", "handovers", "ratings"):
        data[field] = _rows(data.get(field), field, context, tally)
    mail = data.get("channel") in (Channel.EMAIL, Channel.FORM)
    for turn in data["turns"]:
        _mark(turn, tally, mail=mail)
    return data


def _rows(value: object, field: str, context: Context, tally: Tally) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise RecordError(field, "is a list of objects")
    rows = [dict(row) for row in value]
    for row in rows:
        _read_times(row, ("at",), context, tally, f"{field}.")
    return rows


def _read_times(
    data: dict[str, Any], names: Sequence[str], context: Context, tally: Tally, front: str = ""
) -> None:
    for name in names:
        if data.get(name) is not None:
            try:
                data[name] = context.clock.read(data[name], tally)
            except ValueError as error:
                raise RecordError(f"{front}{name}", str(error)) from None


def _mark(turn: dict[str, Any], tally: Tally, *, mail: bool) -> None:
    text = turn.get("text")
    if not isinstance(text, str):
        return
    if not text.strip():
        tally[Cleaned.EMPTY_TURN] += 1
    if turn.get("visibility") == "internal":
        tally[Cleaned.INTERNAL_NOTE] += 1
    written = mail and turn.get("role") in (Role.CUSTOMER, Role.AGENT)
    if written and "parts" not in turn and len(text) <= 1_000_000:
        turn["parts"] = mark_mail(text)
    for part in turn.get("parts") or ():
        kind = part.get("kind") if isinstance(part, Mapping) else part.kind
        if kind in {k.value for k in Cleaned}:
            tally[str(kind)] += 1


FORMAT = Format("canonical", "canonical JSON lines", _recognises, _read)
