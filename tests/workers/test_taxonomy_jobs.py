"""Long work on own taxonomies: followed, cancelled, and done again where its worker was killed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import JsonValue
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from domain.base import now
from domain.conversation import Conversation
from nlp.cut import Cut
from nlp.vectors import TextVectors
from settings import Settings
from storage import conversations, retention, taxonomies, taxonomy_jobs, work
from storage.database import Database
from storage.queues import Kind
from storage.tables import WorkRow
from storage.taxonomy_erasure import _named
from storage.taxonomy_jobs import JobState, Task, TaxonomyJob
from tests.tiny_vectors import TinyOwnTagger, TinyVectors
from workers.taxonomy_jobs import _TASKS, Bench, Outcome, run, written
from workers.taxonomy_words import Word, say
from workers.themes_work import run_due
from workers.watch import Watch

START = datetime(2026, 3, 1, tzinfo=UTC)
Make = Callable[..., Conversation]
EXAMPLES = [(f"{word} parcel {n}", "parcel") for n, word in enumerate(("late", "lost", "no"))] + [
    (f"{word} refund {n}", "refund") for n, word in enumerate(("late", "wrong", "no"))
]
TRAINING: dict[str, JsonValue] = {
    "examples": written(EXAMPLES * 100),
    "descriptions": {},
    "wrong_costs": 4.0,
    "tune": False,
}


class Killed(BaseException):
    """As if the process were gone: nobody cleans up."""


class Reading(TinyVectors):
    """Vectors that do something at the second part of what they read."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self._act, self._parts = act, 0

    def read(self, cuts: Sequence[Cut]) -> list[TextVectors]:
        self._parts += 1
        if self._parts == 2:
            self._act()
        return super().read(cuts)


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(Settings(_env_file=None), database, TinyOwnTagger)


def ask(database: Database, task: Task = Task.TRAIN, **given: JsonValue) -> TaxonomyJob:
    return database.run(
        lambda session: taxonomy_jobs.begin(session, "shop", task, given or TRAINING, "ann", now())
    )


def seen(database: Database, job: TaxonomyJob) -> TaxonomyJob:
    with database.reading() as session:
        found = taxonomy_jobs.get(session, job.id)
    assert found is not None
    return found


def work_off(bench: Bench) -> int:
    return run_due(bench.settings, bench.database, bench=bench)


def with_vectors(bench: Bench, act: Callable[[], None]) -> Bench:
    tagger = TinyOwnTagger()
    tagger.vectors = Reading(act)
    return replace(bench, tagger=lambda: tagger)


def test_a_training_leaves_one_version_that_is_not_live(bench: Bench) -> None:
    job = ask(bench.database)
    assert job.state is JobState.WAITING
    assert ask(bench.database).id == job.id  # the same, while it is open
    assert work_off(bench) == 1
    done = seen(bench.database, job)
    assert (done.state, done.error) == (JobState.DONE, None)
    with bench.database.reading() as session:
        (version,) = taxonomies.versions(session, "shop")
        assert taxonomy_jobs.given(session, job.id) is None
    assert (version.version, version.live) == (done.version, False)
    again = ask(bench.database)
    assert again.id != job.id
    work_off(bench)
    assert seen(bench.database, again).version == done.version
    with bench.database.reading() as session:
        assert len(taxonomies.versions(session, "shop")) == 1


def test_a_training_whose_worker_is_killed_is_done_by_the_next_one(bench: Bench) -> None:
    database = bench.database

    def killed() -> None:
        raise Killed

    job = ask(database)
    claims = database.run(
        lambda session: work.claim(session, [Kind.TAXONOMY], 1, 60.0, "lost", now())
    )

    with pytest.raises(Killed):
        run(with_vectors(bench, killed), claims[0])
    lost = seen(database, job)
    assert (lost.state, lost.step) == (JobState.RUNNING, "reading examples")
    assert work_off(bench) == 0  # its claim still holds
    past = now() - timedelta(seconds=1)
    database.run(lambda session: session.execute(update(WorkRow).values(lease_until=past)))
    assert database.run(lambda session: work.sweep(session, now())) == 1
    assert work_off(bench) == 1
    assert seen(database, job).state is JobState.DONE
    # The late one comes back to life: it writes nothing.
    assert not run(bench, claims[0])
    with database.reading() as session:
        assert len(taxonomies.versions(session, "shop")) == 1


