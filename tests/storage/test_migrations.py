"""The tables that migrations make are the tables that the code knows."""

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import psycopg
import pytest
from alembic import command
from sqlalchemy import delete, event, insert, inspect, select, text

from storage.database import Database, migration_config
from storage.tables import Base, ConversationRow, RedirectRow

BEFORE_INDEXES = "0005"
"""The last migration before those that may meet large tables."""
SMALL = {
    "workers",
    "retags",
    "retag_parts",
    "themes",
    "theme_models",
    "theme_decisions",
    "jobs",
    "alembic_version",
}
"""Tables with a row for each worker, run, theme or decision, never for each record."""


@pytest.fixture(autouse=True)
def _whole_again(request: pytest.FixtureRequest) -> Iterator[None]:
    """Bring the session's database up again, also where a test failed on the way."""
    yield
    if "postgresql_url" in request.fixturenames:
        database = Database(request.getfixturevalue("postgresql_url"))
        database.upgrade()
        database.dispose()


def test_migrations_and_models_agree(database: Database) -> None:
    with database.engine.begin() as connection:
        command.check(migration_config(connection))


def test_every_table_is_there_after_an_upgrade_and_a_second_one_changes_nothing(
    database: Database,
) -> None:
    database.upgrade()
    names = set(inspect(database.engine).get_table_names())
    assert names == {table.name for table in Base.metadata.sorted_tables} | {"alembic_version"}
    assert database.ready()


def test_all_can_be_taken_back_and_made_again(database: Database) -> None:
    database.downgrade("base")
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    database.upgrade()
    assert database.ready()


BLOCKING = (
    (r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)\S+ ON (?P<table>\w+)", "an index in a transaction"),
    (r"DROP INDEX (?!CONCURRENTLY)", "an index dropped under a lock"),
    (r"ALTER TABLE (?P<table>\w+) ALTER COLUMN \w+ (SET DATA )?TYPE", "a table written anew"),
    (r"ALTER TABLE (?P<table>\w+) ALTER COLUMN \w+ SET NOT NULL", "a table read under a lock"),
    (r"ALTER TABLE (?P<table>\w+) ADD (CONSTRAINT|FOREIGN|CHECK|UNIQUE)(?!.*NOT VALID)", "a check"),
    (r"ALTER TABLE (?P<table>\w+) ADD COLUMN .*DEFAULT (?!'|[\d.]+|true|false|null)", "a rewrite"),
    (r"(UPDATE|DELETE FROM) (?P<table>\w+)", "rows changed in one go"),
    (r"LOCK TABLE|VACUUM FULL|CLUSTER |REINDEX (?!.*CONCURRENTLY)", "a lock on a table"),
)
"""What holds others up for as long as a table is large."""


@pytest.mark.services
def test_no_migration_holds_up_those_who_read_and_write(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    database.downgrade(BEFORE_INDEXES)
    there = set(inspect(database.engine).get_table_names())
    sent: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_: sent.append(statement),
    )
    database.upgrade()
    database.dispose()
    assert sum("CONCURRENTLY" in statement for statement in sent) >= 5
    for statement in sent:
        for pattern, why in BLOCKING:
            found = re.match(pattern, " ".join(statement.split()), re.IGNORECASE)
            table = found and found.groupdict().get("table")
            small = table is not None and (table not in there or table in SMALL)
            assert not found or small, f"{why}: {statement}"


@pytest.mark.services
def test_tables_are_read_and_written_while_they_are_migrated(
    postgresql_url: str, now: datetime
) -> None:
    database = Database(postgresql_url)
    over = threading.Event()
    counted: list[int] = []

    def write(number: int) -> None:
        other = Database(postgresql_url, statement_seconds=60)
        while not over.is_set():
            name = f"{number}-{len(counted)}"
            row = {"old_id": name, "new_id": "x", "at": now}
            with other.session() as session:
                session.execute(insert(RedirectRow), [row])
                session.execute(select(ConversationRow.id).limit(1).with_for_update())
            with other.reading() as session:
                counted.append(len(session.scalars(select(RedirectRow.old_id)).all()))
        other.dispose()

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write, number) for number in range(3)]
        for _ in range(2):
            before = len(counted)
            database.downgrade(BEFORE_INDEXES)
            database.upgrade()
            assert len(counted) > before
        over.set()
        for writer in writers:
            writer.result(60)
    with database.session() as session:
        session.execute(delete(RedirectRow))
    database.dispose()


@pytest.mark.services
def test_an_index_that_was_left_half_built_is_built_again(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    name = "ix_conversations_brand_started_at_id"
    database.downgrade(BEFORE_INDEXES)
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(f"CREATE INDEX {name} ON conversations (brand, started_at, id)")
        connection.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(%s)", [name]
        )
    database.upgrade()
    with database.reading() as session:
        query = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
        assert session.scalar(query, {"name": name})
    database.dispose()


@pytest.mark.services
def test_a_table_in_use_is_migrated_a_little_later(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    database.downgrade(BEFORE_INDEXES)
    with psycopg.connect(postgresql_url) as busy, ThreadPoolExecutor(1) as pool:
        busy.execute("LOCK TABLE work_items IN ACCESS EXCLUSIVE MODE")
        upgrade = pool.submit(database.upgrade)
        time.sleep(5)
        busy.rollback()
        upgrade.result(120)
    assert database.ready()
    database.dispose()


@pytest.mark.services
def test_several_processes_may_upgrade_at_once(postgresql_url: str) -> None:
    first = Database(postgresql_url)
    first.downgrade(BEFORE_INDEXES)
    several = [Database(postgresql_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Database.upgrade, several))
    for database in (first, *several):
        assert database.ready()
        database.dispose()
