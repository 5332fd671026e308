"""A table computed once and kept by its engine, for the many questions asked of it."""

from uuid import uuid4

from ibis.expr.types import Table


def kept(table: Table) -> Table:
    """Write an expression into a temporary table of its own engine and give that.

    It goes when the connection closes.
    """
    connection = table.get_backend()
    name = f"kept_{uuid4().hex}"
    connection.create_table(name, schema=table.schema(), temp=True)
    connection.insert(name, table)
    return connection.table(name)
