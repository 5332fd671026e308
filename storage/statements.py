"""Statements that SQLite and PostgreSQL both know but SQLAlchemy writes in two ways."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, any_, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.bulk import Insert, Values, write
from storage.tables import Base

CHUNK = 500
"""Values in one statement, well below SQLite's 32,766 parameters."""

__all__ = ["Insert", "Values", "among", "chunks", "insert_for", "insert_missing", "upsert"]
T = TypeVar("T")


def insert_for(session: Session, table: type[Base]) -> Insert:
    """Begin an INSERT that can say what to do on a conflict.

    It goes to the table itself: rows by the thousand need no objects to be tracked.
    """
    itself = Base.metadata.tables[table.__tablename__]
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(itself)
    return postgresql.insert(itself)


def insert_missing(session: Session, table: type[Base], rows: Sequence[Values]) -> None:
    """Insert rows; leave those whose key is already there as they are."""
    if rows:
        write(session, insert_for(session, table).on_conflict_do_nothing(), rows)


def upsert(
    session: Session,
    table: type[Base],
    rows: Sequence[Values],
    *,
    keep: Sequence[str] = (),
) -> None:
    """Insert rows, or overwrite those with the same primary key.

    Parameters
    ----------
    rows : sequence of dict
        All with the same columns; of two with one key the last one counts.
    keep : sequence of str
        Columns that an existing row keeps.
    """
    if not rows:
        return
    keys = [column.name for column in table.__table__.primary_key]
    rows = list({tuple(row[key] for key in keys): row for row in rows}.values())
    statement = insert_for(session, table)
    changed = {c: statement.excluded[c] for c in rows[0] if c not in keys and c not in keep}
    if changed:
        write(session, statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)
    else:
        write(session, statement.on_conflict_do_nothing(), rows)


def among(
    session: Session, column: InstrumentedAttribute[Any], values: Sequence[str]
) -> ColumnElement[bool]:
    """Say that a column is one of some texts.

    On PostgreSQL they go as one array: the statement is written, sent and planned as short as for
    one value, where a list of values makes it longer with each.
    """
    if session.get_bind().dialect.name == "sqlite":
        return column.in_(values)
    return column == any_(literal(list(values), postgresql.ARRAY(postgresql.TEXT)))


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Cut values into lists that fit into one statement."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
