"""Many rows at once into PostgreSQL: COPY into a table of the transaction, then one INSERT.

The INSERT is the very one that writes row by row, with its ON CONFLICT and its RETURNING, so
what is there afterwards is the same. Nothing outlives the transaction: a pooler may stand between.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Column, Result, column, select
from sqlalchemy import table as table_named
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.schema import Table
from sqlalchemy.sql.dml import ReturningInsert

WORTH_ROWS = 400
"""Below so many rows a table of the transaction costs more than it saves."""

Insert = postgresql.Insert | sqlite.Insert
Values = dict[str, Any]
"""A row to write, by the names of its columns."""
Bind = Callable[[Any], Any]


def write(
    session: Session, statement: Insert | ReturningInsert[Any], rows: Sequence[Values]
) -> Result[Any]:
    """Run an INSERT for each of some rows: by COPY where they are many and the server knows it.

    Parameters
    ----------
    statement : Insert
        Without values. With an ON CONFLICT that updates, no two rows may have one key.
    rows : sequence of dict
        At least one, all with the same columns, in the order in which to write them: writers
        that keep to one order never wait for each other in a ring.

    Returns
    -------
    Result
        What the statement returns, of all rows together.
    """
    if len(rows) < WORTH_ROWS or session.get_bind().dialect.name != "postgresql":
        return session.execute(statement, rows)
    target = statement.table
    assert isinstance(target, Table)
    columns = [target.c[name] for name in rows[0]]
    stage = f"stage_{target.name}"
    _copy(session, target, columns, stage, rows)
    staged = table_named(stage, *(column(c.name, c.type) for c in columns))
    return session.execute(statement.from_select([c.name for c in columns], select(staged)))


def _copy(
    session: Session,
    target: Table,
    columns: Sequence[Column[Any]],
    stage: str,
    rows: Sequence[Values],
) -> None:
    """Copy rows into a new table of this transaction, without keys and indexes."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    names = sql.SQL(", ").join(sql.Identifier(c.name) for c in columns)
    parts = {"stage": sql.Identifier(stage), "names": names, "target": sql.Identifier(target.name)}
    dialect = session.get_bind().dialect
    binds = [_bind(c, dialect) for c in columns]
    with _without_words(dialect), connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{stage}").format(**parts))
        cursor.execute(
            sql.SQL(
                "CREATE TEMP TABLE {stage} ON COMMIT DROP AS SELECT {names} FROM {target} "
                "WITH NO DATA"
            ).format(**parts)
        )
        with cursor.copy(sql.SQL("COPY {stage} ({names}) FROM STDIN").format(**parts)) as copy:
            for row in rows:
                copy.write_row([bind(row[c.name]) for bind, c in zip(binds, columns, strict=True)])


@contextmanager
def _without_words(dialect: Dialect) -> Iterator[None]:
    """Raise the driver's errors as SQLAlchemy does, less the line of customer text in them."""
    try:
        yield
    except psycopg.Error as error:
        clean = type(error)(f"COPY failed, SQLSTATE {error.sqlstate}")
        told = DBAPIError.instance("COPY", None, clean, psycopg.Error, True, dialect=dialect)
        raise told from None


def _bind(of: Column[Any], dialect: Dialect) -> Bind:
    """Give what writes a value of a column as SQLAlchemy would, such as JSON."""
    return of.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 - of any column
    return value
