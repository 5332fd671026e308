"""Contacts, steps and journeys as flat Arrow batches for analysis: no text, bounded memory.

Read by keyset, a page at a time, in one reading transaction, so that the tables agree with each
other; or only some rows, by their ids. What a row needs from other tables is fetched for the page
(``storage.mart_facts``).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.conversation import Channel, Status
from domain.journey import EntryKind
from domain.outcome import OutcomeKind, ending
from storage import mart_facts
from storage.statements import among, chunks
from storage.tables import Base, ConversationRow, JourneyRow, OutcomeRow

PAGE = 2_000
"""Contacts or journeys that are read at a time."""
LARGE = 1_000_000
"""Rows, from which on they are not counted: a statement of the API has seconds only."""
NAMED = {
    OutcomeKind.REOPENED: "reopened",
    OutcomeKind.ESCALATED: "escalated",
    OutcomeKind.RESOLVED: "resolved",
}
"""Outcomes that have a column of their own, and its name; repeat contact has one a window."""
_C, _J, _O = ConversationRow, JourneyRow, OutcomeRow

Values = dict[str, Any]
Ids = Sequence[str] | None
"""What is read; None for everything."""


def size(session: Session, row: type[Base]) -> int:
    """Give how many rows a table has; the server's estimate where counting would take long."""
    if session.get_bind().dialect.name == "postgresql":
        # What the planner expects goes by the size of the file, also where none was analysed yet.
        ask = f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {row.__tablename__}"  # noqa: S608 - our names
        told = session.scalar(text(ask))
        estimate = int(told[0]["Plan"]["Plan Rows"])
        if estimate >= LARGE:
            return estimate
    return session.scalar(select(func.count()).select_from(row)) or 0


def contacts(
    session: Session, schema: pa.Schema, ids: Ids, moods: frozenset[str]
) -> Iterator[pa.RecordBatch]:
    """Read contacts, in order of time; columns as ``journey.mart.KEPT`` tells them.

    Parameters
    ----------
    moods : frozenset of str
        Intents that are the need only where there is no other.
    """
    columns = (_C.id, _C.channel, _C.brand, _C.started_at, _C.ended_at, _C.last_at)
    lists = (_C.status_history, _C.handovers, _C.ratings)
    for page in pages(session, (*columns, *lists), _C.started_at, _C.id, ids):
        there = [row.id for row in page]
        facts = mart_facts.of_contacts(session, there, moods)
        came = mart_facts.outcomes(session, there)
        rows = [_contact(r) | facts[r.id] | _named(came.get(r.id, {})) for r in page]
        yield batch(rows, schema)


def journeys(session: Session, schema: pa.Schema, ids: Ids) -> Iterator[pa.RecordBatch]:
    """Read journeys, in the order they opened; columns as ``journey.mart.KEPT`` tells them."""
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
    for page in pages(session, columns, _J.opened_at, _J.id, ids):
        came = mart_facts.outcomes(session, [row.id for row in page])
        yield batch([_journey(row, came.get(row.id, {})) for row in page], schema)


def steps(session: Session, schema: pa.Schema, ids: Ids) -> Iterator[pa.RecordBatch]:
    """Read what happened in journeys; columns as ``journey.mart.KEPT`` tells them.

    A repeat contact stands there once for each window; events as their source calls them.
    """
    columns = (_J.id, _J.opened_at, _J.record["timeline"].label("timeline"))
    for page in pages(session, columns, _J.opened_at, _J.id, ids):
        yield batch([step for row in page for step in _steps(row)], schema)


def repeats(session: Session, schema: pa.Schema, ids: Ids) -> Iterator[pa.RecordBatch]:
    """Read which contacts and journeys were followed by a repeat contact, by window."""
    for owner in (_O.conversation_id, _O.journey_id):
        query = select(owner.label("subject_id"), _O.window_hours, _O.state)
        query = query.where(_O.kind == OutcomeKind.REPEAT_CONTACT, _O.window_hours.is_not(None))
        yield from streamed(session, query, owner, schema, ids)


def streamed(
    session: Session,
    query: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[Any],
    schema: pa.Schema,
    ids: Ids,
) -> Iterator[pa.RecordBatch]:
    """Read the rows of a query, or those with some keys."""
    queries = [query.where(key.is_not(None))]
    if ids is not None:
        queries = [query.where(among(session, key, chunk)) for chunk in chunks(ids)]
    for one in queries:
        found = session.execute(one.execution_options(yield_per=10 * PAGE))
        for part in found.mappings().partitions():
            yield batch([dict(row) for row in part], schema)


def pages(
    session: Session,
    columns: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
    moment: InstrumentedAttribute[datetime],
    key: InstrumentedAttribute[str],
    ids: Ids,
) -> Iterator[Sequence[Row[Any]]]:
    """Walk a table by time and id, or take the rows with some ids."""
    query = select(*columns).order_by(moment, key)
    if ids is not None:
        for chunk in chunks(ids, PAGE):
            if page := session.execute(query.where(among(session, key, chunk))).all():
                yield page
        return
    query = query.limit(PAGE)
    page = session.execute(query).all()
    while page:
        yield page
        at, id_ = getattr(page[-1], moment.key), getattr(page[-1], key.key)
        beyond = or_(moment > at, and_(moment == at, key > id_))
        page = session.execute(query.where(moment >= at, beyond)).all()


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
        "channels": row.channels,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "contacts": row.contacts,
        "effort": row.effort,
        "seconds_to_resolution": row.effort_record["seconds_to_resolution"],
        "ending": ending(outcomes),
        **_named(outcomes),
    }


def _named(outcomes: Mapping[OutcomeKind, str]) -> Values:
    return {name: outcomes.get(kind) for kind, name in NAMED.items()}


def _steps(row: Row[Any]) -> Iterator[Values]:
    told = (entry for entry in row.timeline if entry["kind"] != EntryKind.TURN)
    for place, entry in enumerate(told):
        kind, subject = EntryKind(entry["kind"]), entry["subject_id"]
        yield {
            "case_id": row.id,
            "activity": _activity(kind, entry["name"]),
            "at": datetime.fromisoformat(entry["at"]),
            "row": place,
            "channel": entry["channel"],
            "contact_id": subject if subject.startswith("cnv_") else None,
            "kind": kind.value,
            "window_hours": entry["details"].get("window_hours"),
        }


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
