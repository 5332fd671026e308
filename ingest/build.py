"""From what an adapter gathered to a checked record, or to a rejection that says why not."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, ParamSpec

from pydantic import ValidationError

from domain.conversation import Conversation, Role, Visibility
from domain.event import Event
from ingest.clean.message import Message
from ingest.context import Context
from ingest.outcome import Cleaned, Item, Outcome, Rejection, Repair, Tally

_P = ParamSpec("_P")
_SAFE = re.compile(r"[A-Za-z0-9_.\-]{1,40}")
_FAULTS = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
_REASONS = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this record",
    "string_type": "must be text",
    "string_pattern_mismatch": "has characters that are not allowed here",
}


class RecordError(ValueError):
    """A record cannot be taken; names the field and says why, without customer text."""

    def __init__(self, field: str | None, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def turn(
    role: Role,
    message: Message,
    tally: Tally,
    *,
    at: datetime | None = None,
    source_id: str | None = None,
    author: str | None = None,
    internal: bool = False,
) -> dict[str, Any]:
    """Put one turn together, unchecked; `conversation` checks them all."""
    if internal:
        tally[Cleaned.INTERNAL_NOTE] += 1
    return {
        "role": role,
        "text": message.text,
        "parts": message.parts,
        "at": at,
        "source_id": source_id,
        "author": author,
        "visibility": Visibility.INTERNAL if internal else Visibility.PUBLIC,
    }


def conversation(where: str, data: dict[str, Any], tally: Tally, context: Context) -> Outcome:
    """Check a conversation and put its turns in order of time.

    Parameters
    ----------
    where : str
        Place of the record, for reports.
    data : dict
        Fields of `Conversation`; turns as dictionaries.
    tally : Counter
        What was cleaned and repaired; turns out of order are added.
    context : Context
        The import.
    """
    options = context.options
    data["turns"] = in_order(data.get("turns") or [], tally)
    data["source"] = options.source or data["source"]
    data["brand"] = data.get("brand") or options.brand
    if tally[Repair.FUTURE]:
        data["metadata"] = {**data.get("metadata", {}), Repair.FUTURE.value: "true"}
    return checked(where, Conversation, data, tally)


def event(where: str, data: dict[str, Any], tally: Tally, context: Context) -> Outcome:
    """Check an event.

    Parameters
    ----------
    where : str
        Place of the record, for reports.
    data : dict
        Fields of `Event`.
    tally : Counter
        What was repaired.
    context : Context
        The import.
    """
    data["source"] = context.options.source or data["source"]
    data["brand"] = data.get("brand") or context.options.brand
    return checked(where, Event, data, tally)


def checked(
    where: str, model: type[Conversation] | type[Event], data: Mapping[str, Any], tally: Tally
) -> Outcome:
    """Make the record, or say which field is at fault and why."""
    try:
        record = model.model_validate(data)
    except ValidationError as error:
        return Rejection(where, *explain(error))
    return Item(record, where, {str(key): count for key, count in tally.items() if count})


def explain(error: ValidationError) -> tuple[str | None, str]:
    """Name the first field at fault and the reason, without the value that was found."""
    first = error.errors(include_input=False, include_url=False, include_context=True)[0]
    place = ".".join(s if _SAFE.fullmatch(s := str(step)) else "?" for step in first["loc"])
    limit = first.get("ctx", {}).get("max_length")
    if limit is not None:
        unit = "characters" if first["type"] == "string_too_long" else "entries"
        return place or None, f"has more than {limit:,} {unit}"
    return place or None, _REASONS.get(first["type"], first["msg"])


def attempt(
    where: str,
    what: str,
    make: Callable[_P, Outcome],
    *args: _P.args,
    **kwargs: _P.kwargs,
) -> Outcome:
    """Build one record; whatever shape it has, the next ones are read.

    Parameters
    ----------
    where : str
        Place of the record.
    what : str
        What it should be, such as ``a Zendesk ticket``.
    make : callable
        Builds the record from the arguments that follow.
    """
    try:
        return make(*args, **kwargs)
    except RecordError as error:
        return Rejection(where, error.field, error.reason)
    except _FAULTS as error:
        return Rejection(where, None, f"it has not the shape of {what} ({type(error).__name__})")


def in_order(turns: list[dict[str, Any]], tally: Tally) -> list[dict[str, Any]]:
    """Sort turns by time, stably; a turn without a time stays behind the one before it."""
    keys: list[tuple[float, float]] = []
    last = (float("-inf"), float("-inf"))
    for entry in turns:
        at, offset = entry.get("at"), entry.get("start_ms")
        if isinstance(at, datetime):
            last = (at.timestamp(), float(offset or 0))
        elif at is None and isinstance(offset, int | float):
            last = (0.0, float(offset))
        keys.append(last)
    order = sorted(range(len(turns)), key=keys.__getitem__)
    moved = sum(1 for left, right in pairwise(keys) if right < left)
    if moved:
        tally[Repair.ORDER] += moved
    return [turns[i] for i in order]
