"""What is built from a neighbourhood takes the place of what was built before."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from domain.conversation import Channel, Conversation
from domain.correction import Correction, CorrectionAction
from domain.event import Event
from domain.identity import Identifier
from domain.signal import Origin, Signal, SignalKind, SubjectKind
from journey.build import build
from journey.policy import JourneyPolicy
from storage import (
    conversations,
    corrections,
    events,
    identities,
    journeys,
    links,
    needs,
    neighbourhood,
    redirects,
    retention,
    signals,
    work,
)
from storage.database import Database
from storage.tables import IdentityRow, IssueRow, JourneyRow, LinkRow, WorkRow

Make = Callable[..., Conversation]
POLICY = JourneyPolicy()


def signal(conversation: Conversation, label: str, **fields: object) -> Signal:
    given = {
        "subject_kind": SubjectKind.CONVERSATION,
        "subject_id": conversation.id,
        "kind": SignalKind.INTENT,
        "label": label,
        "probability": 0.9,
        "model": "test@1",
        "content_hash": "h1",
        **fields,
    }
    return Signal.model_validate(given)


def rebuild(session: Session, start: str, now: datetime, limit: int = neighbourhood.LIMIT) -> None:
    around = neighbourhood.load_reach(session, neighbourhood.lock(session, [start], limit))
    built = build(around.contacts, around.events, around.withdrawn, POLICY, now)
    journeys.save(session, built, around, now)


def keep(session: Session, now: datetime, *records: Conversation) -> None:
    conversations.save_many(session, records, now)
    for record in records:
        signals.replace(session, record.id, [signal(record, "order_status")])
        needs.replace(session, record.id, [0.6, 0.8], "space@1")


def test_a_neighbourhood_is_all_that_hangs_together_over_identifiers(
    database: Database, make: Make, now: datetime, start: datetime
) -> None:
    first = make("1", identifiers=("email:ann@example.org",))
    bridge = make("2", identifiers=("email:ann@example.org", "phone:+4930123456"))
    call = make("3", identifiers=("phone:+4930123456",), channel=Channel.CALL)
    other = make("4", identifiers=("email:bob@example.org",))
    search = Event(
        source="segment",
        source_id="e1",
        name="help_searched",
        at=start,
        identifiers=("phone:+4930123456",),
    )
    with database.session() as session:
        keep(session, now, first, bridge, call, other)
        events.save(session, search, now)
    with database.reading() as session:
        around = neighbourhood.load(session, first.id)
        assert {c.conversation.id for c in around.contacts} == {first.id, bridge.id, call.id}
        assert around.contacts[0].signals == (
            signal(around.contacts[0].conversation, "order_status"),
        )
        assert around.contacts[0].need == pytest.approx((0.6, 0.8))
        assert around.contacts[0].space == "space@1"
        assert around.events == (search,)
        assert around.complete
        assert neighbourhood.load(session, search.id) == around


def test_a_kiosk_makes_no_neighbours_of_all_its_users(
    database: Database, make: Make, now: datetime
) -> None:
    users = [make(str(i), identifiers=("device:kiosk", f"user:u{i % 2}")) for i in range(12)]
    with database.session() as session:
        keep(session, now, *users)
    with database.reading() as session:
        around = neighbourhood.load(session, users[0].id, limit=10)
        assert not around.complete
        assert {c.conversation.id for c in around.contacts} == {c.id for c in users[::2]}
        few = neighbourhood.load(session, users[0].id, limit=3)
        assert not few.complete
        assert len(few.contacts) == 1


def test_identities_that_merge_redirect_and_come_back_when_the_link_is_withdrawn(
    database: Database, make: Make, now: datetime, start: datetime
) -> None:
    mail = make("1", identifiers=("email:ann@example.org",))
    call = make("2", identifiers=("account:a-77",), channel=Channel.CALL, started_at=start)
    with database.session() as session:
        keep(session, now, mail, call)
        rebuild(session, mail.id, now)
        rebuild(session, call.id, now)
        by_mail = identities.find(session, Identifier.model_validate("email:ann@example.org"))
        by_account = identities.find(session, Identifier.model_validate("account:a-77"))
        assert by_mail is not None
        assert by_account is not None
        assert by_mail.id != by_account.id
    both = make("3", identifiers=("email:ann@example.org", "account:a-77"), started_at=start)
    at_account = or_(LinkRow.left == "account:a-77", LinkRow.right == "account:a-77")
    of_account = select(LinkRow).where(at_account)
    with database.session() as session:
        keep(session, now, both)
        rebuild(session, both.id, now)
        merged = identities.find(session, Identifier.model_validate("email:ann@example.org"))
        assert merged is not None
        assert len(merged.identifiers) == 2
        [gone] = {by_mail.id, by_account.id} - {merged.id}
        assert redirects.resolve(session, gone) == merged.id
        assert identities.get(session, gone) == merged
        assert session.scalar(select(func.count()).select_from(IdentityRow)) == 1
        assert len(journeys.of_identity(session, gone)) >= 1
        for link in session.scalars(of_account):
            links.withdraw(session, link.id, "ann", now)
    with database.session() as session:
        rebuild(session, mail.id, now)
        rebuild(session, call.id, now)
        again = identities.find(session, Identifier.model_validate("account:a-77"))
        assert again is not None
        assert len(again.identifiers) == 1
        assert redirects.resolve(session, gone) == gone
        assert {link.withdrawn_by for link in session.scalars(of_account)} == {"ann"}


def test_issues_that_merge_redirect_with_their_journeys(
    database: Database, make: Make, now: datetime, start: datetime
) -> None:
    early = make("1", started_at=start - timedelta(hours=5))
    late = make("2", identifiers=("phone:+4930123456",), channel=Channel.CALL)
    with database.session() as session:
        keep(session, now, early, late)
        rebuild(session, early.id, now)
        rebuild(session, late.id, now)
        [old] = journeys.of_conversation(session, late.id)
    bridged = make(
        "2", identifiers=("phone:+4930123456", "email:ann@example.org"), channel=Channel.CALL
    )
    with database.session() as session:
        keep(session, now, bridged)
        rebuild(session, late.id, now)
        [joined] = journeys.of_conversation(session, late.id)
        assert joined.issue.conversation_ids == (early.id, late.id)
        assert journeys.get(session, old.id) == joined
        assert redirects.resolve(session, old.issue.id) == joined.issue.id
        assert session.scalar(select(func.count()).select_from(IssueRow)) == 1


def test_a_rebuild_that_finds_nothing_new_changes_nothing(
    database: Database, make: Make, now: datetime
) -> None:
    record = make("1", ("where is it?", "on its way"))
    with database.session() as session:
        keep(session, now, record)
        rebuild(session, record.id, now)
        before = journeys.of_conversation(session, record.id)
        outcomes = journeys.contact_outcomes(session, [record.id])
        rebuild(session, record.id, now)
        assert journeys.of_conversation(session, record.id) == before
        assert journeys.contact_outcomes(session, [record.id]) == outcomes
        built = build(neighbourhood.load(session, record.id).contacts, (), frozenset(), POLICY, now)
        assert {frozenset(outcomes[record.id])} == {frozenset(built.contact_outcomes[record.id])}
        assert before == built.journeys


def test_rebuilds_of_one_neighbourhood_at_once_leave_one_set(
    database: Database, make: Make, now: datetime
) -> None:
    records = [make(str(i), identifiers=(f"user:u{i}", f"user:u{i + 1}")) for i in range(8)]
    with database.session() as session:
        keep(session, now, *records)

    def work_on(record: Conversation) -> None:
        database.run(lambda session: rebuild(session, record.id, now))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work_on, records))
    with database.reading() as session:
        around = neighbourhood.load(session, records[0].id)
        built = build(around.contacts, around.events, frozenset(), POLICY, now)
        assert set(session.scalars(select(JourneyRow.id))) == {j.id for j in built.journeys}
        assert set(session.scalars(select(IdentityRow.id))) == {i.id for i in built.identities}
        assert set(session.scalars(select(LinkRow.id))) == {link.id for link in built.links}


def test_a_persons_word_outlives_a_new_tagging(
    database: Database, make: Make, now: datetime
) -> None:
    record = make()
    word = Correction(
        subject_kind=SubjectKind.CONVERSATION,
        subject_id=record.id,
        kind=SignalKind.INTENT,
        action=CorrectionAction.REPLACE,
        machine_label="order_status",
        label="refund",
        content_hash="h1",
        at=now,
        by="ann",
    )
    with database.session() as session:
        keep(session, now, record)
        assert corrections.save(session, word, now) == record.id
        signals.lay_corrections(session, record.id)
        [said] = signals.effective(session, [record.id])[record.id]
        assert (said.label, said.origin) == ("refund", Origin.PERSON)
        newer = signal(record, "order_status", model="test@2", content_hash="h2")
        signals.replace(session, record.id, [newer, signal(record, "cancel", model="test@2")])
        result = signals.effective(session, [record.id])[record.id]
        assert [(s.label, s.origin) for s in result] == [
            ("cancel", Origin.MACHINE),
            ("refund", Origin.PERSON),
        ]
        claims = work.claim(session, [work.Kind.REBUILD], 5, 60, "test", now)
        assert [claim.subject_id for claim in claims] == [record.id]
        assert corrections.remove(session, word.id, now) == record.id
        signals.lay_corrections(session, record.id)
        labels = [s.label for s in signals.effective(session, [record.id])[record.id]]
        assert labels == ["order_status", "cancel"]


def test_a_word_about_a_journey_is_laid_over_it(
    database: Database, make: Make, now: datetime
) -> None:
    record = make("1", ("where is it?",))
    with database.session() as session:
        keep(session, now, record)
        rebuild(session, record.id, now)
        [journey] = journeys.of_conversation(session, record.id)
        word = Correction(
            subject_kind=SubjectKind.JOURNEY,
            subject_id=journey.id,
            kind=SignalKind.INTENT,
            action=CorrectionAction.ADD,
            label="lost_parcel",
            content_hash="",
            at=now,
            by="ann",
        )
        assert corrections.save(session, word, now) is None
        rebuild(session, record.id, now)
        [journey] = journeys.of_conversation(session, record.id)
        assert "lost_parcel" in {s.label for s in journey.signals if s.origin is Origin.PERSON}


def test_a_word_about_nothing_is_refused(database: Database, make: Make, now: datetime) -> None:
    word = Correction(
        subject_kind=SubjectKind.TURN,
        subject_id="trn_none",
        kind=SignalKind.INTENT,
        action=CorrectionAction.ADD,
        label="refund",
        content_hash="h",
        at=now,
        by="ann",
    )
    with database.session() as session, pytest.raises(LookupError, match="trn_none"):
        corrections.save(session, word, now)


def test_an_erased_person_leaves_nothing_and_the_neighbours_are_rebuilt(
    database: Database, make: Make, now: datetime
) -> None:
    ann = make("1", identifiers=("email:ann@example.org",))
    both = make("2", identifiers=("email:ann@example.org", "device:d1"))
    bob = make("3", identifiers=("email:bob@example.org", "device:d1"))
    with database.session() as session:
        keep(session, now, ann, both, bob)
        rebuild(session, ann.id, now)
        erased = retention.erase_records(session, [ann.id, both.id, "cnv_none"], now)
        assert (erased.conversations, erased.events) == (2, 0)
        assert list(conversations.get_many(session, [ann.id, both.id, bob.id])) == [bob.id]
        assert not journeys.of_conversation(session, ann.id)
        assert not signals.effective(session, [ann.id])
        claims = work.claim(session, [work.Kind.REBUILD], 9, 60, "test", now)
        assert [claim.subject_id for claim in claims] == [bob.id]
        rebuild(session, bob.id, now)
        found = identities.find(session, Identifier.model_validate("email:bob@example.org"))
        assert found is not None
        retention.erase_identity(session, found.id, now)
        assert session.scalar(select(func.count()).select_from(IdentityRow)) == 0
        assert session.scalar(select(func.count()).select_from(JourneyRow)) == 0


def test_whoever_is_beyond_the_reach_of_what_goes_by_age_keeps_their_journeys(
    database: Database,
    make: Make,
    now: datetime,
    start: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(neighbourhood, "LIMIT", 2)
    mails = [f"email:customer{n}@example.org" for n in range(3)]
    old = [make(f"old{n}", identifiers=(mail,)) for n, mail in enumerate(mails)]
    young = [
        make(f"young{n}-{k}", started_at=now, turns=(), identifiers=(mail,))
        for n, mail in enumerate(mails)
        for k in range(2)
    ]
    event = Event(
        source="segment", source_id="e1", name="seen", at=start, identifiers=("user:eve",)
    )
    later = event.model_copy(update={"source_id": "e2", "at": now})
    with database.session() as session:
        keep(session, now, *old, *young)
        events.save_many(session, [event, later], now)
        for record in (*old, event):
            rebuild(session, record.id, now)
        session.execute(delete(WorkRow))
    before = start + timedelta(days=1)
    assert database.run(lambda s: retention.expire(s, before, now)) == 4
    with database.session() as session:
        asked = set(session.scalars(select(WorkRow.subject_id)))
        assert asked == {later.id, *(talk.id for talk in young)}
        for id_ in sorted(asked):
            rebuild(session, id_, now)
    with database.reading() as session:
        for known in (*mails, "user:eve"):
            assert identities.find(session, Identifier.model_validate(known))
        for talk in young:
            assert journeys.of_conversation(session, talk.id)


def test_of_a_crowd_that_shows_what_goes_by_age_only_some_are_built_anew(
    database: Database,
    make: Make,
    now: datetime,
    start: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(neighbourhood, "LIMIT", 2)
    kiosk = "device:kiosk"
    old = make("old", identifiers=(kiosk,))
    young = [make(f"{n}", started_at=now, turns=(), identifiers=(kiosk,)) for n in range(9)]
    with database.session() as session:
        keep(session, now, old, *young)
        for record in (old, *young):
            rebuild(session, record.id, now, limit=2)
        session.execute(delete(WorkRow))
    before = start + timedelta(days=1)
    assert database.run(lambda s: retention.expire(s, before, now)) == 1
    with database.session() as session:
        asked = session.scalars(select(WorkRow.subject_id)).all()
        assert len(asked) == 2
        rebuild(session, asked[0], now)
    with database.reading() as session:
        assert identities.find(session, Identifier.model_validate(kiosk))
        assert all(journeys.of_conversation(session, talk.id) for talk in young)
