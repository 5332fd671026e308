"""``throughline analyse``: read in a narrow terminal, kept as files of each form."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import Result
from pyarrow import parquet
from typer.testing import CliRunner

from cli.console import output
from cli.main import app
from storage.database import Database
from tests.made_needs import fill_needs

pytestmark = [
    pytest.mark.timeout(1800),  # many whole analyses; a busy machine takes its time
]
PERIOD = ("--from", "2026-03-02", "--to", "2026-05-20", "--as-of", "2026-06-30")


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    monkeypatch.setenv("THROUGHLINE_DATABASE_URL", url)
    monkeypatch.setenv("THROUGHLINE_CONTACT_COSTS", '{"call": 10, "other": 1}')
    monkeypatch.setattr(output, "width", 80)
    database = Database(url)
    database.upgrade()
    return database


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["analyse", *arguments])


def test_what_costs_most_is_named_with_its_decision_in_eighty_columns(there: Database) -> None:
    fill_needs(there)
    told = call("avoidable", *PERIOD)
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    (top,) = (line for line in lines if line.startswith("refund request · call"))
    assert top.split()[-1] == "staffing"
    assert "140" in top, "fourteen calls that came by calls, at ten each"
    assert "not cause" in told.stdout
    assert told.stdout.count("cnv_") == 5
    assert "example.org" not in told.stdout


def test_each_form_tells_the_same(there: Database, tmp_path: Path) -> None:
    fill_needs(there)
    names = ("html", "csv", "json", "parquet")
    files = [part for name in names for part in (f"--{name}", str(tmp_path / f"d.{name}"))]
    told = call("drivers", *PERIOD, *files)
    assert told.exit_code == 0, told.output
    found = json.loads((tmp_path / "d.json").read_text())
    with (tmp_path / "d.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    table = parquet.read_table(tmp_path / "d.parquet").to_pylist()
    labels = [" · ".join(level["label"] for level in r["levels"]) for r in found["rows"]]
    assert labels == [row["what"] for row in rows] == [row["what"] for row in table]
    assert float(rows[0]["avoidable"]) == table[0]["avoidable"]
    assert rows[0]["opens"].startswith("/v1/analytics/contacts?")
    assert "refund request" in (tmp_path / "d.html").read_text()


def test_what_is_missing_or_makes_no_sense_is_said(there: Database) -> None:
    told = call("kpis")
    assert told.exit_code == 1
    assert "throughline ingest" in told.stderr
    fill_needs(there)
    for arguments, reason in (
        (("drivers", "--window", "5"), "kept for windows of 168 hours"),
        (("drivers", "--from", "2026-05-20", "--to", "2026-04-20"), "--to lies before --from"),
        (("kpis", "--cut", "stage"), "--definition"),
    ):
        told = call(*arguments)
        assert told.exit_code == 2
        assert reason in told.stderr