def test_a_cancelled_training_leaves_nothing(bench: Bench) -> None:
    database = bench.database
    job = ask(database)

    def cancel() -> None:
        assert database.run(lambda session: taxonomy_jobs.cancel(session, job.id, now()))

    work_off(with_vectors(bench, cancel))
    assert seen(database, job).state is JobState.CANCELLED
    assert not database.run(lambda session: taxonomy_jobs.cancel(session, job.id, now()))
    assert work_off(bench) == 0
    with database.reading() as session:
        assert taxonomies.versions(session, "shop") == ()


def test_a_process_that_stops_hands_the_training_back(bench: Bench) -> None:
    job = ask(bench.database)
    stopping: list[bool] = []
    stopped = with_vectors(
        replace(bench, stopping=lambda: bool(stopping)), lambda: stopping.append(True)
    )
    assert work_off(stopped) == 1
    assert seen(bench.database, job).state is JobState.WAITING
    assert work_off(bench) == 1
    assert seen(bench.database, job).state is JobState.DONE


def test_what_cannot_be_trained_says_why_and_is_not_tried_again(bench: Bench) -> None:
    job = ask(bench.database, **{**TRAINING, "examples": written(EXAMPLES[:3])})
    watch = Watch()
    run_due(bench.settings, bench.database, watch=watch, bench=bench)
    failed = seen(bench.database, job)
    assert failed.state is JobState.FAILED
    assert "two labels" in str(failed.error)
    assert (work_off(bench), watch.failures) == (0, 0)


def test_a_fault_is_tried_again_and_in_the_end_told(bench: Bench) -> None:
    database = bench.database
    job = ask(database)

    def broken() -> object:
        raise MemoryError("words of a customer")

    for _ in range(work.MAX_ATTEMPTS):
        database.run(lambda session: session.execute(update(WorkRow).values(not_before=START)))
        work_off(replace(bench, tagger=broken))
    failed = seen(database, job)
    assert (failed.state, failed.error) == (JobState.FAILED, "failed:MemoryError")
    # Who asks for the same again has it begun afresh.
    again = ask(database)
    assert (again.id, again.state, again.error) == (job.id, JobState.WAITING, None)
    assert again.step is None
    assert work_off(bench) == 1
    assert seen(database, job).state is JobState.DONE


def test_a_fault_of_the_database_is_tried_again_without_end(bench: Bench) -> None:
    database = bench.database
    job = ask(database)

    def away() -> object:
        raise OperationalError("select", {}, Exception)

    for _ in range(work.MAX_ATTEMPTS + 1):
        database.run(lambda session: session.execute(update(WorkRow).values(not_before=START)))
        assert work_off(replace(bench, tagger=away)) == 1
    database.run(lambda session: session.execute(update(WorkRow).values(not_before=START)))
    assert work_off(bench) == 1
    assert seen(database, job).state is JobState.DONE


def test_a_forgotten_job_takes_its_work_along(database: Database) -> None:
    ask(database)
    later = now() + timedelta(days=taxonomy_jobs.KEPT_DAYS + 1)
    database.run(lambda session: taxonomy_jobs.prune(session, later))
    with database.reading() as session:
        assert taxonomy_jobs.latest(session) == ()
        assert session.scalars(select(WorkRow.id)).all() == []


def test_one_piece_of_slow_work_may_be_asked_for(bench: Bench) -> None:
    ask(bench.database)
    ask(bench.database, **{**TRAINING, "wrong_costs": 9.0})
    assert run_due(bench.settings, bench.database, bench=bench, most=1) == 1
    assert work_off(bench) == 1


