"""No listing and no context reads a large table from end to end, or through a wrong index."""

import importlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.identity import Identifier
from eval import plans, scale_fill
from storage.database import Database

pytestmark = [pytest.mark.services, pytest.mark.slow]
COPIES = 20
LARGE = 1_000
"""Rows from which on a table counts as large."""
MOMENT = datetime(2026, 8, 20, tzinfo=UTC)
AFTER = ("2026-08-20T10:00:00+00:00", "cnv_8")
CALLS = plans.lists(MOMENT, AFTER, scale_fill.THEME) | {
    f"context of customer {n}": plans.context(
        Identifier.model_validate(f"email:c{n}.k00003@shop.example")
    )
    for n in (0, 7, 40)
}


@pytest.fixture(scope="module")
def filled(postgresql_url: str) -> Iterator[Database]:
    """Fill a database with some thousand contacts; a sequential scan counts as very dear."""
    sys.path.append(str(Path(__file__).parents[1] / "workers"))
    tagger = importlib.import_module("tiny_tagger").TinyTagger()
    database = Database(postgresql_url)
    scale_fill.make_template(database, tagger)
    for _ in scale_fill.multiply(database, 1, COPIES):
        pass
    yield database
    scale_fill.empty(database)
    database.dispose()


def sizes(database: Database) -> dict[str, float]:
    with database.reading() as session:
        query = "SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'"
        return dict(session.execute(text(query)).all())


@pytest.mark.parametrize("name", CALLS)
def test_a_query_of_the_api_reads_what_it_shows(filled: Database, name: str) -> None:
    rows = sizes(filled)
    assert rows["conversations"] == COPIES * scale_fill.CONTACTS
    for plan in plans.explain(filled, CALLS[name], scans=False):
        assert not {table for table in plan.scanned() if rows[table] >= LARGE}, plan.statement
        for table, skipped in plan.skipped().items():
            # A contact's other signals and outcomes are looked at with the one that is asked for.
            several = table in ("outcomes", "signals")
            assert skipped < (3 * rows["conversations"] if several else LARGE), plan.statement
