"""An import keeps the good records, lists the bad ones and can be run again."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select

from domain.conversation import MAX_TURNS, Conversation, Role, Turn
from domain.event import Event
from ingest.outcome import Item, Rejection
from storage import jobs
from storage.database import Database
from storage.jobs import JobState
from storage.tables import ConversationRow, EventRow, ImportReportRow, WorkRow
from workers.intake import LARGE, SMALL, import_paths, import_records
from workers.pipeline import Pipeline, drain

Make = Callable[..., Conversation]


def count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_files_are_imported_with_a_report_and_again_without_a_change(
    database: Database, make: Make, tmp_path: Path
) -> None:
    lines = [make(str(i)).model_dump_json() for i in range(5)]
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "export.jsonl").write_text("\n".join([*lines[:3], "{broken", *lines[3:]]))
    seen: list[int] = []
    report = import_paths(database, [folder], progress=lambda r: seen.append(r.read))
    assert (report.conversations, report.stored["kept"], report.rejected) == (5, 5, 1)
    assert seen
    again = import_paths(database, [folder])
    assert (again.stored["kept"], again.stored["duplicate"]) == (0, 5)
    assert count(database, ConversationRow) == 5
    assert count(database, WorkRow) == 5
    with database.reading() as session:
        kept = session.scalars(select(ImportReportRow)).all()
        assert sorted(row.report["duplicate"] for row in kept) == [0, 5]


def test_a_long_import_is_committed_bit_by_bit(database: Database, make: Make) -> None:
    batch = (SMALL if database.sqlite else LARGE).records
    total = batch * 2 + 10

    def source():  # type: ignore[no-untyped-def]  # noqa: ANN202
        for i in range(total):
            if i == batch * 2:
                assert count(database, ConversationRow) == batch * 2
            yield Item(make(str(i), user=f"u{i}"), f"file:{i}")

    report = import_records(database, source())
    assert report.stored["kept"] == total


def test_a_record_that_outgrows_its_limit_is_refused_and_its_batch_is_kept(
    database: Database, make: Make
) -> None:
    def long(prefix: str) -> Conversation:
        turns = tuple(
            Turn(role=Role.CUSTOMER, text="x", source_id=f"{prefix}{i}")
            for i in range(MAX_TURNS // 2 + 1)
        )
        return make("long").model_copy(update={"turns": turns})

    import_records(database, [Item(long("a"), "a:1")])
    event = Event(source="s", source_id="e", name="order_placed", at=make("1").started_at)
    outcomes = [Item(make("1"), "b:1"), Item(long("b"), "b:2"), Item(event, "b:3")]
    report = import_records(database, outcomes)
    assert report.stored["kept"] == 2
    [rejection] = report.rejections
    assert (rejection.where, rejection.field) == ("b:2", "turns")
    assert count(database, EventRow) == 1


def test_an_import_is_a_job_that_is_done_when_its_records_are(
    pipeline: Pipeline, make: Make
) -> None:
    outcomes = [Item(make("1"), "a:1"), Rejection("a:2", "at", "missing")]
    import_records(pipeline.database, outcomes)

    def job() -> jobs.Job:
        with pipeline.database.reading() as session:
            id_ = session.scalars(select(ImportReportRow.job_id)).one()
            found = jobs.get(session, id_)
            report = jobs.report(session, id_)
        assert found is not None
        assert report is not None
        assert report["rejected"] == 1
        return found

    assert job().state is JobState.WORKING
    drain(pipeline)
    assert job().state is JobState.DONE
    assert job().counts == {"kept": 1}


def test_taking_records_in_loads_no_model(tmp_path: Path) -> None:
    code = (
        "import sys, workers.intake, workers.tagging, storage.database\n"
        "heavy = {'torch', 'transformers', 'openvino', 'spacy', 'nlp', 'sklearn'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True)
    assert json.loads(run.stdout.decode().replace("'", '"')) == []