def test_who_is_erased_goes_out_of_samples_and_reports(bench: Bench, make: Make) -> None:
    database = bench.database
    ids = trained(bench, make)
    drawn = ask(database, Task.TRUST_SAMPLE, version=None, count=40, most=100)
    report = ask(database, Task.REPORT, version=None)
    work_off(bench)
    assert sampled(database, drawn) == set(ids)
    erase(database, ids[:2])
    assert sampled(database, drawn) == set(ids[2:])
    with database.reading() as session:
        assert taxonomy_jobs.get(session, report.id) is None
    # By age only the reports of taxonomies go under which it was corrected.
    kept, words = ask(database, Task.REPORT, version=None), [Word(ids[3], None, "parcel")]
    work_off(bench)
    erase(database, ids[2:3], keep_away=False)
    assert seen(database, kept).state is JobState.DONE
    assert not say(database, "shop", words, "ann")
    erase(database, ids[3:4], keep_away=False)
    assert sampled(database, drawn) == set(ids[4:])
    with database.reading() as session:
        assert taxonomy_jobs.get(session, kept.id) is None


LOOKS: dict[Task, dict[str, JsonValue]] = {
    Task.DIFF: {"version": "2", "against": "1", "most": 100},
    Task.QUEUE: {"version": "1", "count": 50, "most": 100},
    Task.GAPS: {"version": "1", "least": 2, "most": 100},
}


def test_who_is_erased_takes_along_what_names_the_conversation(bench: Bench, make: Make) -> None:
    database = bench.database
    ids = trained(bench, make)
    texts = [f"my voucher code fails {n}" for n in range(4)]
    records = [make(f"v{n}", text, user=f"v{n}") for n, text in enumerate(texts)]
    database.run(lambda session: conversations.save_many(session, records, now()))
    trained_anew = {**TRAINING, "wrong_costs": 900.0}
    ask(database, **trained_anew)
    work_off(bench)
    jobs = {task: ask(database, task, **more) for task, more in LOOKS.items()}
    work_off(bench)
    assert {seen(database, job).state for job in jobs.values()} == {JobState.DONE}
    named = {task: set(_named(result_of(database, job))) for task, job in jobs.items()}
    gap = named[Task.GAPS]
    assert gap >= {record.id for record in records}
    alone = next(iter(named[Task.DIFF] - gap))
    erase(database, [alone], keep_away=False)
    there = {task for task, job in jobs.items() if known(database, job)}
    assert there == {task for task, ids_ in named.items() if alone not in ids_}
    assert Task.DIFF not in there
    erase(database, [records[0].id])
    assert not known(database, jobs[Task.GAPS])
    assert set(found(database)) == {*ids, *(r.id for r in records)} - {alone, records[0].id}


def result_of(database: Database, job: TaxonomyJob) -> Any:  # noqa: ANN401
    with database.reading() as session:
        return taxonomy_jobs.result(session, job.id)


def known(database: Database, job: TaxonomyJob) -> bool:
    with database.reading() as session:
        return taxonomy_jobs.get(session, job.id) is not None


def test_a_refit_leaves_a_version_and_what_it_gained(bench: Bench, make: Make) -> None:
    database = bench.database
    ids = trained(bench, make)
    job = ask(database, Task.REFIT, version="1")
    work_off(bench)
    assert "corrected" in str(seen(database, job).error)
    assert not say(database, "shop", [Word(id_, None, "voucher") for id_ in ids[:6]], "ann")
    job = ask(database, Task.REFIT, version="1")
    work_off(bench)
    over = seen(database, job)
    assert (over.state, over.error) == (JobState.DONE, None)
    with database.reading() as session:
        version = taxonomies.versions(session, "shop")[0]
    assert (version.number, version.version, version.live) == (2, over.version, False)
    assert "voucher" in str(version.description["labels"])
    result = result_of(database, job)
    assert result["version"] == over.version
    assert result["gain"] == version.description["gain"]
    assert result["gain"]["corrections"] == 6


def test_a_cancelled_refit_leaves_nothing(bench: Bench, make: Make) -> None:
    database = bench.database
    assert not say(database, "shop", [Word(trained(bench, make)[0], None, "voucher")], "ann")
    job = ask(database, Task.REFIT, version="1")

    def cancel() -> None:
        assert database.run(lambda session: taxonomy_jobs.cancel(session, job.id, now()))

    work_off(with_vectors(bench, cancel))
    assert seen(database, job).state is JobState.CANCELLED
    with database.reading() as session:
        assert len(taxonomies.versions(session, "shop")) == 1


