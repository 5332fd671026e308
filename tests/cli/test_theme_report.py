"""``throughline themes report`` and ``changes``: read in a narrow terminal, kept as files."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.console import output
from cli.main import app
from storage.database import Database
from tests.made_themes import fill

PERIOD = ("--from", "2026-04-20", "--to", "2026-05-20")


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    monkeypatch.setenv("THROUGHLINE_DATABASE_URL", url)
    monkeypatch.setattr(output, "width", 80)
    database = Database(url)
    database.upgrade()
    return database


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["themes", *arguments])


def test_a_report_is_readable_in_eighty_columns(there: Database) -> None:
    fill(there)
    told = call("report", "--from", "2026-03-02", "--to", "2026-05-20")
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    (refund,) = (line for line in lines if line.startswith("refund late"))
    assert refund.split()[2:5] == ["39", "67", "%▲"]
    assert any(line.startswith("  new sofa") for line in lines)
    assert "…" not in told.stdout


def test_a_report_is_written_in_each_form(there: Database, tmp_path: Path) -> None:
    fill(there)
    page, table, data = (tmp_path / name for name in ("r.html", "r.csv", "r.json"))
    files = ("--html", str(page), "--csv", str(table), "--json", str(data))
    told = call("report", *PERIOD, "--cut", "channel", *files)
    assert told.exit_code == 0, told.output
    found = json.loads(data.read_text())
    assert found["contacts"] == 93
    with table.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["theme"] for row in rows} >= {row["label"] for row in found["rows"]}
    assert all(row["opens"].startswith("/v1/themes/report/contacts?") for row in rows)
    assert "login fails" in page.read_text()


def test_changes_say_what_came_before_and_claim_no_cause(there: Database) -> None:
    fill(there)
    told = call("changes", *PERIOD)
    assert told.exit_code == 0, told.output
    assert "login fails growing: 38 contacts" in told.stdout
    assert "release deployed (8.2.0) on 1" in told.stdout
    assert "does not make it the cause" in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 80
    (shift,) = json.loads(call("changes", *PERIOD, "--json").stdout)["shifts"]
    assert shift["way"] == "growing"


@pytest.mark.parametrize("command", ["report", "changes"])
def test_what_is_missing_is_said_with_what_to_do(there: Database, command: str) -> None:
    told = call(command)
    assert told.exit_code == 1
    assert "throughline ingest" in told.stderr
    fill(there)
    told = call(command, "--from", "2026-05-20", "--to", "2026-04-20")
    assert told.exit_code == 2
    assert "--to lies before --from" in told.stderr
