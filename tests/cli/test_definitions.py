"""Definitions on the command line: listed, checked by field, saved, mapped to files."""

import json
from pathlib import Path

import pytest

from api.schemas.definition import EXAMPLE
from tests.cli.conftest import Run


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(EXAMPLE))
    return path


def test_a_definition_is_checked_saved_and_shown(called: Run, mine: Path) -> None:
    assert "refund can be used" in called("definitions", "check", str(mine)).stdout
    assert "number 1" in called("definitions", "save", str(mine)).stdout
    shown = called("definitions", "list").stdout
    assert "contact_us" in shown
    assert "own, number 1" in shown
    assert "id: refund" in called("definitions", "show", "refund").stdout


def test_a_mistake_is_named_by_its_field(called: Run, mine: Path) -> None:
    mine.write_text(json.dumps(EXAMPLE | {"start": {"ned": "refund_request"}}))
    found = called("definitions", "check", str(mine))
    assert found.returncode == 2
    assert "start[0].ned: there is no such field" in found.stderr


def test_a_typing_error_in_an_event_is_doubted(called: Run, mine: Path) -> None:
    mine.write_text(json.dumps(EXAMPLE | {"end": {"event": "refund_isued"}}))
    found = called("definitions", "check", str(mine))
    assert found.returncode == 0
    assert "end: no event is called refund_isued" in found.stderr


def test_a_log_is_followed_and_written_in_both_forms(
    called: Run, mine: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log.csv"
    log.write_text(
        "case_id,activity,timestamp\n"
        "1,Return Started,2026-01-01T09:00:00Z\n1,Refund Paid,2026-01-03T09:00:00Z\n"
        "2,Return Started,2026-01-01T10:00:00Z\n"
    )
    mine.write_text(json.dumps(EXAMPLE | {"start": {"event": "return_label_created"}}))
    out = tmp_path / "out"
    kept = tmp_path / "mart"
    asked = ("definitions", "run", str(mine), "--log", str(log), "--output", str(out))
    found = called(*asked, THROUGHLINE_MART_DIR=str(kept))
    assert found.returncode == 0, found.stderr
    assert not kept.exists()  # the tables of the database are not read, so not filled either
    assert "2 journeys" in found.stdout
    told = json.loads((out / "map.json").read_text())
    assert told["closed"]["ended"]["journeys"] == 1
    assert (out / "journeys.xes.gz").stat().st_size
    assert json.loads((out / "journeys.ocel.json").read_text())["events"]
    assert "<script" not in (out / "map.html").read_text()
