"""Changes that do not hold up who reads and writes: for migrations of tables that may be large.

On PostgreSQL an index is built beside the traffic and outside a transaction, so a migration
that was stopped is run again: what is half-built is taken away first. SQLite has one writer and
builds in the transaction.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

_INVALID = sa.text(
    "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid"
)


def create_index(
    name: str, table: str, columns: Sequence[str], *, where: str | None = None, unique: bool = False
) -> None:
    """Make an index while others write; one that is there already stays.

    Parameters
    ----------
    where : str, optional
        Condition of a partial index.
    """
    condition = None if where is None else sa.text(where)
    if not _postgresql():
        op.create_index(name, table, [*columns], unique=unique, sqlite_where=condition)
        return
    with op.get_context().autocommit_block():
        if op.get_bind().scalar(_INVALID, {"name": name}):
            op.drop_index(name, table_name=table, postgresql_concurrently=True)
        op.create_index(
            name,
            table,
            [*columns],
            unique=unique,
            if_not_exists=True,
            postgresql_concurrently=True,
            postgresql_where=condition,
        )


def drop_index(name: str, table: str) -> None:
    """Take an index away while others write."""
    if not _postgresql():
        op.drop_index(name, table_name=table)
        return
    with op.get_context().autocommit_block():
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)


def create_statistics(name: str, table: str, columns: Sequence[str]) -> None:
    """Have PostgreSQL count which values of some columns come together; SQLite has no such thing.

    Without it the server takes the columns for independent, and walks through a million rows
    for a pair of values that nobody has.
    """
    if not _postgresql():
        return
    listed = ", ".join(columns)
    with op.get_context().autocommit_block():
        op.execute(f"CREATE STATISTICS IF NOT EXISTS {name} (mcv) ON {listed} FROM {table}")
        op.execute(f"ALTER STATISTICS {name} SET STATISTICS 1000")
        op.execute(f"ANALYZE {table}")


def drop_statistics(name: str) -> None:
    """Forget what ``create_statistics`` asked for."""
    if _postgresql():
        op.execute(f"DROP STATISTICS IF EXISTS {name}")


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
