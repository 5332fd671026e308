"""What goes wrong with one record or one worker spoils no other's work."""

from dataclasses import replace
from datetime import timedelta
from types import ModuleType

import pytest
from psycopg.errors import DiskFull
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from domain.base import now
from storage import (
    backlog,
    journeys,
    signals,
    work,
)
from storage.tables import WorkRow
from tests.workers.handed_in import Make, keep, make_due, waiting
from workers import writing
from workers.hands import Hands
from workers.pipeline import Pipeline, drain, process, sweep


def test_a_poison_record_hits_itself_alone_and_is_parked_without_its_words(
    pipeline: Pipeline, make: Make
) -> None:
    good = [make(str(i), user=f"u{i}") for i in range(5)]
    bad = make("bad", text="poison", user="u9")
    keep(pipeline.database, *good, bad)
    first = process(pipeline)
    assert (first.done, first.failed) == (5, 1)
    for _ in range(work.MAX_ATTEMPTS - 1):
        pipeline.database.run(make_due)
        assert process(pipeline).failed == 1
    with pipeline.database.reading() as session:
        [parked] = backlog.parked(session)
        assert parked.subject_id == bad.id
        assert parked.error == "failed:RuntimeError"
    assert waiting(pipeline.database) == 0
    assert pipeline.database.run(lambda session: backlog.replay(session, now())) == 1
    assert waiting(pipeline.database) == 1


@pytest.mark.parametrize("place", ["read", "keep", "build"])
def test_a_fault_of_the_database_is_no_records_fault(
    pipeline: Pipeline, make: Make, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    keep(pipeline.database, *(make(str(i), user=f"u{i}") for i in range(3)))

    def full(*_: object, **__: object) -> None:
        raise OperationalError("insert", {}, DiskFull("no space left"))

    with monkeypatch.context() as faulty:
        if place == "read":
            faulty.setattr(pipeline.tagger, "tag", full)
        elif place == "keep":
            faulty.setattr(signals, "replace_many", full)
        else:
            faulty.setattr(writing, "build", full)
        for _ in range(work.MAX_ATTEMPTS + 1):
            with pytest.raises(OperationalError):
                drain(pipeline)
            with pipeline.database.reading() as session:
                rows = session.execute(select(WorkRow.state, WorkRow.attempts, WorkRow.not_before))
                for state, attempts, due in rows:
                    assert (state, attempts) == ("pending", 0)
                    assert due > now(), "the work rests"
            pipeline.database.run(make_due)
    assert drain(pipeline).done == 3
    assert waiting(pipeline.database) == 0


def test_one_that_always_meets_a_fault_of_the_database_holds_up_no_other(
    pipeline: Pipeline, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [make(str(i), user=f"u{i}") for i in range(4)]
    first, *others = sorted(records, key=lambda record: record.id)
    keep(pipeline.database, *records)
    real = signals.replace_many

    def replace_many(session, found):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if first.id in found:
            raise OperationalError("insert", {}, DiskFull("no space left"))
        return real(session, found)

    monkeypatch.setattr(signals, "replace_many", replace_many)
    monkeypatch.setattr(work, "AWAY_S", 0.0)
    for _ in range(4):
        with pytest.raises(OperationalError):
            process(pipeline)
    with pipeline.database.reading() as session:
        assert set(signals.effective(session, [r.id for r in records])) == {r.id for r in others}


def test_a_neighbourhood_that_cannot_be_built_keeps_its_signals_and_lets_others_pass(
    pipeline: Pipeline, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = make("1", user="u1"), make("2", user="u2")
    keep(pipeline.database, good, bad)
    real = writing.build

    def build(contacts, *rest):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN202
        if any(contact.conversation.id == bad.id for contact in contacts):
            raise ZeroDivisionError
        return real(contacts, *rest)

    monkeypatch.setattr(writing, "build", build)
    result = process(pipeline)
    assert (result.done, result.failed) == (1, 1)
    with pipeline.database.reading() as session:
        assert signals.effective(session, [bad.id])
        assert journeys.of_conversation(session, good.id)


def test_a_late_worker_writes_nothing(pipeline: Pipeline, make: Make, tiny: ModuleType) -> None:
    record = make("1")
    keep(pipeline.database, record)

    class Slow(tiny.TinyTagger):  # type: ignore[misc, name-defined]
        def tag(self, records, *, needs=True):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            pipeline.database.run(lambda s: work.sweep(s, now() + timedelta(hours=1)))
            quick = replace(pipeline, tagger=tiny.TinyTagger("quick@1"), hands=Hands())
            pipeline.database.run(make_due)
            assert process(quick).done == 1
            return super().tag(records)

    result = process(replace(pipeline, tagger=Slow("slow@1")))
    assert (result.done, result.late) == (0, 1)
    with pipeline.database.reading() as session:
        [signal] = signals.effective(session, [record.id])[record.id]
        assert signal.model == "quick@1"


def test_what_a_lost_worker_held_is_done_by_another_and_comes_alone(
    pipeline: Pipeline, make: Make
) -> None:
    keep(pipeline.database, *(make(str(i), user=f"u{i}") for i in range(3)))
    lost = pipeline.database.run(
        lambda session: work.claim(session, [work.Kind.TAG], 9, 0.0, "lost", now())
    )
    assert len(lost) == 3
    assert drain(pipeline).claimed == 0
    assert sweep(pipeline.database) == 3
    assert process(pipeline).done == 1
    assert drain(pipeline).done == 2
    assert waiting(pipeline.database) == 0


def test_a_model_that_cannot_be_loaded_is_no_records_fault(pipeline: Pipeline, make: Make) -> None:
    class Broken:
        @property
        def version(self) -> str:
            raise FileNotFoundError("no model")

    keep(pipeline.database, make("1"))
    with pytest.raises(FileNotFoundError):
        process(replace(pipeline, tagger=Broken()))  # type: ignore[arg-type]
    with pipeline.database.reading() as session:
        [row] = session.scalars(select(WorkRow)).all()
        assert (row.state, row.attempts) == ("pending", 0)
