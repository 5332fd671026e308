"""The contacts behind each number of a theme report, and what they said, redacted."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    and_,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from domain.base import Record
from domain.outcome import OutcomeState
from domain.theme import AssignmentState
from domain.theme_figures import SHARES, Behind, Measure, Opening, Said, Scope, Standing
from storage import theme_assignments, themes
from storage.search import Position
from storage.statements import chunks
from storage.tables import ConversationRow, JoinRow, JourneyRow
from storage.theme_contacts import belongs, inside, outcome, sentiment, standing
from storage.theme_statements import quotes


class Opened(Record):
    """One page of contacts, the latest first."""

    contacts: tuple[Behind, ...]
    next: Position | None
    """Give it as ``after`` to get the next page; None on the last one."""


def opened(
    session: Session, ask: Opening, limit: int, after: Sequence[str] | None = None
) -> Opened:
    """List the contacts behind a number.

    Parameters
    ----------
    limit : int
        Contacts of a page, at most.
    after : sequence of str, optional
        Where the page before ended.
    """
    row = ConversationRow
    conditions = [*inside(ask.scope), *_narrowed(session, ask)]
    if after is not None:
        moment = datetime.fromisoformat(after[0])
        place = tuple_(literal(moment, row.started_at.type), literal(after[1]))
        conditions.append(tuple_(row.started_at, row.id) < place)
    query = select(row.id, row.started_at).where(*conditions)
    query = query.order_by(row.started_at.desc(), row.id.desc()).limit(limit + 1)
    found = session.execute(query).all()
    told = behind(session, [id_ for id_, _ in found[:limit]], ask.scope)
    end = None
    if len(found) > limit:
        end = (found[limit - 1][1].isoformat(), found[limit - 1][0])
    return Opened(contacts=told, next=end)


def count(session: Session, ask: Opening) -> int:
    """Count the contacts behind a number."""
    conditions = [*inside(ask.scope), *_narrowed(session, ask)]
    query = select(func.count()).select_from(ConversationRow).where(*conditions)
    return session.scalar(query) or 0


def behind(session: Session, ids: Sequence[str], scope: Scope) -> tuple[Behind, ...]:
    """Tell of contacts what a report counts of them, in the order of the ids."""
    said = _said(session, ids)
    journeys = _journeys(session, ids)
    found = {}
    for row in _facts(session, ids, scope):
        mine = journeys.get(row["id"], [])
        found[row["id"]] = Behind(
            conversation_id=row["id"],
            journey_ids=tuple(id_ for id_, _ in mine),
            effort=max((effort for _, effort in mine), default=None),
            said=said.get(row["id"], ()),
            outcomes={m: OutcomeState(row[m]) for m in SHARES if row[m] is not None},
            **{name: row[name] for name in (*_PLAIN, "sentiment")},
        )
    return tuple(found[id_] for id_ in ids if id_ in found)


_PLAIN = ("started_at", "channel", "brand", "source", "language")


def _narrowed(session: Session, ask: Opening) -> Iterator[ColumnElement[bool]]:
    id_ = ConversationRow.id
    if ask.theme_id is not None:
        mine = _of_theme(session, ask, ask.theme_id)
        yield not_(mine) if ask.elsewhere else mine
    elif ask.standing is not None:
        yield standing(id_) == ask.standing
    if ask.measure in SHARES:
        states = [ask.state] if ask.state else [OutcomeState.YES, OutcomeState.NO]
        yield outcome(id_, ask.measure, ask.scope.window_hours).in_(states)
    if ask.measure is Measure.SENTIMENT:
        yield sentiment(id_).is_not(None)
    if ask.measure is Measure.EFFORT:
        yield _in_a_journey(id_)
    if ask.cut is not None:
        yield getattr(ConversationRow, ask.cut).is_not_distinct_from(ask.part)


def _of_theme(session: Session, ask: Opening, theme_id: str) -> ColumnElement[bool]:
    """Say that a contact has the theme; of journeys, that any contact of them in scope has."""
    id_ = ConversationRow.id
    if ask.standing is Standing.NEAR:
        near = belongs(id_, theme_id, AssignmentState.NEAR)
        return and_(near, not_(belongs(id_, theme_id)))
    ids = [theme_id]
    if ask.family:
        ids += [theme.id for theme in themes.children(session, theme_id)]
    if ask.elsewhere and ask.measure is Measure.EFFORT:
        return _journey_has(ask, ids)
    return or_(*(belongs(id_, one) for one in ids))


def _in_a_journey(id_: SQLColumnExpression[str]) -> ColumnElement[bool]:
    join = JoinRow.issue_id == JourneyRow.issue_id
    return exists().where(JoinRow.conversation_id == id_, join)


def _journey_has(ask: Opening, themes_: Iterable[str]) -> ColumnElement[bool]:
    mine, other = aliased(JoinRow), aliased(JoinRow)
    talk = ConversationRow.__table__.alias()
    period = ask.scope.period
    return exists().where(
        mine.conversation_id == ConversationRow.id,
        other.issue_id == mine.issue_id,
        talk.c.id == other.conversation_id,
        talk.c.started_at >= period.start,
        talk.c.started_at < period.end,
        or_(*(belongs(talk.c.id, one) for one in themes_)),
    )


def _facts(session: Session, ids: Sequence[str], scope: Scope) -> Iterator[Any]:
    row = ConversationRow
    columns = [getattr(row, name) for name in _PLAIN]
    states = [outcome(row.id, m, scope.window_hours).label(m) for m in SHARES]
    query = select(row.id, *columns, *states, sentiment(row.id).label("sentiment"))
    for chunk in chunks(ids):
        yield from session.execute(query.where(row.id.in_(chunk))).mappings()


def _journeys(session: Session, ids: Sequence[str]) -> dict[str, list[tuple[str, float]]]:
    query = (
        select(JoinRow.conversation_id, JourneyRow.id, JourneyRow.effort)
        .join(JourneyRow, JourneyRow.issue_id == JoinRow.issue_id)
        .order_by(JourneyRow.id)
    )
    found: dict[str, list[tuple[str, float]]] = {}
    for chunk in chunks(ids):
        for talk, journey, effort in session.execute(
            query.where(JoinRow.conversation_id.in_(chunk))
        ):
            found.setdefault(talk, []).append((journey, effort))
    return found


def _said(session: Session, ids: Sequence[str]) -> dict[str, tuple[Said, ...]]:
    given = theme_assignments.of_conversations(session, ids)
    words = quotes(session, (one.statement_id for rows in given.values() for one in rows))
    return {
        talk: tuple(
            Said(
                theme_id=one.theme_id,
                state=one.state,
                text=words[one.statement_id].text if one.statement_id in words else None,
            )
            for one in rows
        )
        for talk, rows in given.items()
    }
