"""Planted contacts on each engine, in the columns of the mart."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import ibis
import pyarrow as pa
import pytest
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from journey import mart
from journey.measures.ask import Ask
from journey.measures.generate import Plan
from tests.journey.mining.engines import engine

BEGIN = datetime(2026, 3, 2)
AS_OF = datetime(2026, 12, 1, tzinfo=UTC)
ASK = Ask(as_of=AS_OF)
NEEDS = {"refund_request": 0.25, "delivery_problem": 0.25, "login_problem": 0.2,
         "billing_dispute": 0.2, "how_to": 0.1}  # fmt: skip
LEVELS = {
    "need": NEEDS,
    "channel": {"chat": 0.5, "email": 0.3, "call": 0.2},
    "theme": {f"thm_{n}": 0.125 for n in range(8)},
    "brand": {"north": 0.6, "south": 0.4},
}
NOTHING = Plan(levels=LEVELS, spread=0.8, contacts_each=3.0)
"""No driver at all; people differ, and their contacts are alike."""


@contextmanager
def opened(name: str, request: pytest.FixtureRequest) -> Iterator[BaseBackend]:
    with engine(name, request) as connection:
        yield connection


def put(connection: BaseBackend, table: pa.Table, schema: ibis.Schema = mart.CONTACTS) -> Table:
    """Make a table of its own for each test."""
    name = f"made_{uuid4().hex}"
    connection.create_table(name, schema=schema, temp=True)
    connection.insert(name, table.select(schema.names))
    return connection.table(name)
