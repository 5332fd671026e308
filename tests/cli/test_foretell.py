"""``throughline foretell``: an event log in, its open cases with what comes next out."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Run

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Cases that closed a day after they were asked, and one that was only asked."""
    path = tmp_path / "log.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("case", "activity", "time"))
        for number in range(121):
            at = MONDAY + timedelta(hours=number)
            rows.writerow((f"c{number}", "ask", at.isoformat()))
            if number < 120:
                rows.writerow((f"c{number}", "close", (at + timedelta(hours=24)).isoformat()))
    return path


def test_open_cases_are_told_with_what_it_is_worth(called: Run, log: Path) -> None:
    found = called("foretell", str(log), "--ends", "close", "--quiet-days", "9", "--json")
    assert found.returncode == 0, found.stderr
    told = json.loads(found.stdout)
    assert told["learned_from"] == 120
    [row] = told["rows"]
    assert (row["id"], row["next"]["steps"][0]["activity"]) == ("c120", "close")
    assert row["next"]["left_s"] == pytest.approx(86_400)
    assert {one["form"] for one in told["measured"]} >= {"chain"}
    shown = called("foretell", str(log), "--ends", "close", "--quiet-days", "9")
    assert "simple comparison" in " ".join(shown.stdout.split())
    assert "Open cases: 1 of log.csv" in shown.stderr
    assert "(ended by close or 9.0 days of silence)" in shown.stderr
    # The rule goes with the answer.
    assert (told["ends"], told["quiet_s"]) == (["close"], 9 * 86_400)
    assert told["as_of"].startswith("2026-03-07")


def test_the_page_and_the_tables_are_written(called: Run, log: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    earlier = (MONDAY + timedelta(hours=70)).isoformat(timespec="seconds").removesuffix("+00:00")
    found = called("foretell", str(log), "--output", str(folder), "--as-of", earlier)
    assert found.returncode == 0, found.stderr
    assert {one.name for one in folder.iterdir()} == {
        "foretold.html", "foretold.csv", "foretold.json",
    }  # fmt: skip
    rows = (folder / "foretold.csv").read_text(encoding="utf-8").splitlines()
    # Asked within the last day, and not closed by then.
    assert len(rows) - 1 == json.loads((folder / "foretold.json").read_bytes())["open"] > 10


def test_what_cannot_be_told_is_said(called: Run, log: Path) -> None:
    missing = called("foretell", str(log), "--field", "team")
    assert (missing.returncode, "no column 'team'" in missing.stderr) == (2, True)
    early = called("foretell", str(log), "--as-of", "2026-03-02T20:00:00")
    assert (early.returncode, "30 are needed" in early.stderr) == (2, True)
    for given, why in (
        ((str(log), "--since", "2026-03-02"), "--since is only of the journeys"),
        ((str(log), "--fit"), "--fit is only of the journeys"),
        (("--as-of", "2026-03-02"), "--as-of is only of an event log"),
        (("--ends", "close"), "--ends is only of an event log"),
    ):
        refused = called("foretell", *given)
        assert (refused.returncode, why in refused.stderr) == (2, True)
    none = called("foretell")
    assert (none.returncode, "throughline foretell --fit" in none.stderr) == (2, True)