@pytest.mark.parametrize("task", [Task.TRUST_SAMPLE, Task.REPORT, Task.QUEUE, Task.GAPS])
def test_what_is_erased_while_a_job_reads_is_not_in_what_comes_of_it(
    bench: Bench, make: Make, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = bench.database
    ids = trained(bench, make)
    unlike = "zebra voucher code 77"
    for n in ("77", "78"):
        record = make(n, unlike.replace("77", n), user=f"u{n}")
        database.run(lambda s, one=record: conversations.save(s, one, now()))
    mine = sorted(set(found(database)) - set(ids))
    if task is Task.REPORT:
        assert not say(database, "shop", [Word(mine[0], None, "refund")], "ann")
    more: dict[str, JsonValue] = {"count": 50, "most": 100} if task is Task.TRUST_SAMPLE else {}
    job = ask(database, task, **{"version": "1", **more, **LOOKS.get(task, {})})
    inner, runs = _TASKS[task], []

    def erased_meanwhile(*given: Any) -> Outcome:  # noqa: ANN401
        outcome = inner(*given)
        if not runs:
            assert "zebra" in str(outcome.result)
            erase(database, mine)
        runs.append(outcome)
        return outcome

    monkeypatch.setitem(_TASKS, task, erased_meanwhile)  # type: ignore[arg-type]
    work_off(bench)
    assert seen(database, job).state is JobState.DONE
    assert len(runs) == (1 if task is Task.TRUST_SAMPLE else 2)
    with database.reading() as session:
        result = taxonomy_jobs.result(session, job.id)
    assert result
    assert "zebra" not in str(result)


def trained(bench: Bench, make: Make) -> list[str]:
    """Train a version, and give the ids of forty conversations that it can be asked about."""
    ask(bench.database)
    work_off(bench)
    texts = [f"late {noun} {n}" for n in range(20) for noun in ("parcel", "refund")]
    records = [make(str(n), text, user=f"u{n}") for n, text in enumerate(texts)]
    bench.database.run(lambda session: conversations.save_many(session, records, now()))
    return [record.id for record in records]


def found(database: Database) -> list[str]:
    with database.reading() as session:
        return taxonomies.recent_conversations(session, 100)


def erase(database: Database, ids: Sequence[str], *, keep_away: bool = True) -> None:
    database.run(lambda s: retention.erase_records(s, ids, now(), keep_away=keep_away))


def sampled(database: Database, job: TaxonomyJob) -> set[str]:
    with database.reading() as session:
        kept: Any = taxonomy_jobs.result(session, job.id)
    return {line["conversation_id"] for line in kept["sample"]}


def test_reports_and_samples_are_work_too(bench: Bench, make: Make) -> None:
    database = bench.database
    ask(database)
    work_off(bench)
    texts = [f"late {noun} {n}" for n in range(20) for noun in ("parcel", "refund")]
    records = [make(str(n), text, user=f"u{n}") for n, text in enumerate(texts)]
    with database.session() as session:
        conversations.save_many(session, records, now())

    def result(task: Task, **given: JsonValue) -> Any:  # noqa: ANN401
        job = ask(database, task, **given)
        work_off(bench)
        assert seen(database, job).state is JobState.DONE, seen(database, job)
        with database.reading() as session:
            return taxonomy_jobs.result(session, job.id)

    report = result(Task.REPORT, version=None)["report"]
    assert {row["label"] for row in report["rows"]} == {"parcel", "refund"}
    drawn = result(Task.TRUST_SAMPLE, version=None, count=10, most=100)
    assert len(drawn["sample"]) == 10
    labels = [
        {key: line[key] for key in ("conversation_id", "channel", "weight")}
        | {"label": "parcel" if "parcel" in line["text"] else "refund"}
        for line in drawn["sample"]
    ]
    labels.append({**labels[0], "label": "nonsense"})
    judged = result(Task.TRUST_REPORT, version=drawn["version"], error_cost=20.0, labels=labels)
    assert judged["trust"]["labelled"] == 10
    assert [one["index"] for one in judged["refused"]] == [10]
