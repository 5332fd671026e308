"""A record is kept once, grows by its copies and never loses what it had."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select

from domain.conversation import (
    MAX_OFFSET_MS,
    MAX_TURNS,
    Conversation,
    Role,
    Status,
    StatusChange,
    Turn,
)
from domain.event import Event
from domain.intake import Stored
from domain.redaction import Redaction
from storage import conversations, events, sightings, work
from storage.database import Database
from storage.tables import ConversationRow, TurnRow, WorkRow

Make = Callable[..., Conversation]


def save(database: Database, conversation: Conversation, now: datetime) -> Stored:
    with database.session() as session:
        return conversations.save(session, conversation, now)


def load(database: Database, conversation: Conversation) -> Conversation:
    with database.reading() as session:
        found = conversations.get(session, conversation.id)
    assert found is not None
    return found


def test_what_is_read_is_what_was_kept(database: Database, make: Make, now: datetime) -> None:
    record = make(
        turns=(
            {"role": "customer", "text": "Where?", "start_ms": 0, "end_ms": MAX_OFFSET_MS},
            {"role": "agent", "text": "On its way. \N{PARTY POPPER}", "at": now, "author": "Li"},
        ),
        subject="Parcel",
        brand="north",
        metadata={"tag": "a"},
        status_history=({"status": "open", "at": now},),
        ratings=({"at": now, "score": 2.5, "comment": "slow"},),
        handovers=({"at": now, "to": "tier 2", "escalation": True},),
    )
    assert save(database, record, now) is Stored.KEPT
    assert load(database, record) == record
    with database.reading() as session:
        assert conversations.find(session, "zendesk", "1") == record
        assert conversations.get(session, "cnv_none") is None


def test_the_same_again_is_a_duplicate_and_asks_for_no_work(
    database: Database, make: Make, now: datetime
) -> None:
    save(database, make(), now)
    with database.session() as session:
        [item] = work.claim(session, [work.Kind.TAG], 10, 60, "test", now)
        work.done(session, item)
    assert save(database, make(), now) is Stored.DUPLICATE
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(WorkRow)) == 0


def test_an_export_page_sent_twice_in_one_batch_is_kept_once(
    database: Database, make: Make, now: datetime
) -> None:
    batch = [make("1"), make("2"), make("1"), make("2", ("hello", "more"))]
    with database.session() as session:
        results = conversations.save_many(session, batch, now)
    assert results == [Stored.KEPT, Stored.KEPT, Stored.DUPLICATE, Stored.UPDATED]


def test_more_turns_a_new_status_and_an_edited_text_are_updates(
    database: Database, make: Make, now: datetime
) -> None:
    save(database, make(texts=("a", "b")), now)
    assert save(database, make(texts=("a", "b", "c")), now) is Stored.UPDATED
    change = StatusChange(status=Status.SOLVED, at=now)
    solved = make(texts=("a", "b", "c"), status_history=(change,))
    assert save(database, solved, now) is Stored.UPDATED
    edited = make(texts=("a", "B!", "c"), status_history=(change,))
    assert save(database, edited, now) is Stored.UPDATED
    assert load(database, edited) == edited


def test_an_older_copy_takes_nothing_away(database: Database, make: Make, now: datetime) -> None:
    newer = make(
        texts=("a", "b", "c"),
        subject="new subject",
        status_history=(
            StatusChange(status=Status.OPEN, at=now - timedelta(days=1)),
            StatusChange(status=Status.SOLVED, at=now),
        ),
    )
    save(database, newer, now)
    older = make(texts=("a", "old b"), subject="old subject")
    assert save(database, older, now) is Stored.DUPLICATE
    assert load(database, newer) == newer


def test_the_clock_of_the_source_tells_which_copy_is_newer(
    database: Database, make: Make, now: datetime
) -> None:
    save(database, make(subject="late", metadata={"updated_at": "2026-03-05T00:00:00Z"}), now)
    early = make(subject="early", metadata={"updated_at": "2026-03-04T23:00:00Z"})
    assert save(database, early, now) is Stored.DUPLICATE
    later = make(subject="last", metadata={"updated_at": "2026-03-05T02:00:00+01:00"})
    assert save(database, later, now) is Stored.UPDATED
    assert load(database, later).subject == "last"


def test_turns_without_ids_are_matched_by_place_and_words(
    database: Database, make: Make, now: datetime
) -> None:
    def transcript(*texts: str) -> Conversation:
        return make(turns=tuple(Turn(role=Role.CUSTOMER, text=text) for text in texts))

    save(database, transcript("yes", "yes"), now)
    assert save(database, transcript("yes"), now) is Stored.DUPLICATE
    assert save(database, transcript("yes", "yes", "no"), now) is Stored.UPDATED
    assert save(database, transcript("yes", "YES", "no"), now) is Stored.UPDATED
    assert save(database, transcript("hi", "yes", "YES", "no"), now) is Stored.UPDATED
    assert load(database, make()).turns == transcript("hi", "yes", "YES", "no").turns


def test_turns_that_carry_one_id_are_one_turn(
    database: Database, make: Make, now: datetime
) -> None:
    twice = tuple(Turn(role=Role.CUSTOMER, text=t, source_id="7") for t in ("first", "edited"))
    record = make(turns=twice)
    assert save(database, record, now) is Stored.KEPT
    assert load(database, record).turns == twice[1:]
    assert save(database, record, now) is Stored.DUPLICATE


def test_a_record_that_outgrows_its_limit_is_refused_and_the_stored_one_stays(
    database: Database, make: Make, now: datetime
) -> None:
    def long(prefix: str) -> Conversation:
        turns = (Turn(role=Role.CUSTOMER, text="x", source_id=f"{prefix}{i}") for i in range(6000))
        return make(turns=tuple(turns))

    save(database, long("a"), now)
    assert MAX_TURNS < 12_000
    with pytest.raises(ValidationError):
        save(database, long("b"), now)
    assert load(database, make()) == long("a")


def test_nul_characters_are_kept_as_replacement_characters(
    database: Database, make: Make, now: datetime
) -> None:
    record = make(texts=("a\x00b",), subject="\x00", metadata={"k\x00": "v\\u0000"})
    assert save(database, record, now) is Stored.KEPT
    assert load(database, record).turns[0].text == "a\ufffdb"
    assert load(database, record).metadata == {"k\ufffd": "v\\u0000"}
    assert save(database, record, now) is Stored.DUPLICATE


def test_an_edited_text_is_not_shown_by_an_old_redaction(
    database: Database, make: Make, now: datetime
) -> None:
    hidden = (Redaction(start=0, end=1, pseudonym="[X_1]"),)
    first = make(texts=("a", "b"))
    save(database, first, now)
    with database.session() as session:
        conversations.set_read_many(session, [(first, (hidden, ()))], "tagger@1", now)
    save(database, make(texts=("a", "changed")), now)
    with database.session() as session:
        assert conversations.redactions(session, first.id) == (hidden, None)
        conversations.set_read_many(session, [(first, (hidden, hidden))], "tagger@1", now)
        assert conversations.redactions(session, first.id) == (hidden, None)


def test_the_latest_identifiers_are_the_ones_that_are_found(
    database: Database, make: Make, now: datetime
) -> None:
    save(database, make(), now)
    changed = make(identifiers=("phone:+4930123456",))
    save(database, changed, now)
    with database.reading() as session:
        assert sightings.identifiers_of(session, [changed.id]) == {"phone:+4930123456"}


def test_one_record_from_16_threads_at_once_is_one_row(
    database: Database, make: Make, now: datetime
) -> None:
    copies = [make(texts=("a", "b")) if i % 2 else make(texts=("a", "b", "c")) for i in range(16)]

    def hand_in(copy: Conversation) -> Stored:
        return database.run(lambda session: conversations.save(session, copy, now))

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(hand_in, copies))
    assert results.count(Stored.KEPT) == 1
    assert results.count(Stored.UPDATED) <= 1
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ConversationRow)) == 1
        assert session.scalar(select(func.count()).select_from(TurnRow)) == 3
        assert session.scalar(select(func.count()).select_from(WorkRow)) == 1


def test_batches_that_overlap_in_another_order_do_not_block_each_other(
    database: Database, make: Make, now: datetime
) -> None:
    records = [make(str(i), identifiers=(f"user:u{i % 3}",)) for i in range(40)]
    orders = [records, records[::-1], records[20:] + records[:20], records[::2] + records[1::2]]

    def hand_in(batch: list[Conversation]) -> list[Stored]:
        return database.run(lambda session: conversations.save_many(session, batch, now))

    with ThreadPoolExecutor(4) as pool:
        results = [stored for batch in pool.map(hand_in, orders) for stored in batch]
    assert results.count(Stored.KEPT) == 40
    assert results.count(Stored.DUPLICATE) == 120


def test_events_are_kept_once_and_the_last_word_counts(database: Database, now: datetime) -> None:
    event = Event(
        source="segment",
        source_id="m1",
        name="help_searched",
        at=now,
        identifiers=("user:u1",),
        properties={"query": "x\x00\ud800", "n": float("nan"), "deep": [{"\ud800": 10**30}]},
    )
    with database.session() as session:
        assert events.save(session, event, now) is Stored.KEPT
        assert events.save(session, event, now) is Stored.DUPLICATE
        renamed = event.model_copy(update={"name": "article_viewed"})
        assert events.save(session, renamed, now) is Stored.UPDATED
        stored = events.get_many(session, [event.id])[event.id]
        assert stored.name == "article_viewed"
        assert stored.properties == {
            "query": "x\ufffd\ufffd",
            "n": None,
            "deep": [{"\ufffd": 10**30}],
        }
        [item] = work.claim(session, [work.Kind.REBUILD], 10, 60, "test", now)
        assert item.subject_id == event.id
