"""Which statements and contacts a theme has, by the live model."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, exists, func, select, update
from sqlalchemy.orm import Session

from domain.base import Record
from domain.theme import AssignmentState
from storage.statements import chunks, upsert
from storage.tables import AssignmentRow, ConversationRow, StatementRow, ThemeModelRow
from storage.theme_models import ModelState, live_version


class Assigned(Record):
    """The theme of one statement."""

    statement_id: str
    conversation_id: str
    theme_id: str | None
    score: float
    state: AssignmentState
    by_person: bool = False


class ThemeCount(Record):
    """How much a theme has."""

    conversations: int
    """With a statement that is assigned to it."""
    statements: int
    near: int
    """Statements that lean to it; they stand in no share."""


COLUMNS = tuple(Assigned.model_fields)


def carries(theme_id: str) -> ColumnElement[bool]:
    """Say that a conversation has a theme: a condition on the table of conversations."""
    return exists().where(
        AssignmentRow.conversation_id == ConversationRow.id, *assigned_to(theme_id)
    )


def assigned_to(theme_id: str) -> tuple[ColumnElement[bool], ...]:
    """Give the conditions on assignments that belong to a theme now."""
    return (
        AssignmentRow.version == live_version(),
        AssignmentRow.theme_id == theme_id,
        AssignmentRow.state == AssignmentState.ASSIGNED,
    )


def counts(
    session: Session, first: datetime | None = None, before: datetime | None = None
) -> dict[str, ThemeCount]:
    """Count what each theme has, by its id, in conversations started in ``[first, before)``."""
    assigned = AssignmentRow.state == AssignmentState.ASSIGNED
    query = (
        select(
            AssignmentRow.theme_id,
            func.count(AssignmentRow.conversation_id.distinct()).filter(assigned),
            func.count().filter(assigned),
            func.count().filter(AssignmentRow.state == AssignmentState.NEAR),
        )
        .where(AssignmentRow.version == live_version(), AssignmentRow.theme_id.is_not(None))
        .group_by(AssignmentRow.theme_id)
    )
    return {
        str(theme): ThemeCount(conversations=talks, statements=said, near=near)
        for theme, talks, said, near in session.execute(_within(query, first, before))
    }


def contacts(
    session: Session, first: datetime | None = None, before: datetime | None = None
) -> Iterator[tuple[str, str, datetime]]:
    """Give theme, conversation and its start, each pair once, by start and id.

    Only assigned statements count. It streams: take all before the session ends.
    """
    query = (
        select(AssignmentRow.theme_id, ConversationRow.id, ConversationRow.started_at)
        .join(ConversationRow, ConversationRow.id == AssignmentRow.conversation_id)
        .where(AssignmentRow.version == live_version())
        .where(AssignmentRow.state == AssignmentState.ASSIGNED)
        .where(AssignmentRow.theme_id.is_not(None))
        .distinct()
        .order_by(ConversationRow.started_at, ConversationRow.id, AssignmentRow.theme_id)
        .execution_options(yield_per=5_000)
    )
    if first is not None:
        query = query.where(ConversationRow.started_at >= first)
    if before is not None:
        query = query.where(ConversationRow.started_at < before)
    for theme, talk, started in session.execute(query):
        yield str(theme), talk, started


def of_conversations(session: Session, ids: Iterable[str]) -> dict[str, tuple[Assigned, ...]]:
    """Load the themes of conversations, by the conversation's id, in the order of the talk."""
    found: dict[str, list[Assigned]] = {}
    for chunk in chunks(ids):
        query = (
            select(AssignmentRow)
            .join(StatementRow, StatementRow.id == AssignmentRow.statement_id)
            .where(AssignmentRow.version == live_version())
            .where(AssignmentRow.conversation_id.in_(chunk))
            .order_by(StatementRow.turn, StatementRow.start)
        )
        for row in session.scalars(query):
            found.setdefault(row.conversation_id, []).append(assigned_of(row))
    return {id_: tuple(rows) for id_, rows in found.items()}


