"""One transaction at a time writes; readers do not wait; moments come back as they were."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DatabaseError, OperationalError, StatementError
from sqlalchemy.orm import Session

from storage.bulk import WORTH_ROWS, write
from storage.database import CLIENT_TCP, SERVER_TCP, Database
from storage.statements import insert_for
from storage.tables import RedirectRow


def row(name: str, at: datetime) -> RedirectRow:
    return RedirectRow(old_id=name, new_id="x", at=at)


def test_moments_come_back_in_utc_and_sort_by_time(database: Database) -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    given = {
        "a": datetime(1, 1, 2, tzinfo=UTC),
        "b": datetime(2026, 3, 1, 0, 0, 0, 1, tzinfo=zone),
        "c": datetime(2026, 2, 28, 18, 30, 0, 2, tzinfo=UTC),
        "d": datetime(9999, 12, 30, tzinfo=UTC),
    }
    with database.session() as session:
        session.add_all(row(name, at) for name, at in given.items())
    with database.reading() as session:
        found = session.scalars(select(RedirectRow).order_by(RedirectRow.at)).all()
    assert {r.old_id: r.at for r in found} == given
    assert [r.old_id for r in found] == list("abcd")
    assert all(r.at.tzinfo is UTC for r in found)


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 1, 1)
    with pytest.raises(StatementError, match="time zone"):
        database.run(lambda session: session.add(row("a", naive)))


def test_a_transaction_that_fails_leaves_nothing(database: Database, now: datetime) -> None:
    def fail(session: Session) -> None:
        session.add(row("a", now))
        session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.run(fail)
    with database.reading() as session:
        assert session.scalars(select(RedirectRow)).all() == []


def test_a_reading_transaction_sees_one_state_beside_a_writer(
    database: Database, now: datetime
) -> None:
    with database.reading() as reading:
        assert reading.scalars(select(RedirectRow)).all() == []
        with database.session() as session:
            session.add(row("a", now))
        assert reading.scalars(select(RedirectRow)).all() == []
    with database.reading() as reading:
        assert len(reading.scalars(select(RedirectRow)).all()) == 1


def test_a_reading_transaction_on_postgresql_cannot_write(
    database: Database, now: datetime
) -> None:
    if database.sqlite:
        pytest.skip("SQLite has no read-only transactions")
    with database.reading() as session:
        session.add(row("a", now))
        with pytest.raises(DatabaseError):
            session.flush()
        session.rollback()


def test_many_threads_write_without_a_lock_error(database: Database, now: datetime) -> None:
    def write(number: int) -> None:
        for i in range(5):
            database.run(lambda session, i=i: session.add(row(f"{number}-{i}", now)))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    with database.reading() as session:
        assert len(session.scalars(select(RedirectRow)).all()) == 80


WRITE = """
import sys
from datetime import UTC, datetime
from storage.database import Database
from storage.tables import RedirectRow
database = Database(sys.argv[1])
database.upgrade()
for i in range(20):
    row = RedirectRow(old_id=f"{sys.argv[2]}-{i}", new_id="x", at=datetime.now(UTC))
    database.run(lambda session: session.add(row))
"""


def test_many_processes_upgrade_and_write_a_new_file_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'throughline.db'}"
    root = Path(__file__).parents[2]
    processes = [
        subprocess.Popen([sys.executable, "-c", WRITE, url, str(number)], cwd=root)
        for number in range(4)
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    database = Database(url)
    with database.reading() as session:
        assert len(session.scalars(select(RedirectRow)).all()) == 80
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
    database.dispose()


def test_an_unknown_database_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="sqlite:// or postgresql://"):
        Database("mysql://somewhere/throughline")


def test_a_plain_postgresql_url_takes_the_driver_that_is_installed() -> None:
    assert Database("postgresql://h/n").url.drivername == "postgresql+psycopg"


@pytest.mark.services
@pytest.mark.parametrize("pooler", [False, True])
def test_a_statement_ends_in_time_and_days_are_those_of_utc(
    postgresql_url: str, pooler: bool
) -> None:
    database = Database(postgresql_url, statement_seconds=0.2, pooler=pooler)
    with database.reading() as session:
        assert str(session.scalar(text("SHOW timezone"))).upper() == "UTC"
    with pytest.raises(OperationalError, match="statement timeout"), database.session() as session:
        session.execute(text("SELECT pg_sleep(60)"))
    database.dispose()


OURS = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
"""The server tells of the locks in all databases; others may be migrated just now."""


@pytest.mark.services
def test_nothing_is_left_in_a_connection_for_the_next_who_gets_it(
    postgresql_url: str, now: datetime
) -> None:
    database = Database(postgresql_url, statement_seconds=9, pooler=True)
    for turn in range(10):
        rows = [{"old_id": f"{turn}-{n}", "new_id": "x", "at": now} for n in range(WORTH_ROWS)]
        with database.session() as session:
            write(session, insert_for(session, RedirectRow), rows)
    plain = database.engine.raw_connection()
    left = plain.cursor()
    for query, expected in (
        ("SELECT count(*) FROM pg_prepared_statements", 0),
        ("SELECT count(*) FROM pg_class WHERE relpersistence = 't'", 0),
        (f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {OURS}", 0),
        ("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'", 0),
    ):
        left.execute(query)
        assert left.fetchone() == (expected,), query
    plain.close()
    with database.session() as session:
        session.execute(delete(RedirectRow))
    database.dispose()


def test_who_is_cut_off_is_found_out_within_a_minute_by_both_ends() -> None:
    for prefix, ends in (("tcp_", SERVER_TCP), ("", CLIENT_TCP)):
        idle, pause, count = (
            ends[f"{prefix}keepalives_{part}"] for part in ("idle", "interval", "count")
        )
        assert idle + pause * count <= 60
        assert ends["tcp_user_timeout"] <= 60_000


@pytest.mark.services
def test_the_server_counts_the_seconds_that_it_was_given(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    with database.reading() as session:
        for name, value in SERVER_TCP.items():
            told = session.scalar(
                text("SELECT setting FROM pg_settings WHERE name = :name"), {"name": name}
            )
            assert int(str(told)) == value, name
    database.dispose()
