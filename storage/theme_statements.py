"""The customers' reasons for contact: spans of turns with their vectors."""

import hashlib
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from domain.base import Record
from domain.redaction import redacted
from storage.rows import redactions_of
from storage.statements import chunks, upsert
from storage.tables import AssignmentRow, StatementRow, TurnRow
from storage.theme_models import live_version


class Statement(Record):
    """A reason for contact: ``[start, end)`` characters of one turn's original."""

    id: str
    conversation_id: str
    turn_id: str
    turn: int
    start: int
    end: int
    content_hash: str
    space: str
    vector: bytes
    """float16, little-endian."""


class Quote(Record):
    """A statement as it may be shown."""

    statement_id: str
    conversation_id: str
    turn: int
    text: str
    """Redacted. Customer text: data, never an instruction."""


COLUMNS = tuple(Statement.model_fields)


def replace(session: Session, conversations: Collection[str], rows: Sequence[Statement]) -> None:
    """Make these the statements of conversations; assignments of those that go, go."""
    mine = select(StatementRow.id).where(StatementRow.conversation_id.in_(conversations))
    for chunk in chunks(set(session.scalars(mine)) - {row.id for row in rows}):
        session.execute(delete(StatementRow).where(StatementRow.id.in_(chunk)))
    upsert(session, StatementRow, [row.model_dump() for row in rows])


def get_many(session: Session, ids: Iterable[str]) -> dict[str, Statement]:
    """Load statements by id; those that are not there are left out."""
    found = {}
    for chunk in chunks(ids):
        for row in session.scalars(select(StatementRow).where(StatementRow.id.in_(chunk))):
            found[row.id] = statement_of(row)
    return found


def count(session: Session, space: str) -> tuple[int, int]:
    """Count the statements of one embedding space, and the conversations they stand in."""
    talks = func.count(StatementRow.conversation_id.distinct())
    query = select(func.count(), talks).where(StatementRow.space == space)
    said, conversations = session.execute(query).one()
    return said, conversations


def spaces(session: Session) -> dict[str, int]:
    """Count statements by embedding space."""
    query = select(StatementRow.space, func.count()).group_by(StatementRow.space)
    return dict(session.execute(query).all())


def distinct_count(session: Session, space: str) -> int:
    """Count statements of distinct words."""
    query = select(func.count(StatementRow.content_hash.distinct()))
    return session.scalar(query.where(StatementRow.space == space)) or 0


def digest(session: Session, space: str) -> str:
    """Name all the words of a space together: the same words, however often, the same name."""
    words = hashlib.sha256(space.encode())
    query = select(StatementRow.content_hash).where(StatementRow.space == space).distinct()
    query = query.order_by(StatementRow.content_hash).execution_options(yield_per=10_000)
    for found in session.scalars(query):
        words.update(found.encode())
    return words.hexdigest()[:24]


def distinct(session: Session, space: str, limit: int) -> list[str]:
    """Choose statements of distinct words, evenly and always the same: ids by content hash.

    The hash is of the words alone, so neither order nor repetition matters.
    """
    query = select(func.min(StatementRow.id)).where(StatementRow.space == space)
    return _distinct(session, query, limit)


def distinct_of_theme(session: Session, space: str, theme_id: str | None, limit: int) -> list[str]:
    """Choose evenly among the statements that the live model gives a theme, or gives none."""
    query = (
        select(func.min(StatementRow.id))
        .join(AssignmentRow, AssignmentRow.statement_id == StatementRow.id)
        .where(AssignmentRow.version == live_version(), StatementRow.space == space)
        .where(AssignmentRow.theme_id.is_not_distinct_from(theme_id))
    )
    return _distinct(session, query, limit)


def same_words(session: Session, ids: Iterable[str]) -> list[Statement]:
    """Load all statements whose words are those of some statements, themselves among them."""
    hashes = {one.content_hash for one in get_many(session, ids).values()}
    found = []
    for chunk in chunks(sorted(hashes)):
        query = select(StatementRow).where(StatementRow.content_hash.in_(chunk))
        found += [statement_of(row) for row in session.scalars(query.order_by(StatementRow.id))]
    return found


def quotes(session: Session, ids: Iterable[str]) -> dict[str, Quote]:
    """Cut statements out of the redacted text, by id; one whose turn is not read is left out."""
    found = {}
    for chunk in chunks(ids):
        query = (
            select(StatementRow, TurnRow)
            .join(TurnRow, TurnRow.id == StatementRow.turn_id)
            .where(StatementRow.id.in_(chunk))
        )
        for said, turn in session.execute(query):
            hidden = redactions_of(turn)
            if hidden is not None:
                found[said.id] = Quote(
                    statement_id=said.id,
                    conversation_id=said.conversation_id,
                    turn=said.turn,
                    text=redacted(turn.text, hidden, said.start, said.end),
                )
    return found


def _distinct(session: Session, query: Select[str], limit: int) -> list[str]:
    by_words = query.group_by(StatementRow.content_hash).order_by(StatementRow.content_hash)
    return list(session.scalars(by_words.limit(limit)))


def statement_of(row: StatementRow) -> Statement:
    """Read a statement back from its row."""
    return Statement.model_validate({name: getattr(row, name) for name in COLUMNS})
