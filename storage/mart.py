"""Contacts, steps and journeys as flat Arrow batches for analysis: no text, bounded memory.

Read by keyset, a page at a time, in one reading transaction, so that the tables agree with each
other. What a row needs from other tables is fetched for the page (``storage.mart_facts``).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from pydantic import Field
from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.base import Record, UtcDatetime
from domain.conversation import Channel, Status
from domain.journey import EntryKind
from domain.outcome import OutcomeKind
from storage import mart_facts
from storage.tables import ConversationRow, JoinRow, JourneyRow

PAGE = 2_000
"""Contacts or journeys that are read at a time."""
NAMED = {
    OutcomeKind.REPEAT_CONTACT: "repeat",
    OutcomeKind.REOPENED: "reopened",
    OutcomeKind.ESCALATED: "escalated",
    OutcomeKind.RESOLVED: "resolved",
}
"""Outcomes that have a column of their own, and its name."""
_C, _J = ConversationRow, JourneyRow

Values = dict[str, Any]


class Wanted(Record):
    """Which contacts and journeys are loaded; ``None`` narrows nothing.

    A contact is in by its own start, brand and channel. A journey is in by its opening and its
    brand, and where it touched the channel; its steps come whole, never cut.
    """

    since: UtcDatetime | None = None
    until: UtcDatetime | None = None
    """The first moment that no longer counts."""
    brand: str | None = None
    channel: Channel | None = None
    window_hours: float = 168.0
    """Of repeat contact."""
    moods: frozenset[str] = frozenset()
    """Intents that are the need only where there is no other."""
    names: Mapping[str, str] = Field(default_factory=dict)
    """Of events: name as it is kept to the canonical one that a person confirmed."""

    def name_of(self, name: str) -> str:
        """Give an event's canonical name."""
        return self.names.get(name, name)


