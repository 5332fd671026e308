"""Finding conversations and journeys: filters, and pages that stay right while rows come in."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.base import Record, UtcDatetime
from domain.conversation import Channel, Role, Status
from domain.outcome import OutcomeKind, OutcomeState
from domain.signal import SignalKind, SubjectKind
from storage import redirects, theme_assignments
from storage.tables import ConversationRow, JourneyRow, OutcomeRow, SignalRow

Position = tuple[str, str]
"""Where a page ended: ISO 8601 moment and id of its last row."""


class SignalFilter(Record):
    """Subjects that carry a signal that counts."""

    kind: SignalKind
    label: str
    subject_kind: SubjectKind = SubjectKind.CONVERSATION
    role: Role | None = None
    """None takes signals of any role."""
    abstained: bool = False
    """Whether labels that the machine is unsure of count too."""


class OutcomeFilter(Record):
    """Subjects with an outcome."""

    kind: OutcomeKind
    state: OutcomeState = OutcomeState.YES
    window_hours: float | None = None
    """None takes any window."""


class ConversationFilter(Record):
    """Which conversations to list; what is None does not matter."""

    source: str | None = None
    channel: Channel | None = None
    brand: str | None = None
    status: Status | None = None
    started_from: UtcDatetime | None = None
    """The first moment that counts."""
    started_before: UtcDatetime | None = None
    """The first moment that no longer counts."""
    signal: SignalFilter | None = None
    outcome: OutcomeFilter | None = None


class JourneyFilter(Record):
    """Which journeys to list; what is None does not matter."""

    identity_id: str | None = None
    intent: str | None = None
    brand: str | None = None
    outcome: OutcomeFilter | None = None
    min_effort: float | None = None
    closed: bool | None = None
    opened_from: UtcDatetime | None = None
    opened_before: UtcDatetime | None = None


class Page(Record):
    """Ids of one page, the newest first."""

    ids: tuple[str, ...]
    next: Position | None
    """Give it as ``after`` to get the next page; None on the last one."""


def conversation_page(
    session: Session, wanted: ConversationFilter, limit: int, after: Sequence[str] | None = None
) -> Page:
    """List conversations, the last started first.

    Raises
    ------
    ValueError
        If ``after`` is no position of a page.
    """
    query = select(ConversationRow.started_at, ConversationRow.id).where(
        *conversation_conditions(wanted)
    )
    columns = ConversationRow.started_at, ConversationRow.id
    return _page(session, query, columns, limit, after)


def journey_page(
    session: Session, wanted: JourneyFilter, limit: int, after: Sequence[str] | None = None
) -> Page:
    """List journeys, the last opened first.

    Raises
    ------
    ValueError
        If ``after`` is no position of a page.
    """
    query = select(JourneyRow.opened_at, JourneyRow.id).where(*_journey_conditions(session, wanted))
    return _page(session, query, (JourneyRow.opened_at, JourneyRow.id), limit, after)


def conversation_conditions(wanted: ConversationFilter) -> list[ColumnElement[bool]]:
    """Write a filter as conditions on the table of conversations."""
    row = ConversationRow
    conditions = _equal(
        (row.source, wanted.source),
        (row.channel, wanted.channel),
        (row.brand, wanted.brand),
        (row.status, wanted.status),
    )
    conditions += _between(row.started_at, wanted.started_from, wanted.started_before)
    if wanted.signal is not None:
        conditions.append(_carries(wanted.signal))
    if wanted.outcome is not None:
        mine = OutcomeRow.conversation_id == row.id
        conditions.append(exists().where(mine, *_outcome(wanted.outcome)))
    return conditions


def _carries(wanted: SignalFilter) -> ColumnElement[bool]:
    if wanted.kind is SignalKind.THEME:
        return theme_assignments.carries(wanted.label)
    return exists().where(SignalRow.conversation_id == ConversationRow.id, *_signal(wanted))


def _journey_conditions(session: Session, wanted: JourneyFilter) -> list[ColumnElement[bool]]:
    row = JourneyRow
    identity = wanted.identity_id and redirects.resolve(session, wanted.identity_id)
    conditions = _equal(
        (row.identity_id, identity), (row.main_intent, wanted.intent), (row.brand, wanted.brand)
    )
    conditions += _between(row.opened_at, wanted.opened_from, wanted.opened_before)
    if wanted.min_effort is not None:
        conditions.append(row.effort >= wanted.min_effort)
    if wanted.closed is not None:
        conditions.append(row.closed_at.is_not(None) if wanted.closed else row.closed_at.is_(None))
    if wanted.outcome is not None:
        mine = OutcomeRow.journey_id == row.id
        conditions.append(exists().where(mine, *_outcome(wanted.outcome)))
    return conditions


def _signal(wanted: SignalFilter) -> list[ColumnElement[bool]]:
    conditions = _equal(
        (SignalRow.kind, wanted.kind),
        (SignalRow.label, wanted.label),
        (SignalRow.subject_kind, wanted.subject_kind),
        (SignalRow.role, wanted.role),
    )
    conditions.append(SignalRow.effective.is_(True))
    return conditions if wanted.abstained else [*conditions, SignalRow.abstained.is_(False)]


def _outcome(wanted: OutcomeFilter) -> list[ColumnElement[bool]]:
    return _equal(
        (OutcomeRow.kind, wanted.kind),
        (OutcomeRow.state, wanted.state),
        (OutcomeRow.window_hours, wanted.window_hours),
    )


def _equal(*pairs: tuple[InstrumentedAttribute[Any], object]) -> list[ColumnElement[bool]]:
    return [column == value for column, value in pairs if value is not None]


def _between(
    column: InstrumentedAttribute[datetime], first: datetime | None, before: datetime | None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if first is not None:
        conditions.append(column >= first)
    if before is not None:
        conditions.append(column < before)
    return conditions


def _page(
    session: Session,
    query: Select[datetime, str],
    columns: tuple[InstrumentedAttribute[datetime], InstrumentedAttribute[str]],
    limit: int,
    after: Sequence[str] | None,
) -> Page:
    at, id_ = columns
    if after is not None:
        moment, last = _position(after)
        # One comparison of two: an index goes straight to the place, as it does not with OR.
        query = query.where(tuple_(at, id_) < tuple_(literal(moment, at.type), literal(last)))
    rows = session.execute(query.order_by(at.desc(), id_.desc()).limit(limit + 1)).all()
    return Page(ids=_ids(rows[:limit]), next=_end(rows[:limit]) if len(rows) > limit else None)


def _ids(rows: Iterable[tuple[datetime, str]]) -> tuple[str, ...]:
    return tuple(id_ for _, id_ in rows)


def _end(rows: Sequence[tuple[datetime, str]]) -> Position:
    at, id_ = rows[-1]
    return at.isoformat(), id_


def _position(after: Sequence[str]) -> tuple[datetime, str]:
    if len(after) != 2:
        raise ValueError("a position is a moment and an id")
    moment = datetime.fromisoformat(after[0])
    if moment.tzinfo is None:
        raise ValueError("a position's moment has a time zone")
    return moment, after[1]
