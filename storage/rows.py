"""Records of the domain as rows of the tables, and back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from math import isfinite
from typing import Any, TypeVar

from domain.base import Record, stable_id
from domain.conversation import Conversation, Turn
from domain.event import Event
from domain.redaction import Redaction
from storage.tables import ConversationRow, EventRow, TurnRow

Row = dict[str, Any]
R = TypeVar("R", bound=Record)

WHERE = ("source", "source_id", "channel", "brand", "language")
PLAIN = (*WHERE, "started_at", "ended_at", "subject", "customer_name")
LISTS = ("identifiers", "status_history", "handovers", "ratings")
TURN = ("role", "text", "source_id", "at", "start_ms", "end_ms", "visibility", "author", "parts")
EVENT = ("source", "source_id", "name", "at", "raw_name", "brand", "identifiers", "properties")


def conversation_row(conversation: Conversation) -> Row:
    """Write a conversation, less its turns, as a row."""
    dumped = conversation.model_dump(mode="json", include={*LISTS, "metadata"})
    row = {name: getattr(conversation, name) for name in PLAIN}
    row |= {name: dumped[name] for name in LISTS}
    row |= {"source_metadata": dumped["metadata"], "id": conversation.id}
    return row | {"status": conversation.status, "last_at": conversation.last_moment()}


def conversation_of(row: ConversationRow, turns: Iterable[TurnRow]) -> Conversation:
    """Read a conversation back from its rows; the turns in order of their position."""
    fields = {name: getattr(row, name) for name in (*PLAIN, *LISTS)}
    texts = tuple(turn_of(turn) for turn in turns)
    return Conversation.model_validate({**fields, "metadata": row.source_metadata, "turns": texts})


def turn_rows(conversation: Conversation) -> list[Row]:
    """Write the turns of a conversation as rows, not yet read by a tagger."""
    owner = conversation.id
    return [
        {
            **{name: getattr(turn, name) for name in TURN},
            "id": conversation.turn_id(position),
            "conversation_id": owner,
            "position": position,
            "parts": [part.model_dump(mode="json") for part in turn.parts],
            "content_hash": turn_hash(turn),
            "redactions": None,
        }
        for position, turn in enumerate(conversation.turns)
    ]


def turn_of(row: TurnRow) -> Turn:
    """Read a turn back from its row."""
    return Turn.model_validate({name: getattr(row, name) for name in TURN})


def turn_hash(turn: Turn) -> str:
    """Name the content of a turn: its text and which parts of it are not analysed."""
    parts = [f"{part.kind}:{part.start}-{part.end}" for part in turn.parts]
    return stable_id("txt", turn.text, *parts)


def redactions_of(row: TurnRow) -> tuple[Redaction, ...] | None:
    """Read what is hidden in a turn; None where no tagger has read its text yet."""
    if row.redactions is None:
        return None
    return tuple(Redaction.model_validate(item) for item in row.redactions)


def event_row(event: Event, received_at: datetime) -> Row:
    """Write an event as a row."""
    dumped = event.model_dump(mode="json", include={"identifiers", "properties"})
    row = {name: getattr(event, name) for name in EVENT}
    return row | dumped | {"id": event.id, "received_at": received_at}


def event_of(row: EventRow) -> Event:
    """Read an event back from its row."""
    return Event.model_validate({name: getattr(row, name) for name in EVENT})


def storable(record: R) -> R:
    """Write a record with nothing in it that a database or JSON cannot hold.

    NUL characters and lone surrogates become U+FFFD, so that lengths stay the same;
    numbers that are not finite become null.
    """
    if isinstance(record, Event):
        record = record.model_copy(update={"properties": _clean(record.properties)})
    if "\\u0000" not in record.model_dump_json():
        return record
    return type(record).model_validate(_clean(record.model_dump(mode="json")))


def _clean(value: object) -> object:
    if isinstance(value, str):
        return "".join("\ufffd" if c == "\x00" or _lone(c) else c for c in value)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def _lone(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"
