"""A backup taken in the middle of the work is restored: the rest is done, and nothing twice."""

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from shutil import which
from types import ModuleType

import psycopg
import pytest
from sqlalchemy import func, select, update

from domain.base import now
from domain.conversation import Conversation
from domain.intake import Stored
from storage import backlog, conversations, work
from storage.database import Database
from storage.queues import Kind
from storage.tables import SignalRow, WorkRow
from tests.conftest import POSTGRESQL
from workers.pipeline import Pipeline, drain, process

RECORDS, DONE, CLAIMED = 20, 8, 4


def restored(database: Database, tmp_path: Path) -> Database:
    """Back a database up as the operations page says, and restore it beside."""
    if database.sqlite:
        copy = tmp_path / "copy.db"
        database.copy_to(copy)
        return Database(f"sqlite:///{copy}")
    if which("pg_dump") is None or which("pg_restore") is None:
        pytest.skip("no pg_dump on this machine")
    name, dump = f"{database.url.database}_restored", tmp_path / "throughline.dump"
    source = f"{POSTGRESQL}/{database.url.database}"
    subprocess.run(["pg_dump", "--format=custom", f"--file={dump}", source], check=True)
    with psycopg.connect(POSTGRESQL, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    target = f"{POSTGRESQL}/{name}"
    subprocess.run(["pg_restore", "--exit-on-error", f"--dbname={target}", str(dump)], check=True)
    return Database(target)


def forget(database: Database) -> None:
    database.dispose()
    if not database.sqlite:
        with psycopg.connect(POSTGRESQL, autocommit=True) as server:
            server.execute(f'DROP DATABASE "{database.url.database}" WITH (FORCE)')


def test_after_a_restore_the_rest_is_done_and_nothing_twice(
    database: Database, tiny: ModuleType, make: Callable[..., Conversation], tmp_path: Path
) -> None:
    records = [make(str(n), user=f"u{n}") for n in range(RECORDS)]
    database.run(lambda session: conversations.save_many(session, records, now()))
    first = tiny.TinyTagger()
    process(Pipeline(database, first), limit=DONE)
    done = {id_ for batch in first.seen for id_ in batch}
    assert len(done) == DONE
    claim = work.claim  # a worker holds some at the moment of the backup
    database.run(lambda session: claim(session, [Kind.TAG], CLAIMED, 60.0, "lost", now()))
    copy = restored(database, tmp_path)
    try:
        copy.upgrade()  # as a newer release would
        later = now() + timedelta(hours=1)  # the leases of those workers have run out
        copy.run(lambda session: work.sweep(session, later))
        second = tiny.TinyTagger()
        _bring_forward(copy)
        drain(Pipeline(copy, second))
        again = [id_ for batch in second.seen for id_ in batch]
        assert len(again) == len(set(again)) == RECORDS - DONE
        assert not done & set(again)
        # What sources send again after a restore changes nothing.
        stored = copy.run(lambda session: conversations.save_many(session, records, now()))
        assert set(stored) == {Stored.DUPLICATE}
        with copy.reading() as session:
            assert backlog.waiting(session, now()) == 0
            assert not backlog.parked(session)
            assert session.scalar(select(func.count()).select_from(SignalRow)) == RECORDS
            owners = select(func.count(SignalRow.conversation_id.distinct()))
            assert session.scalar(owners) == RECORDS
    finally:
        forget(copy)


def _bring_forward(database: Database) -> None:
    """Let the hour pass that the sweep was told of."""
    with database.session() as session:
        session.execute(
            update(WorkRow).where(WorkRow.error == "lease_expired").values(not_before=now())
        )
