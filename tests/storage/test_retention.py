"""What is erased is gone, and stays away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import sleep

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import func, select

from domain.conversation import Conversation
from domain.event import Event
from domain.identity import Identifier
from domain.intake import Stored
from storage import (
    backlog,
    conversations,
    events,
    jobs,
    neighbourhood,
    retention,
    sightings,
    work,
)
from storage.database import Database
from storage.tables import (
    ConversationRow,
    EventRow,
    JobItemRow,
    SightingRow,
    TombstoneRow,
    WorkRow,
)
from storage.work import Kind

Make = Callable[..., Conversation]
EVENT = {"source": "segment", "source_id": "e1", "name": "help_searched"}


def test_an_erased_record_does_not_come_back_with_the_next_import(
    database: Database, make: Make, now: datetime
) -> None:
    event = Event.model_validate({**EVENT, "at": now, "identifiers": ["email:ann@example.org"]})
    ann, bob = make("1"), make("2", identifiers=("email:bob@example.org",))
    with database.session() as session:
        conversations.save_many(session, [ann, bob], now)
        events.save(session, event, now)
        erased = retention.erase_records(session, [ann.id, event.id], now)
        assert (erased.conversations, erased.turns, erased.events) == (1, 1, 1)
    grown = make("1", texts=("hello", "again"))
    with database.session() as session:
        results = conversations.save_many(session, [ann, bob, grown], now)
        assert results == [Stored.ERASED, Stored.DUPLICATE, Stored.ERASED]
        assert events.save_many(session, [event, event], now) == [Stored.ERASED] * 2
    with database.reading() as session:
        assert list(session.scalars(select(ConversationRow.id))) == [bob.id]
        assert session.scalar(select(func.count()).select_from(EventRow)) == 0
        assert set(session.scalars(select(SightingRow.record_id))) == {bob.id}
        assert backlog.due(session, now) == 1
        kept = set(session.scalars(select(TombstoneRow.record_hash)))
        assert len(kept) == 2
        assert not kept & {ann.id, event.id}


def test_a_record_that_comes_in_while_it_is_erased_stays_away(
    database: Database, make: Make, now: datetime
) -> None:
    ann = make("1")
    database.run(lambda session: conversations.save(session, ann, now))
    with ThreadPoolExecutor(1) as pool:
        with database.session() as session:
            retention.erase_records(session, [ann.id], now)
            late = pool.submit(database.run, lambda s: conversations.save(s, ann, now))
            sleep(0.3)
        assert late.result(30) is Stored.ERASED
    with database.reading() as session:
        assert not conversations.get_many(session, [ann.id])


def test_who_only_writes_of_a_person_is_not_erased_with_them(
    database: Database, make: Make, now: datetime
) -> None:
    phone = Identifier.model_validate("phone:+4930123456")
    ann, bob = make("1", identifiers=(phone,)), make("2", identifiers=("email:bob@example.org",))
    with database.session() as session:
        conversations.save_many(session, [ann, bob], now)
        sightings.replace_written(session, {bob.id: [phone]})
        assert sightings.records_showing(session, [str(phone)]) == {ann.id}
        assert sightings.records_with(session, [str(phone)], 9) == {ann.id, bob.id}


def test_what_a_source_gives_and_what_is_written_do_not_push_each_other_out(
    database: Database, make: Make, now: datetime
) -> None:
    mail, phone = (
        Identifier.model_validate(text) for text in ("email:ann@example.org", "phone:+4930123456")
    )
    ann = make("1", identifiers=(mail,))
    with database.session() as session:
        conversations.save(session, ann, now)
        sightings.replace_written(session, {ann.id: [mail, phone]})
        assert sightings.records_showing(session, [str(mail)]) == {ann.id}
        sightings.replace_written(session, {ann.id: []})
        assert sightings.identifiers_of(session, [ann.id]) == {str(mail)}
        sightings.replace_written(session, {ann.id: [phone]})
        sightings.replace_many(session, {ann.id: [phone]})
        assert sightings.records_showing(session, [str(phone)]) == {ann.id}


def test_what_is_too_old_goes_in_batches_and_its_journeys_are_built_anew(
    database: Database, make: Make, start: datetime, now: datetime
) -> None:
    old = [make(f"old-{n}") for n in range(5)]
    young = make("young", started_at=now, turns=({"role": "customer", "text": "me", "at": now},))
    late = make("late", turns=({"role": "customer", "text": "still here", "at": now},))
    event = Event.model_validate({**EVENT, "at": start, "identifiers": ["email:ann@example.org"]})
    with database.session() as session:
        conversations.save_many(session, [*old, young, late], now)
        events.save(session, event, now)
    before = start + timedelta(days=1)
    counts = []
    while count := database.run(lambda s: retention.expire(s, before, now, limit=4)):
        counts.append(count)
    assert counts == [4, 2]
    with database.reading() as session:
        assert set(session.scalars(select(ConversationRow.id))) == {young.id, late.id}
        assert session.scalar(select(func.count()).select_from(EventRow)) == 0
        asked = session.scalars(select(WorkRow.subject_id).where(WorkRow.kind == Kind.REBUILD))
        assert set(asked) == {young.id, late.id}
    with database.session() as session:
        # Age alone keeps nothing away for ever.
        assert conversations.save(session, old[0], now) is Stored.KEPT


def grown(make: Make, source_id: str, at: datetime) -> Conversation:
    return make(
        source_id,
        texts=("hello",),
        turns=({"role": "customer", "text": "still here", "source_id": "late", "at": at},),
    )


@pytest.fixture
def several_writers(database: Database) -> None:
    """Pass over SQLite, on which nothing is written while another writes."""
    if database.sqlite:
        pytest.skip("it has one writer")


def waiting(database: Database) -> set[tuple[str, str]]:
    with database.reading() as session:
        rows = session.execute(select(WorkRow.kind, WorkRow.subject_id))
        return {(row.kind, row.subject_id) for row in rows}


@pytest.mark.usefixtures("several_writers")
def test_a_turn_that_comes_while_its_conversation_is_to_go_keeps_it(
    database: Database,
    make: Make,
    start: datetime,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened = Event.model_validate({**EVENT, "at": start})
    lives, goes = make("lives"), make("goes")
    with database.session() as session:
        conversations.save_many(session, [lives, goes], now)
        events.save(session, happened, now)
        work.drop(session, Kind.TAG, [lives.id, goes.id])
    lock = neighbourhood.lock

    def late(*given: object) -> neighbourhood.Reach:
        monkeypatch.undo()
        later = happened.model_copy(update={"at": now})
        database.run(lambda s: conversations.save(s, grown(make, "lives", now), now))
        database.run(lambda s: events.save(s, later, now))
        return lock(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(neighbourhood, "lock", late)
    before = start + timedelta(days=1)
    assert database.run(lambda s: retention.expire(s, before, now)) == 1
    with database.reading() as session:
        assert set(session.scalars(select(ConversationRow.id))) == {lives.id}
        assert events.get_many(session, [happened.id])
    assert (Kind.TAG, lives.id) in waiting(database)


@pytest.mark.usefixtures("several_writers")
def test_what_is_written_to_just_now_does_not_go_and_holds_nobody_up(
    database: Database, make: Make, start: datetime, now: datetime
) -> None:
    lives, goes = make("lives"), make("goes")
    database.run(lambda s: conversations.save_many(s, [lives, goes], now))
    before = start + timedelta(days=1)
    with database.session() as session:
        conversations.save(session, grown(make, "lives", now), now)
        assert database.run(lambda s: retention.expire(s, before, now)) == 1
    assert database.run(lambda s: retention.expire(s, before, now)) == 0
    with database.reading() as session:
        assert set(session.scalars(select(ConversationRow.id))) == {lives.id}
    assert (Kind.TAG, lives.id) in waiting(database)


@pytest.mark.usefixtures("several_writers")
def test_a_copy_whose_record_goes_by_age_once_it_was_found_is_kept(
    database: Database,
    make: Make,
    start: datetime,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    talk, copy = make("1"), grown(make, "1", now)
    happened = Event.model_validate({**EVENT, "at": start})
    later = happened.model_copy(update={"at": now})
    database.run(lambda s: conversations.save(s, talk, now))
    database.run(lambda s: events.save(s, happened, now))
    before = start + timedelta(days=1)

    def then_expire(insert: Callable[..., set[str]]) -> Callable[..., set[str]]:
        def inserted(*given: object) -> set[str]:
            created = insert(*given)
            monkeypatch.undo()
            database.run(lambda s: retention.expire(s, before, now, limit=1))
            return created

        return inserted

    monkeypatch.setattr(conversations, "_insert", then_expire(conversations._insert))
    assert database.run(lambda s: conversations.save(s, copy, now)) is Stored.KEPT
    monkeypatch.setattr(events, "_insert", then_expire(events._insert))
    assert database.run(lambda s: events.save(s, later, now)) is Stored.KEPT
    with database.reading() as session:
        assert conversations.get_many(session, [talk.id])[talk.id].turns == copy.turns
        assert events.get_many(session, [happened.id])[happened.id].at == now
    assert {(Kind.TAG, talk.id), (Kind.REBUILD, happened.id)} <= waiting(database)


def test_old_jobs_are_forgotten_in_batches_and_open_ones_stay(
    database: Database, make: Make, now: datetime
) -> None:
    talks = [make(str(n)) for n in range(5)]

    def take(begun: datetime, received: datetime | None) -> str:
        with database.session() as session:
            job = jobs.create(session, jobs.JobKind.API, begun)
            conversations.save_many(session, talks, now)
            jobs.follow(session, job, Kind.TAG, [talk.id for talk in talks])
            if received is not None:
                jobs.received(session, job, received)
        return job

    long_ago, before = now - timedelta(days=9), now - timedelta(days=1)
    gone = take(long_ago, long_ago)
    stay = [take(now, now), take(long_ago, now), take(now, None)]
    counts = []
    while count := database.run(lambda s: retention.forget_jobs(s, before, limit=2)):
        counts.append(count)
    assert counts == [2, 2, 2]
    with database.reading() as session:
        assert jobs.get(session, gone) is None
        assert all(jobs.get(session, job) for job in stay)
        assert session.scalar(select(func.count()).select_from(JobItemRow)) == 15


def test_an_import_that_was_killed_is_forgotten_by_when_it_began(
    database: Database, now: datetime
) -> None:
    long_ago = now - timedelta(days=9)
    killed = database.run(lambda s: jobs.create(s, jobs.JobKind.IMPORT, long_ago))
    database.run(lambda s: retention.forget_jobs(s, now - timedelta(days=1)))
    with database.reading() as session:
        assert jobs.get(session, killed) is None


def test_jobs_go_by_the_hundred(database: Database, now: datetime) -> None:
    long_ago, before = now - timedelta(days=9), now - timedelta(days=1)
    with database.session() as session:
        for _ in range(300):
            jobs.received(session, jobs.create(session, jobs.JobKind.API, long_ago), long_ago)
    sent: list[str] = []
    sql_event.listen(
        database.engine, "before_cursor_execute", lambda _c, _k, sql, *_: sent.append(sql)
    )
    assert database.run(lambda s: retention.forget_jobs(s, before)) == 300
    assert len(sent) < 10
    assert database.run(lambda s: retention.forget_jobs(s, before)) == 0