def contacts(session: Session, wanted: Wanted, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Read contacts in order of time; columns as ``journey.mart.CONTACTS`` tells them."""
    columns = (_C.id, _C.channel, _C.brand, _C.started_at, _C.ended_at, _C.last_at)
    conditions = inside(_C.started_at, _C.brand, wanted)
    if wanted.channel is not None:
        conditions.append(_C.channel == wanted.channel)
    lists = (_C.status_history, _C.handovers, _C.ratings)
    for page in pages(session, (*columns, *lists), _C.started_at, _C.id, conditions):
        ids = [row.id for row in page]
        facts = mart_facts.of_contacts(session, ids, wanted.moods)
        came = mart_facts.outcomes(session, ids, wanted.window_hours)
        rows = [_contact(r) | facts[r.id] | _named(came.get(r.id, {})) for r in page]
        yield batch(rows, schema)


def journeys(session: Session, wanted: Wanted, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Read journeys in the order they opened; columns as ``journey.mart.JOURNEYS`` tells them."""
    columns = (
        _J.id,
        _J.identity_id,
        _J.brand,
        _J.main_intent,
        _J.opened_at,
        _J.closed_at,
        _J.contacts,
        _J.effort,
        _J.record["identity_level"].as_string().label("identity_level"),
        _J.record["channels"].label("channels"),
        _J.record["effort"].label("effort_record"),
    )
    for page in pages(session, columns, _J.opened_at, _J.id, _of_journeys(wanted)):
        came = mart_facts.outcomes(session, [row.id for row in page], wanted.window_hours)
        yield batch([_journey(row, came.get(row.id, {})) for row in page], schema)


def steps(session: Session, wanted: Wanted, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Read what happened in journeys; columns as ``journey.mart.STEPS`` tells them.

    A repeat contact stands once, by the window that is wanted.
    """
    columns = (_J.id, _J.opened_at, _J.record["timeline"].label("timeline"))
    for page in pages(session, columns, _J.opened_at, _J.id, _of_journeys(wanted)):
        yield batch([step for row in page for step in _steps(row, wanted)], schema)


def pages(
    session: Session,
    columns: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
    moment: InstrumentedAttribute[datetime],
    key: InstrumentedAttribute[str],
    conditions: Sequence[ColumnElement[bool]],
) -> Iterator[Sequence[Row[Any]]]:
    """Walk a table by time and id."""
    query = select(*columns).where(*conditions).order_by(moment, key).limit(PAGE)
    page = session.execute(query).all()
    while page:
        yield page
        at, id_ = getattr(page[-1], moment.key), getattr(page[-1], key.key)
        beyond = or_(moment > at, and_(moment == at, key > id_))
        page = session.execute(query.where(moment >= at, beyond)).all()


def inside(
    moment: InstrumentedAttribute[datetime],
    brand: InstrumentedAttribute[str | None],
    wanted: Wanted,
) -> list[ColumnElement[bool]]:
    """Say that a row lies in the period and belongs to the brand."""
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(moment >= wanted.since)
    if wanted.until is not None:
        found.append(moment < wanted.until)
    if wanted.brand is not None:
        found.append(brand == wanted.brand)
    return found


def _of_journeys(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = inside(_J.opened_at, _J.brand, wanted)
    if wanted.channel is not None:
        there = select(JoinRow.issue_id).join(_C, _C.id == JoinRow.conversation_id)
        there = there.where(JoinRow.issue_id == _J.issue_id, _C.channel == wanted.channel)
        found.append(there.exists())
    return found


def _contact(row: Row[Any]) -> Values:
    ratings = sorted(row.ratings, key=lambda rating: str(rating["at"]))
    return {
        "contact_id": row.id,
        "brand": row.brand,
        "channel": row.channel,
        "started_at": row.started_at,
        "ended_at": _ended_at(row),
        "handovers": len(row.handovers),
        "rating": ratings[-1]["score"] if ratings else None,
    }


def _ended_at(row: Row[Any]) -> datetime | None:
    settled = None
    for change in row.status_history:
        done = Status(change["status"]).done
        settled = (settled or datetime.fromisoformat(change["at"])) if done else None
    if settled is not None:
        return settled
    still_open = row.status_history and row.channel != Channel.CALL
    return None if still_open else row.ended_at or row.last_at


def _journey(row: Row[Any], outcomes: Mapping[OutcomeKind, str]) -> Values:
    return {
        "journey_id": row.id,
        "identity_id": row.identity_id,
        "identity_level": row.identity_level,
        "brand": row.brand,
        "need": row.main_intent,
        "first_channel": next(iter(row.channels), None),
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "contacts": row.contacts,
        "effort": row.effort,
        "seconds_to_resolution": row.effort_record["seconds_to_resolution"],
        "ending": _ending(outcomes),
        **_named(outcomes),
    }


def _named(outcomes: Mapping[OutcomeKind, str]) -> Values:
    return {name: outcomes.get(kind) for kind, name in NAMED.items()}


def _ending(outcomes: Mapping[OutcomeKind, str]) -> str:
    for kind, name in ((OutcomeKind.RESOLVED, "resolved"), (OutcomeKind.ABANDONED, "abandoned")):
        if outcomes.get(kind) == "yes":
            return name
    return "unresolved" if outcomes.get(OutcomeKind.RESOLVED) == "no" else "open"


def _steps(row: Row[Any], wanted: Wanted) -> Iterator[Values]:
    place = 0
    for entry in row.timeline:
        kind, name, subject = EntryKind(entry["kind"]), entry["name"], entry["subject_id"]
        hours = entry["details"].get("window_hours") if kind is EntryKind.OUTCOME else None
        if kind is EntryKind.TURN or hours not in (None, wanted.window_hours):
            continue
        yield {
            "case_id": row.id,
            "activity": _activity(kind, wanted.name_of(name) if kind is EntryKind.EVENT else name),
            "at": datetime.fromisoformat(entry["at"]),
            "row": place,
            "channel": entry["channel"],
            "contact_id": subject if subject.startswith("cnv_") else None,
            "kind": kind.value,
        }
        place += 1


def _activity(kind: EntryKind, name: str) -> str:
    if kind is EntryKind.RATING:
        return "rating"
    return str(name) if kind is EntryKind.EVENT else f"{kind}:{name}"


def batch(rows: Sequence[Values], schema: pa.Schema) -> pa.RecordBatch:
    """Write rows as Arrow; times lose their zone, which is UTC."""
    columns = [pa.array([_plain(row[f.name]) for row in rows], f.type) for f in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _plain(value: Any) -> Any:  # noqa: ANN401
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
