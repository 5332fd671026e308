"""Nothing that is asked for is lost, and nobody works on what another one holds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from storage import backlog, freshness, jobs, work
from storage.database import Database
from storage.jobs import JobKind
from storage.queues import Queue
from storage.tables import WorkRow
from storage.work import Claim, Kind, Priority, State


def claim(session: Session, now: datetime, limit: int = 10, lease: float = 60) -> list[Claim]:
    return work.claim(session, list(Kind), limit, lease, "test", now)


def ask(session: Session, now: datetime, *subjects: str) -> None:
    work.add_many(session, Kind.TAG, subjects, now)


def test_a_subject_waits_once_however_often_it_is_asked_for(
    database: Database, now: datetime
) -> None:
    with database.session() as session:
        ask(session, now, "a", "a", "b")
        ask(session, now, "a")
        work.add(session, Kind.REBUILD, "a", now, priority=Priority.BATCH)
        assert len(claim(session, now)) == 3
        assert claim(session, now) == []


def test_what_is_asked_for_during_the_work_is_done_again(database: Database, now: datetime) -> None:
    with database.session() as session:
        ask(session, now, "a")
        [first] = claim(session, now)
        ask(session, now, "a")
        assert claim(session, now) == []
        assert not freshness.settled(session, ["a"], now)
        assert freshness.settled(session, ["b"], now)
        assert work.done(session, first)
        [second] = claim(session, now)
        assert second.generation == first.generation + 1
        assert second.attempts == 1
        assert work.done(session, second)
        assert session.scalars(select(WorkRow)).all() == []
        assert freshness.settled(session, ["a"], now)


def test_the_live_come_before_imports_and_the_old_before_the_new(
    database: Database, now: datetime
) -> None:
    with database.session() as session:
        work.add(session, Kind.TAG, "import", now, priority=Priority.BATCH)
        later = now + timedelta(seconds=1)
        work.add(session, Kind.TAG, "second", later)
        work.add(session, Kind.TAG, "first", now)
        work.add(session, Kind.TAG, "tomorrow", now, not_before=now + timedelta(days=1))
        assert [c.subject_id for c in claim(session, later)] == ["first", "second"]
        assert [c.subject_id for c in claim(session, later)] == ["import"]
        work.add(session, Kind.TAG, "tomorrow", later)
        assert [c.subject_id for c in claim(session, later)] == ["tomorrow"]


def test_a_claim_that_ran_out_changes_nothing(database: Database, now: datetime) -> None:
    with database.session() as session:
        ask(session, now, "a")
        [late] = claim(session, now, lease=10)
        assert work.sweep(session, now + timedelta(seconds=9)) == 0
        assert work.sweep(session, now + timedelta(seconds=11)) == 1
        [holder] = claim(session, now + timedelta(seconds=12))
        assert not work.hold(session, late)
        assert not work.done(session, late)
        assert work.fail(session, late, ValueError(), now) is None
        work.release(session, [late], now)
        assert work.done(session, holder)


def test_a_subject_that_kills_its_workers_is_parked_in_the_end(
    database: Database, now: datetime
) -> None:
    with database.session() as session:
        ask(session, now, "a")
        for _ in range(work.MAX_ATTEMPTS):
            assert len(claim(session, now, lease=0)) == 1
            now += timedelta(seconds=1)
            assert work.sweep(session, now) == 1
        assert claim(session, now) == []
        [parked] = backlog.parked(session)
        assert (parked.subject_id, parked.error) == ("a", "lease_expired")
        ask(session, now, "a")
        [again] = claim(session, now)
        assert again.attempts == 1


def last_attempt(session: Session, now: datetime) -> Claim:
    """Ask for a subject and let all attempts but the last one be lost."""
    ask(session, now, "a")
    for _ in range(work.MAX_ATTEMPTS - 1):
        claim(session, now, lease=-1)
        work.sweep(session, now)
    [item] = claim(session, now, lease=-1)
    assert item.attempts == work.MAX_ATTEMPTS
    return item


@pytest.mark.parametrize("lost", [True, False])
def test_what_comes_in_during_the_last_attempt_has_attempts_of_its_own(
    database: Database, now: datetime, lost: bool
) -> None:
    with database.session() as session:
        item = last_attempt(session, now)
        before, after = (jobs.create(session, JobKind.API, now) for _ in range(2))
        jobs.follow(session, before, Kind.TAG, ["a"])
        ask(session, now, "a")
        jobs.follow(session, after, Kind.TAG, ["a"])
        if lost:
            work.sweep(session, now)
        else:
            assert work.fail(session, item, ValueError(), now) is State.PENDING
        assert not backlog.parked(session)
        stood = [jobs.get(session, id_) for id_ in (before, after)]
        assert [(job.failed, job.pending) for job in stood if job] == [(1, 0), (0, 1)]
        [anew] = claim(session, now)
        assert (anew.attempts, anew.generation) == (1, item.generation + 1)
        assert work.done(session, anew)
        told = jobs.get(session, after)
        assert told is not None
        assert told.done == 1


def test_what_comes_in_during_an_attempt_waits_for_no_rest(
    database: Database, now: datetime
) -> None:
    with database.session() as session:
        ask(session, now, "failed")
        [item] = claim(session, now)
        ask(session, now, "failed")
        work.fail(session, item, ValueError(), now)
        [anew] = claim(session, now, lease=-1)
        assert anew.attempts == 1
        ask(session, now, "failed")
        work.sweep(session, now)
        assert [item.attempts for item in claim(session, now)] == [1]


def test_a_fault_of_the_database_is_no_attempt(database: Database, now: datetime) -> None:
    with database.session() as session:
        ask(session, now, "a")
        fault = OperationalError("insert", {}, Exception("no space left"))
        for _ in range(2 * work.MAX_ATTEMPTS):
            [item] = claim(session, now)
            assert item.attempts == 1
            assert work.fail(session, item, fault, now) is State.PENDING
            assert claim(session, now) == [], "not at once"
            now += timedelta(seconds=work.AWAY_S)


def test_a_failure_waits_longer_each_time_and_keeps_no_words(
    database: Database, now: datetime
) -> None:
    with database.session() as session:
        ask(session, now, "a")
        waits = []
        for attempt in range(1, work.MAX_ATTEMPTS + 1):
            [item] = claim(session, now)
            state = work.fail(session, item, ValueError("words of a customer"), now)
            row = session.scalars(select(WorkRow)).one()
            assert row.error == "failed:ValueError"
            if attempt < work.MAX_ATTEMPTS:
                assert state is State.PENDING
                assert claim(session, now) == []
                waits.append((row.not_before - now).total_seconds())
                now = row.not_before
        assert state is State.PARKED
        assert waits == [2, 4, 8, 16]


def test_what_is_given_back_counts_as_not_tried(database: Database, now: datetime) -> None:
    with database.session() as session:
        ask(session, now, "a")
        work.release(session, claim(session, now), now)
        [item] = claim(session, now)
        assert item.attempts == 1


def test_what_was_tried_before_comes_alone(database: Database, now: datetime) -> None:
    with database.session() as session:
        ask(session, now, "a", "b", "c")
        claim(session, now, limit=2, lease=0)
        ask(session, now + timedelta(seconds=2), "d")
        now += timedelta(seconds=3)
        work.sweep(session, now)
        sizes = []
        while taken := claim(session, now):
            sizes.append(len(taken))
        assert sorted(sizes) == [1, 1, 2]


def test_the_backlog_tells_how_much_waits_and_for_how_long(
    database: Database, now: datetime
) -> None:
    with database.session() as session:
        ask(session, now - timedelta(seconds=30), "a", "b")
        work.add(session, Kind.TAG, "c", now, not_before=now + timedelta(days=1))
        claim(session, now, limit=1)
        tag, rebuild, *_ = backlog.backlog(session, now)
        assert (tag.due, tag.scheduled, tag.claimed, tag.parked) == (1, 1, 1, 0)
        assert tag.oldest_seconds == pytest.approx(30)
        assert (rebuild.due, rebuild.oldest_seconds) == (0, 0)
        assert backlog.waiting(session, now) == 2


def test_bulk_work_comes_last_and_nobody_is_held_to_wait_for_it(
    database: Database, now: datetime
) -> None:
    with database.session() as session:
        early, bulk = now - timedelta(hours=1), work.Priority.BULK
        subjects = [f"bulk{n}" for n in range(9)]
        work.add_many(session, Kind.TAG, subjects, early, priority=bulk)
        work.add(session, Kind.TAG, "live", now)
        [queue, *_] = backlog.backlog(session, now)
        assert (queue.due, queue.oldest_seconds) == (10, 0)
        assert not freshness.settled(session, ["live"], now)
        assert freshness.settled(session, subjects, now)
        assert [item.subject_id for item in claim(session, now)] == ["live"]
        assert len(claim(session, now)) == work.BULK_TOGETHER, "few at a time"


def test_two_workers_never_get_the_same(database: Database, now: datetime) -> None:
    subjects = [f"s{i}" for i in range(200)]
    with database.session() as session:
        ask(session, now, *subjects)

    def work_on(worker: int) -> list[str]:
        mine: list[str] = []
        while taken := database.run(
            lambda session: work.claim(session, [Kind.TAG], 7, 60, str(worker), now)
        ):
            mine += [item.subject_id for item in taken]
            for item in taken:
                assert database.run(lambda session, item=item: work.done(session, item))
        return mine

    with ThreadPoolExecutor(4) as pool:
        taken = [subject for mine in pool.map(work_on, range(4)) for subject in mine]
    assert sorted(taken) == sorted(subjects)


def test_a_worker_takes_only_what_its_queues_hold(database: Database, now: datetime) -> None:
    with database.session() as session:
        for priority in Priority:
            work.add(session, Kind.TAG, priority.name, now, priority=priority)
        work.add(session, Kind.EMERGE, "themes", now)

        def take(queue: Queue) -> list[str]:
            kinds = work.SLOW if queue is Queue.THEMES else work.PROMPT
            taken = work.claim(session, kinds, 10, 60, "test", now, queue.priorities)
            return [item.subject_id for item in taken]

        assert all(backlog.any_due(session, now, queue) for queue in Queue)
        assert take(Queue.BULK) == ["BULK"]
        assert take(Queue.BULK) == []
        assert take(Queue.INGEST) + take(Queue.INGEST) == ["BATCH", "LATER"]
        assert take(Queue.LIVE) == ["LIVE"]
        assert take(Queue.THEMES) == ["themes"]
        assert not any(backlog.any_due(session, now, queue) for queue in Queue)


def test_a_lease_that_is_beaten_holds_and_a_lost_one_is_not_beaten(
    database: Database, now: datetime
) -> None:
    with database.session() as session:
        ask(session, now, "a", "b")
        claims = claim(session, now, lease=10)
        assert work.beat(session, claims, now + timedelta(seconds=30)) == 2
        assert work.sweep(session, now + timedelta(seconds=20)) == 0
        assert work.sweep(session, now + timedelta(seconds=31)) == 2
        assert work.beat(session, claims, now + timedelta(seconds=60)) == 0
        assert work.hold_many(session, claims) == frozenset()


def test_long_work_keeps_its_place_and_goes_behind_who_waits(
    database: Database, now: datetime
) -> None:
    with database.session() as session:
        ask(session, now, "long")
        [item] = claim(session, now)
        ask(session, now, "short")
        work.again(session, item, now + timedelta(seconds=1), progress=200)
        later = now + timedelta(seconds=2)
        first, second = claim(session, later)
        assert (first.subject_id, second.subject_id) == ("short", "long")
        assert (first.progress, second.progress, second.attempts) == (0, 200, 1)


def test_dead_letters_are_counted_by_reason_and_replayed_by_it(
    database: Database, now: datetime
) -> None:
    with database.session() as session:
        ask(session, now, "lost", "bad", "worse")
        for _ in range(work.MAX_ATTEMPTS):
            for item in [one for _ in range(3) for one in claim(session, now, lease=0)]:
                if item.subject_id != "lost":
                    work.fail(session, item, ValueError("words of a customer"), now)
            now += timedelta(minutes=1)
            work.sweep(session, now)
        counted = {(r.reason, r.count) for r in backlog.reasons(session)}
        assert counted == {("failed:ValueError", 2), ("lease_expired", 1)}
        which = backlog.Which(reason="failed:ValueError")
        shown = backlog.parked(session, which=which)
        assert [item.subject_id for item in shown] == ["bad", "worse"]
        assert all(item.parked_at is not None for item in shown)
        assert backlog.parked(session, which=which, after=shown[0].id) == shown[1:]
        assert backlog.replay(session, now, [shown[0].id], which=which) == 1
        assert backlog.replay(session, now, which=which) == 1
        assert {item.subject_id for item in claim(session, now)} == {"bad", "worse"}
        assert len(backlog.parked(session)) == 1
