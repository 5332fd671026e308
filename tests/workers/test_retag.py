"""A new version reads what is stored again: looked at first, applied whole, nothing twice."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import OperationalError

from domain.base import now
from domain.conversation import Channel, Conversation, Role, Turn
from domain.correction import Correction, CorrectionAction
from domain.difference import What
from domain.retag import Retag, RetagState, Selection
from domain.signal import SignalKind, SubjectKind
from settings import Settings
from storage import backlog, conversations, corrections, journeys, retag, signals
from storage.database import Database
from storage.tables import ConversationRow, RetagChangeRow, SignalRow, WorkRow
from storage.work import MAX_ATTEMPTS
from workers import retag as running
from workers.app import make_app
from workers.celery_conf import DRAIN
from workers.pipeline import Pipeline, drain, process

Make = Callable[..., Conversation]


@pytest.fixture
def newer(pipeline: Pipeline, tiny: ModuleType) -> Pipeline:
    """Give the same pipeline with a tagger that has learned what a return is."""

    class Newer(tiny.TinyTagger):  # type: ignore[misc,name-defined]
        def tag(self, batch: Sequence[Conversation], *, needs: bool = True) -> Any:  # noqa: ANN401
            return [
                replace(
                    tagged,
                    signals=tuple(
                        s.model_copy(update={"label": "return"}) if s.label == "refund" else s
                        for s in tagged.signals
                    ),
                )
                for tagged in super().tag(batch)
            ]

    return replace(pipeline, tagger=Newer("tiny@2"))


def keep(pipeline: Pipeline, *records: Conversation) -> None:
    pipeline.database.run(lambda session: conversations.save_many(session, records, now()))
    drain(pipeline)


def begin(pipeline: Pipeline, chosen: Selection | None = None) -> Retag:
    version = pipeline.tagger.version
    return pipeline.database.run(
        lambda session: retag.begin(session, version, chosen or Selection(), "qa", now())
    )


def apply(pipeline: Pipeline, run: Retag) -> None:
    pipeline.database.run(lambda session: retag.apply(session, run.id, now()))


def seen(database: Database, run: Retag) -> Retag:
    with database.reading() as session:
        found = retag.get(session, run.id)
    assert found is not None
    return found


def labels(database: Database, record: Conversation) -> list[str]:
    with database.reading() as session:
        return [s.label for s in signals.effective(session, [record.id])[record.id]]


def test_it_tells_what_would_change_and_changes_nothing(
    pipeline: Pipeline, newer: Pipeline, make: Make
) -> None:
    first, second = make("1", "my refund"), make("2", "my parcel", user="u2")
    keep(pipeline, first, second)
    run = begin(newer)
    assert (run.state, run.total) == (RetagState.COMPARING, 2)
    drain(newer)
    run = seen(newer.database, run)
    assert (run.state, run.read, run.failed, run.applied) == (RetagState.READY, 2, 0, 0)
    with newer.database.reading() as session:
        tallies = retag.tallies(session, run.id)
        [change] = retag.changes(session, run.id, first.id)
        assert not retag.changes(session, run.id, second.id)
    assert {(t.what, t.before, t.after, t.count) for t in tallies} == {
        (What.REPLACED, "refund", "return", 1),
        (What.SAME, "parcel", "parcel", 1),
    }
    [moved] = [t for t in tallies if t.what is What.REPLACED]
    assert moved.examples == (first.id,)
    assert (change.kind, change.before, change.after) == (SignalKind.INTENT, "refund", "return")
    assert labels(newer.database, first) == ["refund"]


def test_applied_the_new_signals_count_and_journeys_follow(
    pipeline: Pipeline, newer: Pipeline, make: Make
) -> None:
    record = make("1", "my refund")
    keep(pipeline, record)
    run = begin(newer)
    drain(newer)
    apply(newer, run)
    apply(newer, run)  # a second word changes nothing
    drain(newer)
    run = seen(newer.database, run)
    assert (run.state, run.applied, run.open) == (RetagState.APPLIED, 1, False)
    assert labels(newer.database, record) == ["return"]
    with newer.database.reading() as session:
        [journey] = journeys.of_conversation(session, record.id)
        assert {s.label for s in journey.signals if s.kind is SignalKind.INTENT} == {"return"}
        assert session.scalar(select(func.count()).select_from(SignalRow)) == 1
        assert session.scalar(select(ConversationRow.tagger)) == "tiny@2"
        assert backlog.waiting(session, now()) == 0
    assert begin(newer).total == 0, "all is read with this version"


def test_a_persons_word_stays_in_force(pipeline: Pipeline, newer: Pipeline, make: Make) -> None:
    record = make("1", "my refund")
    keep(pipeline, record)
    with pipeline.database.reading() as session:
        [said] = signals.effective(session, [record.id])[record.id]
    word = Correction(
        subject_kind=SubjectKind.CONVERSATION,
        subject_id=record.id,
        kind=SignalKind.INTENT,
        action=CorrectionAction.REPLACE,
        machine_label="refund",
        label="return",
        content_hash=said.content_hash,
        at=now(),
        by="ada",
    )

    def correct(session: Any) -> None:  # noqa: ANN401
        corrections.save(session, word, now())
        signals.lay_corrections(session, record.id)

    pipeline.database.run(correct)
    run = begin(newer)
    drain(newer)
    with newer.database.reading() as session:
        assert [t.what for t in retag.tallies(session, run.id)] == [What.SAME]
    apply(newer, run)
    drain(newer)
    with newer.database.reading() as session:
        [counting] = signals.effective(session, [record.id])[record.id]
    assert (counting.label, counting.origin) == ("return", "person")


def test_cancelled_all_stays_as_it_was(
    pipeline: Pipeline, newer: Pipeline, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 2)
    records = [make(str(n), "my refund", user=f"u{n}") for n in range(running.CHUNK + 2)]
    keep(pipeline, *records)
    run = begin(newer)
    process(newer)
    assert 0 < seen(newer.database, run).read < len(records)
    newer.database.run(lambda session: retag.cancel(session, run.id, now()))
    drain(newer)
    run = seen(newer.database, run)
    assert (run.state, run.read) == (RetagState.CANCELLED, running.CHUNK)
    with newer.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RetagChangeRow)) == 0
        assert backlog.waiting(session, now()) == 0
    assert all(labels(newer.database, record) == ["refund"] for record in records)
    with pytest.raises(retag.OpenError):
        apply(newer, run)


@pytest.mark.parametrize("size", [(99, 99), (3, 99)], ids=["one part", "16 parts"])
def test_killed_anywhere_it_does_nothing_twice_and_leaves_nothing_out(
    pipeline: Pipeline,
    newer: Pipeline,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
) -> None:
    monkeypatch.setattr(retag, "SIZES", size)
    records = [make(str(n), "my refund", user=f"u{n}") for n in range(12)]
    keep(pipeline, *records)
    run = begin(newer)
    kill = KeyboardInterrupt
    wrong = iter([kill, None, None, kill, None, kill, kill, None] * 2)
    said = newer.tagger.tag

    def dying(batch: Sequence[Conversation]) -> Any:  # noqa: ANN401
        answers = said(batch)
        if fault := next(wrong, None):
            raise fault  # it passes every handler, as a kill does
        return answers

    monkeypatch.setattr(newer.tagger, "tag", dying)
    for state in (RetagState.READY, RetagState.APPLIED):
        for _ in range(20):
            try:
                drain(newer)
                break
            except KeyboardInterrupt:
                later = now() + timedelta(hours=1)
                newer.database.run(lambda session, later=later: running.work.sweep(session, later))
                newer.database.run(
                    lambda session: session.execute(update(WorkRow).values(not_before=now()))
                )
        assert seen(newer.database, run).state is state
        if state is RetagState.READY:
            apply(newer, run)
    run = seen(newer.database, run)
    assert (run.read, run.failed, run.applied) == (12, 0, 12)
    with newer.database.reading() as session:
        [tally] = retag.tallies(session, run.id)
        assert session.scalar(select(func.count()).select_from(SignalRow)) == 12
    assert (tally.what, tally.count) == (What.REPLACED, 12)
    assert all(labels(newer.database, record) == ["return"] for record in records)


def test_a_late_worker_writes_nothing(pipeline: Pipeline, newer: Pipeline, make: Make) -> None:
    keep(pipeline, make("1", "my refund"))
    run = begin(newer)
    said = newer.tagger.tag

    def slow(batch: Sequence[Conversation]) -> Any:  # noqa: ANN401
        later = now() + timedelta(hours=1)
        newer.database.run(lambda session: running.work.sweep(session, later))
        return said(batch)

    newer.tagger.tag = slow  # type: ignore[method-assign]
    assert process(newer).late == 1
    newer.tagger.tag = said  # type: ignore[method-assign]
    assert seen(newer.database, run).read == 0
    newer.database.run(lambda session: session.execute(update(WorkRow).values(not_before=now())))
    drain(newer)
    assert seen(newer.database, run).read == 1


@pytest.mark.parametrize("live", ["tiny@1", "tiny@2", None], ids=["older", "newer", "waits"])
def test_what_grows_while_it_is_read_loses_none_of_its_new_signals(
    pipeline: Pipeline, newer: Pipeline, make: Make, live: str | None
) -> None:
    first, grown, last = (make(str(n), "my refund", user=f"u{n}") for n in range(3))
    keep(pipeline, first, grown, last)
    run = begin(newer)
    drain(newer)
    apply(newer, run)
    turn = Turn(role=Role.CUSTOMER, text="my parcel", source_id="t1", at=grown.started_at)
    more = grown.model_copy(update={"turns": (*grown.turns, turn)})
    said, plain = newer.tagger.tag, type(pipeline.tagger)

    def meanwhile(batch: Sequence[Conversation]) -> Any:  # noqa: ANN401
        newer.tagger.tag = said  # type: ignore[method-assign]
        newer.database.run(lambda session: conversations.save(session, more, now()))
        if live is not None:
            drain(Pipeline(database=newer.database, tagger=plain(live)))
        return said(batch)

    newer.tagger.tag = meanwhile  # type: ignore[method-assign]
    assert process(newer).done
    if live is not None:
        assert "parcel" in labels(newer.database, more)
    drain(newer)
    run = seen(newer.database, run)
    assert (run.state, run.open) == (RetagState.APPLIED, False)
    assert sorted(labels(newer.database, more)) == (
        ["parcel", "refund"] if live == "tiny@2" else ["parcel", "return"]
    )
    assert labels(newer.database, first) == labels(newer.database, last) == ["return"]
    with newer.database.reading() as session:
        assert set(session.scalars(select(ConversationRow.tagger))) == {"tiny@2"}
        assert None not in conversations.redactions(session, more.id)
        assert backlog.waiting(session, now()) == 0


def test_live_work_goes_before_every_chunk(pipeline: Pipeline, newer: Pipeline, make: Make) -> None:
    records = [make(str(n), "my refund", user=f"u{n}") for n in range(3 * running.CHUNK)]
    keep(pipeline, *records)
    begin(newer)
    process(newer)
    live = make("live", "my password", user="live")
    newer.database.run(lambda session: conversations.save(session, live, now()))
    newer.tagger.seen.clear()
    process(newer)
    assert newer.tagger.seen == [(live.id,)]


def test_one_that_cannot_be_read_keeps_its_signals_and_the_others_go_on(
    pipeline: Pipeline, newer: Pipeline, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = make("1", "my refund"), make("2", "my refund", user="u2")
    keep(pipeline, good, bad)
    said = newer.tagger.tag

    def failing(batch: Sequence[Conversation]) -> Any:  # noqa: ANN401
        if bad.id in [one.id for one in batch]:
            raise RuntimeError("words of a customer")
        return said(batch)

    monkeypatch.setattr(newer.tagger, "tag", failing)
    run = begin(newer)
    drain(newer)
    assert seen(newer.database, run).failed == 1
    apply(newer, run)
    drain(newer)
    run = seen(newer.database, run)
    assert (run.state, run.applied) == (RetagState.APPLIED, 1)
    assert labels(newer.database, bad) == ["refund"]
    assert labels(newer.database, good) == ["return"]


def test_a_fault_of_the_database_gives_no_conversation_up(
    pipeline: Pipeline, newer: Pipeline, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(pipeline, make("1", "my refund"))
    run = begin(newer)

    def away(_: object) -> None:
        raise OperationalError("select", {}, Exception)

    with monkeypatch.context() as faulty:
        faulty.setattr(newer.tagger, "tag", away)
        for _ in range(MAX_ATTEMPTS + 1):
            assert drain(newer).failed == 1
            newer.database.run(lambda s: s.execute(update(WorkRow).values(not_before=now())))
    drain(newer)
    assert (seen(newer.database, run).state, seen(newer.database, run).failed) == ("ready", 0)


def test_workers_of_another_version_leave_it_alone(
    pipeline: Pipeline, newer: Pipeline, make: Make
) -> None:
    keep(pipeline, make("1", "my refund"))
    run = begin(newer)
    assert drain(pipeline).done == 0
    assert seen(newer.database, run).read == 0
    newer.database.run(lambda session: session.execute(update(WorkRow).values(not_before=now())))
    drain(newer)
    assert seen(newer.database, run).state is RetagState.READY


def test_only_what_is_chosen_is_read(pipeline: Pipeline, newer: Pipeline, make: Make) -> None:
    early, late = make("1", "my refund"), make("2", "my refund", user="u2", hours=48)
    keep(pipeline, early, late)
    chosen = Selection(since=late.started_at, channel=Channel.CHAT)
    run = begin(newer, chosen)
    assert (run.total, run.selection) == (1, chosen)
    drain(newer)
    with newer.database.reading() as session:
        [tally] = retag.tallies(session, run.id)
    assert tally.examples == (late.id,)


def test_one_run_at_a_time(pipeline: Pipeline, newer: Pipeline, make: Make) -> None:
    keep(pipeline, make("1"))
    run = begin(newer)
    with pytest.raises(retag.OpenError) as refused:
        begin(newer)
    assert refused.value.retag == run


def test_erased_conversations_leave_no_trace_and_old_runs_go(
    pipeline: Pipeline, newer: Pipeline, make: Make
) -> None:
    keep(pipeline, make("1", "my refund"))
    run = begin(newer)
    drain(newer)
    database = newer.database
    database.run(lambda session: session.execute(delete(ConversationRow)))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RetagChangeRow)) == 0
    database.run(lambda session: retag.cancel(session, run.id, now()))
    database.run(lambda session: retag.prune(session, now() + timedelta(days=89)))
    assert seen(database, run)
    database.run(lambda session: retag.prune(session, now() + timedelta(days=91)))
    with database.reading() as session:
        assert retag.latest(session) == []


def test_a_worker_of_a_broker_goes_on_with_a_run(
    pipeline: Pipeline, tiny: ModuleType, make: Make
) -> None:
    keep(replace(pipeline, tagger=tiny.TinyTagger("tiny@0")), make("1", "my refund"))
    run = begin(pipeline)
    url = pipeline.database.url.render_as_string(hide_password=False)
    settings = Settings(
        database_url=SecretStr(url),
        broker_url=SecretStr("redis://127.0.0.1:1"),
        tagger="tiny_tagger:load",
    )
    with make_app(settings) as app:
        app.tasks[DRAIN]()
    assert seen(pipeline.database, run).state is RetagState.READY
