"""Pages hold what the filters say, and every count opens into the ids behind it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from sqlalchemy.orm import Session

from domain.conversation import Channel, Conversation, Role, Turn
from domain.outcome import OutcomeKind, OutcomeState
from domain.redaction import Redaction
from domain.signal import Signal, SignalKind, SubjectKind
from journey.build import build
from journey.policy import JourneyPolicy
from storage import conversations, export, journeys, neighbourhood, outcomes, signals, summary
from storage.database import Database
from storage.search import (
    ConversationFilter,
    JourneyFilter,
    OutcomeFilter,
    SignalFilter,
    conversation_page,
    journey_page,
)

Make = Callable[..., Conversation]


def labelled(conversation: Conversation, kind: SignalKind, label: str, **fields: object) -> Signal:
    given = {
        "subject_kind": SubjectKind.CONVERSATION,
        "subject_id": conversation.id,
        "kind": kind,
        "label": label,
        "probability": 0.8,
        "model": "test@1",
        "content_hash": "h",
        **fields,
    }
    return Signal.model_validate(given)


@pytest.fixture
def records(make: Make, start: datetime) -> list[Conversation]:
    """Give six contacts of three customers, an hour apart."""
    result = []
    for i in range(6):
        at = start + timedelta(hours=i)
        record = make(
            str(i),
            started_at=at,
            turns=(Turn(role=Role.CUSTOMER, text="Ann: where is it?", source_id="t", at=at),),
            identifiers=(f"user:u{i % 3}",),
            channel=Channel.CALL if i % 2 else Channel.EMAIL,
            brand="north" if i < 4 else None,
            status_history=({"status": "solved", "at": at},) if i < 2 else (),
        )
        result.append(record)
    return result


@pytest.fixture
def stored(database: Database, records: list[Conversation], now: datetime) -> Database:
    """Give a database that holds the contacts with signals, journeys and outcomes."""
    with database.session() as session:
        conversations.save_many(session, records, now)
        for i, record in enumerate(records):
            intent = labelled(record, SignalKind.INTENT, "order_status" if i < 5 else "refund")
            unsure = labelled(record, SignalKind.INTENT, "refund", abstained=True)
            mood = labelled(record, SignalKind.SENTIMENT, "negative", value=-0.7)
            signals.replace(session, record.id, [intent, mood, *([unsure] if i < 5 else [])])
            hidden = (Redaction(start=0, end=3, pseudonym="[PERSON_1]"),)
            if i:
                conversations.set_read_many(session, [(record, (hidden,))], "test@1", now)
        for record in records[:3]:
            around = neighbourhood.load_reach(session, neighbourhood.lock(session, [record.id]))
            built = build(around.contacts, around.events, (), JourneyPolicy(), now)
            journeys.save(session, built, around, now)
    return database


def walk(session: Session, wanted: ConversationFilter, limit: int) -> list[str]:
    ids: list[str] = []
    page = conversation_page(session, wanted, limit)
    ids += page.ids
    while page.next is not None:
        page = conversation_page(session, wanted, limit, page.next)
        ids += page.ids
    return ids


def test_pages_hold_everything_once_the_newest_first(
    stored: Database, records: list[Conversation]
) -> None:
    expected = [record.id for record in reversed(records)]
    with stored.reading() as session:
        for limit in (1, 2, 5, 6, 7):
            assert walk(session, ConversationFilter(), limit) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"channel": "call"}, [5, 3, 1]),
        ({"brand": "north"}, [3, 2, 1, 0]),
        ({"status": "solved"}, [1, 0]),
        ({"source": "elsewhere"}, []),
        ({"signal": {"kind": "intent", "label": "refund"}}, [5]),
        ({"signal": {"kind": "intent", "label": "refund", "abstained": True}}, [5, 4, 3, 2, 1, 0]),
        ({"signal": {"kind": "sentiment", "label": "negative"}, "channel": "email"}, [4, 2, 0]),
        ({"signal": {"kind": "sentiment", "label": "negative", "role": "agent"}}, []),
    ],
)
def test_filters_narrow_the_list(
    stored: Database, records: list[Conversation], wanted: dict[str, object], expected: list[int]
) -> None:
    with stored.reading() as session:
        found = walk(session, ConversationFilter.model_validate(wanted), 4)
    assert found == [records[i].id for i in expected]


def test_a_span_of_time_holds_its_start_and_not_its_end(
    stored: Database, records: list[Conversation], start: datetime
) -> None:
    span = ConversationFilter(
        started_from=start + timedelta(hours=1), started_before=start + timedelta(hours=3)
    )
    with stored.reading() as session:
        assert walk(session, span, 10) == [records[2].id, records[1].id]


def test_a_position_that_is_none_is_refused(stored: Database) -> None:
    with stored.reading() as session:
        for after in (("x", "y"), ("2026-01-01T00:00:00", "y"), ("2026-01-01T00:00:00+00:00",)):
            with pytest.raises(ValueError, match=r"position|isoformat"):
                conversation_page(session, ConversationFilter(), 5, after)


def test_a_count_by_signal_opens_into_the_contacts_behind_it(stored: Database) -> None:
    wanted = ConversationFilter(signal=SignalFilter(kind=SignalKind.INTENT, label="order_status"))
    with stored.reading() as session:
        counted = outcomes.count(session, wanted)
        assert counted.contacts == 5
        repeats = [o for o in counted.outcomes if o.kind is OutcomeKind.REPEAT_CONTACT]
        assert [o.window_hours for o in repeats] == [24, 72, 168, 336]
        for count in counted.outcomes:
            assert count.yes + count.no + count.open <= 5
            for state in OutcomeState:
                narrowed = wanted.model_copy(
                    update={
                        "outcome": OutcomeFilter(
                            kind=count.kind, state=state, window_hours=count.window_hours
                        )
                    }
                )
                assert len(walk(session, narrowed, 3)) == getattr(count, str(state))


def test_journeys_are_found_by_what_they_are(stored: Database) -> None:
    with stored.reading() as session:
        everything = journey_page(session, JourneyFilter(), 50)
        found = journeys.get_many(session, everything.ids)
        assert list(found) == list(everything.ids)
        assert [j.opened_at for j in found.values()] == sorted(
            (j.opened_at for j in found.values()), reverse=True
        )
        one = next(iter(found.values()))
        mine = journey_page(session, JourneyFilter(identity_id=one.identity_id), 50)
        assert set(mine.ids) == {j.id for j in found.values() if j.identity_id == one.identity_id}
        hard = journey_page(session, JourneyFilter(min_effort=one.effort.score), 50)
        assert set(hard.ids) == {j.id for j in found.values() if j.effort.score >= one.effort.score}
        intent = journey_page(session, JourneyFilter(intent="order_status"), 50)
        assert set(intent.ids) == {
            j.id for j in found.values() if journeys.main_intent(j) == "order_status"
        }
        closed = journey_page(session, JourneyFilter(closed=True), 50)
        still = journey_page(session, JourneyFilter(closed=False), 50)
        assert {*closed.ids, *still.ids} == set(found)
        resolved = OutcomeFilter(kind=OutcomeKind.RESOLVED)
        assert set(journey_page(session, JourneyFilter(outcome=resolved), 50).ids) == {
            j.id
            for j in found.values()
            if any(o.kind is OutcomeKind.RESOLVED and o.state == "yes" for o in j.outcomes)
        }


def test_the_summary_counts_what_is_sure(stored: Database) -> None:
    with stored.reading() as session:
        told = summary.summarise(session, top=2)
    assert [(c.label, c.conversations) for c in told.intents] == [
        ("order_status", 5),
        ("refund", 1),
    ]
    assert [(c.label, c.conversations) for c in told.sentiments] == [("negative", 6)]
    assert told.totals.conversations == 6
    assert told.totals.identities == 3
    assert len(told.most_effort) == 2


def test_every_table_is_exported_with_one_schema_and_no_original_text(
    stored: Database, records: list[Conversation]
) -> None:
    with stored.reading() as session:
        for name in export.TABLES:
            parts = list(export.batches(session, name))
            table = pa.Table.from_batches(parts)
            assert "text" not in table.column_names
            assert table.num_rows > 0
        turns = pa.Table.from_batches(list(export.batches(session, "turns", texts=True)))
        assert "redactions" not in turns.column_names
        texts = dict(
            zip(turns["conversation_id"].to_pylist(), turns["text"].to_pylist(), strict=True)
        )
        assert texts[records[1].id] == "[PERSON_1]: where is it?"
        assert texts[records[0].id] is None
        talks = pa.Table.from_batches(list(export.batches(session, "conversations")))
        assert talks["started_at"].to_pylist() == [record.started_at for record in records]


def test_an_empty_table_is_exported_with_its_schema(database: Database) -> None:
    with database.reading() as session:
        [batch] = export.batches(session, "signals")
        assert batch.num_rows == 0
        assert batch.schema.field("probability").type == pa.float64()
        with pytest.raises(KeyError):
            next(export.batches(session, "api_keys"))