def write(session: Session, version: str, rows: Sequence[Assigned]) -> None:
    """Keep what a model says of statements."""
    written = [row.model_dump() | {"version": version} for row in rows]
    upsert(session, AssignmentRow, written)


def without(session: Session, version: str, space: str, limit: int, after: str = "") -> list[str]:
    """Find statements that a model has not spoken of yet: ids above ``after``, in order."""
    mine = exists().where(
        AssignmentRow.statement_id == StatementRow.id, AssignmentRow.version == version
    )
    query = select(StatementRow.id).where(StatementRow.space == space, ~mine)
    query = query.where(StatementRow.id > after).order_by(StatementRow.id)
    return list(session.scalars(query.limit(limit)))


def of_statements(session: Session, ids: Iterable[str]) -> dict[str, Assigned]:
    """Load what the live version says of statements, by their id."""
    found = {}
    for chunk in chunks(ids):
        query = select(AssignmentRow).where(AssignmentRow.version == live_version())
        for row in session.scalars(query.where(AssignmentRow.statement_id.in_(chunk))):
            found[row.statement_id] = assigned_of(row)
    return found


def open_statements(session: Session, limit: int) -> list[str]:
    """Find statements of distinct words that the live version assigns to no theme, by hash."""
    query = (
        select(func.min(StatementRow.id))
        .join(AssignmentRow, AssignmentRow.statement_id == StatementRow.id)
        .where(AssignmentRow.version == live_version())
        .where(AssignmentRow.state != AssignmentState.ASSIGNED, ~AssignmentRow.by_person)
        .group_by(StatementRow.content_hash)
        .order_by(StatementRow.content_hash)
    )
    return list(session.scalars(query.limit(limit)))


def of_theme(session: Session, theme_id: str, limit: int, after: str = "") -> list[str]:
    """List the statements that are assigned to a theme: ids above ``after``, in order."""
    query = select(AssignmentRow.statement_id).where(*assigned_to(theme_id))
    query = query.where(AssignmentRow.statement_id > after).order_by(AssignmentRow.statement_id)
    return list(session.scalars(query.limit(limit)))


def with_theme(session: Session, theme_id: str, limit: int, after: str = "") -> list[str]:
    """List the statements that are assigned to a theme or lean to it: ids above ``after``."""
    live = AssignmentRow.version == live_version()
    query = select(AssignmentRow.statement_id).where(live, AssignmentRow.theme_id == theme_id)
    query = query.where(AssignmentRow.statement_id > after).order_by(AssignmentRow.statement_id)
    return list(session.scalars(query.limit(limit)))


def hand_over(session: Session, theme_ids: Collection[str], into: str) -> None:
    """Put all that themes have under the live version into another one."""
    mine = update(AssignmentRow).where(AssignmentRow.version == live_version())
    session.execute(mine.where(AssignmentRow.theme_id.in_(theme_ids)).values(theme_id=into))


def drop_past(session: Session, limit: int) -> int:
    """Take away some of what past versions said; give how much."""
    past = select(ThemeModelRow.version).where(ThemeModelRow.state == ModelState.PAST)
    for version in session.scalars(past).all():
        mine = AssignmentRow.version == version
        query = select(AssignmentRow.statement_id).where(mine).limit(limit)
        if statements := list(session.scalars(query)):
            for chunk in chunks(statements):
                gone = delete(AssignmentRow).where(mine, AssignmentRow.statement_id.in_(chunk))
                session.execute(gone)
            return len(statements)
    return 0


def assigned_of(row: AssignmentRow) -> Assigned:
    """Read an assignment back from its row."""
    return Assigned.model_validate({name: getattr(row, name) for name in COLUMNS})


def _within(
    query: Select[str | None, int, int, int], first: datetime | None, before: datetime | None
) -> Select[str | None, int, int, int]:
    if first is None and before is None:
        return query
    query = query.join(ConversationRow, ConversationRow.id == AssignmentRow.conversation_id)
    if first is not None:
        query = query.where(ConversationRow.started_at >= first)
    return query if before is None else query.where(ConversationRow.started_at < before)
