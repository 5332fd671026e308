"""Whatever happens on the way, each record has one set of signals and one place in a journey."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from time import monotonic, sleep
from types import ModuleType

import pytest
from sqlalchemy import func, select

from domain.base import now
from domain.conversation import Conversation
from domain.correction import Correction, CorrectionAction
from domain.event import Event
from domain.identity import Identifier
from domain.retag import Selection
from domain.signal import SignalKind, SubjectKind
from storage import (
    backlog,
    conversations,
    corrections,
    events,
    identities,
    jobs,
    journeys,
    needs,
    neighbourhood,
    retag,
    signals,
    work,
)
from storage.jobs import JobKind, JobState
from storage.tables import JourneyRow, LinkRow, SignalRow, WorkRow
from tests.workers.handed_in import Make, keep, make_due, waiting
from workers import intake, writing
from workers.hands import Hands
from workers.pipeline import Pipeline, drain, process
from workers.portions import LONG


def test_a_contact_comes_out_with_signals_need_and_journey(pipeline: Pipeline, make: Make) -> None:
    first, second = make("1"), make("2", hours=30)
    keep(pipeline.database, first, second)
    assert drain(pipeline).done == 2
    with pipeline.database.reading() as session:
        [signal] = signals.effective(session, [first.id])[first.id]
        assert signal.label == "parcel"
        assert needs.get_many(session, [first.id])[first.id] == ((1.0, 0.0, 0.0), "tiny@1")
        assert conversations.redactions(session, first.id) == ((),)
        [journey] = journeys.of_conversation(session, first.id)
        assert journey.issue.conversation_ids == (first.id, second.id)
        outcomes = journeys.contact_outcomes(session, [first.id])[first.id]
        assert {str(outcome.state) for outcome in outcomes} <= {"yes", "no"}
    assert waiting(pipeline.database) == 0
    assert drain(pipeline).claimed == 0


@pytest.mark.parametrize("first", ["writer", "holder"])
def test_an_account_number_that_stands_only_in_the_words_links_two_records(
    pipeline: Pipeline, make: Make, first: str
) -> None:
    writer = make("1", text="where is my parcel? My account is AB-12345678", user="u1")
    shown = (Identifier.model_validate("account:AB-12345678"),)
    holder = make("2", user="u2", hours=30).model_copy(update={"identifiers": shown})
    records = [writer, holder] if first == "writer" else [holder, writer]
    for record in records:
        keep(pipeline.database, record)
        drain(pipeline)
    with pipeline.database.reading() as session:
        [link] = session.scalars(select(LinkRow))
        assert {link.left, link.right} == {"user:u1", str(shown[0])}
        assert link.seen_in == writer.id
    # A newer copy is known by its words before it is read again.
    other = (Identifier.model_validate("user:u3"),)
    keep(pipeline.database, writer.model_copy(update={"identifiers": other}))
    with pipeline.database.reading() as session:
        around = neighbourhood.load(session, holder.id)
        assert {c.conversation.id for c in around.contacts} == {writer.id, holder.id}


def test_a_number_that_two_write_and_nobody_shows_holds_nothing_together(
    pipeline: Pipeline, make: Make
) -> None:
    text = "parcel AB-12345678?"
    records = [make(f"{i}", text=text, user=f"u{i}") for i in range(2)]
    keep(pipeline.database, *records)
    drain(pipeline)
    with pipeline.database.reading() as session:
        around = neighbourhood.load(session, records[0].id)
        assert [c.conversation.id for c in around.contacts] == [records[0].id]
        assert around.complete


def test_the_same_work_done_twice_leaves_one_set(pipeline: Pipeline, make: Make) -> None:
    keep(pipeline.database, make("1"), make("2", hours=30))
    drain(pipeline)

    def count() -> tuple[int | None, int | None]:
        with pipeline.database.reading() as session:
            return (
                session.scalar(select(func.count()).select_from(SignalRow)),
                session.scalar(select(func.count()).select_from(JourneyRow)),
            )

    before = count()
    for record in (make("1"), make("2")):
        pipeline.database.run(
            lambda session, id_=record.id: work.add(session, work.Kind.TAG, id_, now())
        )
    assert drain(pipeline).done == 2
    assert count() == before == (2, 1)


def test_a_customer_with_many_contacts_in_a_batch_is_rebuilt_once(
    pipeline: Pipeline, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(pipeline.database, *(make(str(i), hours=i) for i in range(6)))
    built = []
    real = writing.build
    monkeypatch.setattr(writing, "build", lambda *args: built.append(1) or real(*args))
    assert process(pipeline).done == 6
    assert len(built) == 1


def test_a_change_during_the_work_leads_to_another_run(
    pipeline: Pipeline, make: Make, tiny: ModuleType
) -> None:
    record = make("1")
    grown = record.model_copy(
        update={
            "turns": (
                *record.turns,
                make("x", text="a refund then").turns[0].model_copy(update={"source_id": "t1"}),
            )
        }
    )

    class Interrupted(tiny.TinyTagger):  # type: ignore[misc, name-defined]
        def tag(self, records, *, needs=True):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            answer = super().tag(records)
            if len(self.seen) == 1:
                keep(pipeline.database, grown)
            return answer

    keep(pipeline.database, record)
    busy = replace(pipeline, tagger=Interrupted())
    assert drain(busy).done == 2
    with pipeline.database.reading() as session:
        labels = {s.label for s in signals.effective(session, [record.id])[record.id]}
        assert labels == {"parcel", "refund"}
    assert waiting(pipeline.database) == 0


def test_many_workers_share_the_work_and_do_each_record_once(
    pipeline: Pipeline, make: Make, tiny: ModuleType
) -> None:
    records = [make(str(i), user=f"u{i % 7}", hours=i) for i in range(60)]
    keep(pipeline.database, *records)
    taggers = [tiny.TinyTagger() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda t: drain(replace(pipeline, tagger=t, hands=Hands())), taggers))
    assert sum(result.done for result in done) == 60
    read = [id_ for tagger in taggers for seen in tagger.seen for id_ in seen]
    assert sorted(read) == sorted(record.id for record in records)
    with pipeline.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignalRow)) == 60
        for user in range(7):
            identifier = Identifier.model_validate(f"user:u{user}")
            found = identities.find(session, identifier)
            assert found is not None
            assert journeys.of_identity(session, found.id)
    assert waiting(pipeline.database) == 0


def test_an_event_alone_rebuilds_the_journey(pipeline: Pipeline, make: Make) -> None:
    record = make("1")
    keep(pipeline.database, record)
    drain(pipeline)
    event = Event(
        source="segment",
        source_id="e1",
        name="help_searched",
        at=record.started_at + timedelta(minutes=1),
        identifiers=record.identifiers,
    )
    pipeline.database.run(lambda session: events.save(session, event, now()))
    assert drain(pipeline).done == 1
    with pipeline.database.reading() as session:
        [journey] = journeys.of_conversation(session, record.id)
        assert event.id in {entry.subject_id for entry in journey.timeline}


def test_a_persons_word_reaches_the_journey(pipeline: Pipeline, make: Make) -> None:
    record = make("1")
    keep(pipeline.database, record)
    drain(pipeline)

    def say(session: object) -> None:
        word = Correction(
            subject_kind=SubjectKind.CONVERSATION,
            subject_id=record.id,
            kind=SignalKind.INTENT,
            action=CorrectionAction.REPLACE,
            machine_label="parcel",
            label="lost_parcel",
            content_hash="h",
            at=now(),
            by="ann",
        )
        corrections.save(session, word, now())  # type: ignore[arg-type]
        signals.lay_corrections(session, record.id)  # type: ignore[arg-type]

    pipeline.database.run(say)
    assert drain(pipeline).done == 1
    with pipeline.database.reading() as session:
        [journey] = journeys.of_conversation(session, record.id)
        assert journeys.main_intent(journey) == "lost_parcel"


def test_an_open_window_is_looked_at_again_when_it_closes(
    pipeline: Pipeline, make: Make, recent: Callable[[Conversation], Conversation]
) -> None:
    record = recent(make("1"))
    keep(pipeline.database, record)
    drain(pipeline)
    with pipeline.database.reading() as session:
        outcomes = journeys.contact_outcomes(session, [record.id])[record.id]
        assert "open" in {str(outcome.state) for outcome in outcomes}
        [queue] = [q for q in backlog.backlog(session, now()) if q.kind is work.Kind.REBUILD]
        assert (queue.due, queue.scheduled) == (0, 1)
        [later] = session.scalars(select(WorkRow)).all()
        assert later.subject_id == record.id
        assert timedelta(hours=22) < later.not_before - now() <= timedelta(hours=24)
    pipeline.database.run(make_due)
    assert drain(pipeline).done == 1
    with pipeline.database.reading() as session:
        [again] = session.scalars(select(WorkRow)).all()
        assert again.not_before > now() + timedelta(hours=20)


def test_a_job_is_done_when_its_records_are(pipeline: Pipeline, make: Make) -> None:
    records = [make("1"), make("2"), make("1")]
    event = Event(source="s", source_id="e", name="order_placed", at=now())

    def take(session: object) -> str:
        id_ = jobs.create(session, JobKind.API, now())  # type: ignore[arg-type]
        bad = [{"index": 4, "field": "at", "reason": "missing"}]
        intake.accept(session, id_, [*records, event], rejections=bad)  # type: ignore[arg-type]
        jobs.received(session, id_, now())  # type: ignore[arg-type]
        return id_

    id_ = pipeline.database.run(take)

    def job() -> jobs.Job:
        with pipeline.database.reading() as session:
            found = jobs.get(session, id_)
        assert found is not None
        return found

    assert (job().state, job().pending) == (JobState.WORKING, 3)
    assert job().counts == {"kept": 3, "duplicate": 1, "rejected": 1}
    assert job().rejections[0]["field"] == "at"
    drain(pipeline)
    assert (job().state, job().done, job().failed) == (JobState.DONE, 3, 0)


def long_one(make: Make, turns: int) -> Conversation:
    """Give a conversation of many turns about a parcel, and one about a refund."""
    record = make("long")
    texts = [*["where is my parcel?"] * (turns - 1), "a refund then"]
    grown = [
        record.turns[0].model_copy(update={"text": text, "source_id": f"t{place}"})
        for place, text in enumerate(texts)
    ]
    return record.model_copy(update={"turns": tuple(grown)})


def test_a_long_conversation_is_read_in_parts_between_which_others_go_first(
    pipeline: Pipeline, make: Make
) -> None:
    record = long_one(make, 3 * LONG + 1)
    keep(pipeline.database, record)
    assert process(pipeline).ahead == 1
    keep(pipeline.database, make("live", user="u2"))
    result = process(pipeline)
    assert (result.done, result.ahead) == (1, 1), "the live one is done beside the second part"
    assert drain(pipeline).done == 1
    with pipeline.database.reading() as session:
        labels = {s.label for s in signals.effective(session, [record.id])[record.id]}
    assert labels == {"parcel", "refund"}, "it is read as a whole in the end"
    assert waiting(pipeline.database) == 0


def test_a_lease_is_beaten_for_as_long_as_the_tagger_reads(
    pipeline: Pipeline, make: Make, tiny: ModuleType
) -> None:
    keep(pipeline.database, make("1"))
    swept = []

    class Slow(tiny.TinyTagger):  # type: ignore[misc, name-defined]
        def tag(self, records, *, needs=True):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            with pipeline.database.reading() as session:
                first = session.scalars(select(WorkRow.lease_until)).one()
            end = monotonic() + 120
            while monotonic() < end:
                sleep(0.1)
                with pipeline.database.reading() as session:
                    if session.scalars(select(WorkRow.lease_until)).one() > first:
                        swept.append(pipeline.database.run(lambda s: work.sweep(s, first)))
                        break
            return super().tag(records)

    result = process(replace(pipeline, tagger=Slow(), lease_seconds=3.0))
    assert (result.done, swept) == (1, [0])


def test_who_is_told_to_stop_gives_back_what_is_not_begun(pipeline: Pipeline, make: Make) -> None:
    text = "parcel " * 3_000
    keep(pipeline.database, *(make(str(i), text=text, user=f"u{i}") for i in range(5)))
    asked = iter([False, False, True, True, True, True])
    result = drain(replace(pipeline, stopping=lambda: next(asked)))
    assert result.done == 1
    with pipeline.database.reading() as session:
        left = session.execute(select(WorkRow.state, WorkRow.attempts)).all()
    assert [tuple(row) for row in left] == [("pending", 0)] * 4
    assert drain(pipeline).done == 4


def test_workers_of_two_versions_leave_one_set_each_and_the_difference_is_seen(
    pipeline: Pipeline, make: Make, tiny: ModuleType
) -> None:
    class Newer(tiny.TinyTagger):  # type: ignore[misc, name-defined]
        def tag(self, records, *, needs=True):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            lost = {"label": "lost"}
            return [
                replace(one, signals=tuple(s.model_copy(update=lost) for s in one.signals))
                for one in super().tag(records)
            ]

    database = pipeline.database
    old = replace(pipeline, tagger=tiny.TinyTagger("tiny@1"))
    new = replace(pipeline, tagger=Newer("tiny@2"))
    records = [make(str(i), user=f"u{i}") for i in range(4)]
    keep(database, *records)
    process(old, limit=2)
    process(new, limit=2)

    def read() -> dict[str, tuple[str, str]]:
        with database.reading() as session:
            found = signals.effective(session, [record.id for record in records])
        return {id_: (signal.model, signal.label) for id_, (signal,) in found.items()}

    parcel, lost = ("tiny@1", "parcel"), ("tiny@2", "lost")
    assert sorted(read().values()) == [parcel, parcel, lost, lost]
    # What the new one has read and an old one reads again has the old one's set alone.
    again = next(id_ for id_, said in read().items() if said == lost)
    database.run(lambda session: work.add(session, work.Kind.TAG, again, now()))
    process(old)
    assert sorted(read().values()) == [parcel, parcel, parcel, lost]
    run = database.run(lambda s: retag.begin(s, "tiny@2", Selection(), "test", now()))
    assert drain(old).done == 0, "a worker of another version leaves the run alone"
    database.run(make_due)
    drain(new)
    with database.reading() as session:
        [tally] = [t for t in retag.tallies(session, run.id) if t.before != t.after]
    assert (tally.before, tally.after, tally.count) == ("parcel", "lost", 3)
    database.run(lambda session: retag.apply(session, run.id, now()))
    drain(new)
    assert list(read().values()) == [lost] * 4
