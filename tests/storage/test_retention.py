"""What is erased is gone, and stays away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import sleep

from sqlalchemy import func, select

from domain.conversation import Conversation
from domain.event import Event
from domain.identity import Identifier
from domain.intake import Stored
from storage import backlog, conversations, events, jobs, retention, sightings
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


def test_old_jobs_are_forgotten_in_batches_and_open_ones_stay(
    database: Database, make: Make, now: datetime
) -> None:
    talks = [make(str(n)) for n in range(5)]

    def take(received: datetime | None) -> str:
        with database.session() as session:
            job = jobs.create(session, jobs.JobKind.API, now)
            conversations.save_many(session, talks, now)
            jobs.follow(session, job, Kind.TAG, [talk.id for talk in talks])
            if received is not None:
                jobs.received(session, job, received)
        return job

    gone, stays, opened = take(now - timedelta(days=9)), take(now), take(None)
    before = now - timedelta(days=1)
    counts = []
    while count := database.run(lambda s: retention.forget_jobs(s, before, limit=2)):
        counts.append(count)
    assert counts == [2, 2, 2]
    with database.reading() as session:
        assert jobs.get(session, gone) is None
        assert all(jobs.get(session, job) for job in (stays, opened))
        assert session.scalar(select(func.count()).select_from(JobItemRow)) == 10
