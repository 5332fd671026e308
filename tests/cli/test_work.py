"""An operator sees what waits and what was given up, and has it tried again."""

import pytest
import typer
from sqlalchemy.exc import OperationalError

from cli.work import work_off
from domain.base import now
from settings import Settings
from storage import work
from storage.database import Database
from tests.cli.conftest import Run


@pytest.fixture
def database(sqlite_url: str) -> Database:
    database = Database(sqlite_url)
    with database.session() as session:
        work.add_many(session, work.Kind.TAG, ["cnv_a", "cnv_b"], now())
        work.add(session, work.Kind.REBUILD, "evt_c", now())
        for _ in range(work.MAX_ATTEMPTS):
            work.claim(session, [work.Kind.TAG], 2, -1.0, "lost", now())
            work.claim(session, [work.Kind.TAG], 2, -1.0, "lost", now())
            work.sweep(session, now())
    database.dispose()
    return database


def test_what_waits_and_what_is_dead_is_told(called: Run, database: Database) -> None:
    told = called("work", "queue").stdout.splitlines()
    assert [line.split()[:5] for line in told[1:3]] == [
        ["tag", "0", "0", "0", "2"],
        ["rebuild", "1", "0", "0", "0"],
    ]
    told = called("work", "dead").stdout
    assert "lease_expired" in told
    assert "cnv_a" in told
    assert "cnv_b" in told
    assert called("work", "dead", "--kind", "rebuild").stdout == "no dead letters\n"
    told = called("work", "dead", "--limit", "1").stdout
    assert "and 1 more" in told


def test_a_fault_of_the_database_is_told_with_what_to_do(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OperationalError("insert", {}, Exception("words of a customer"))

    monkeypatch.setattr("cli.open.open_pipeline", full)
    with pytest.raises(typer.Exit) as ended:
        work_off(Settings(_env_file=None), database)
    assert ended.value.exit_code == 1
    told = capsys.readouterr().err
    assert "OperationalError" in told
    assert "throughline work" in told
    assert "customer" not in told


def test_dead_letters_go_again_by_id_by_reason_and_all(called: Run, database: Database) -> None:
    assert called("work", "replay").returncode == 2
    assert "0 go again" in called("work", "replay", "--reason", "failed:X").stdout
    assert "1 go again" in called("work", "replay", "1").stdout
    assert "1 go again" in called("work", "replay", "--all").stdout
    assert called("work", "dead").stdout == "no dead letters\n"
