"""The analysis mart holds what the database holds, whole, without a word of a customer."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from ibis.expr.types import Table
from sqlalchemy import func, select

from domain.base import now
from domain.conversation import Channel, Role
from domain.correction import Correction, CorrectionAction
from domain.signal import SignalKind, SubjectKind
from journey import mart
from journey.mart import Wanted
from journey.rollup import MOOD_INTENTS
from storage import corrections, journeys, signals
from storage import mart as stored
from storage.database import Database
from storage.tables import ConversationRow, JourneyRow, TurnRow
from tests.workers.sampled import filled
from workers.analysis import open_mart


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)]
)
def sample(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """Give the sample in a database of each kind, filled once."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('sample') / 'throughline.db'}"
    else:
        url = request.getfixturevalue("postgresql_url")
    with filled(url) as database:
        yield database


def rows(table: Table, key: str) -> dict[str, dict[str, object]]:
    return {row[key]: row for row in table.to_pyarrow().to_pylist()}


def test_every_contact_journey_and_step_is_there_once(sample: Database) -> None:
    with open_mart(sample) as found, sample.reading() as session:
        contacts, told = rows(found.contacts, "contact_id"), rows(found.journeys, "journey_id")
        assert contacts.keys() == set(session.scalars(select(ConversationRow.id)))
        assert told.keys() == set(session.scalars(select(JourneyRow.id)))
        for journey in journeys.get_many(session, told).values():
            mine = [contacts[id_] for id_ in journey.issue.conversation_ids]
            assert [c["position"] for c in mine] == list(range(len(mine)))
            assert {c["journey_id"] for c in mine} == {journey.id}
            assert told[journey.id]["contacts"] == len(mine)
            assert told[journey.id]["effort"] == journey.effort.score
            opened = told[journey.id]["opened_at"]
            assert isinstance(opened, datetime)
            assert opened.replace(tzinfo=UTC) == journey.opened_at
        steps = found.steps.to_pyarrow().to_pylist()
        assert {step["case_id"] for step in steps} == told.keys()
        assert {"contact:call", "status:solved", "handover:escalation", "rating"} <= {
            str(step["activity"]) for step in steps
        }


def test_columns_are_those_that_lenses_read_and_hold_no_text(sample: Database) -> None:
    with open_mart(sample) as found, sample.reading() as session:
        given = (found.contacts, found.steps, found.journeys)
        wanted = (mart.CONTACTS, mart.STEPS, mart.JOURNEYS)
        for table, schema in zip(given, wanted, strict=True):
            assert table.schema().to_pyarrow() == schema.to_pyarrow()
            assert [t.nullable for t in table.schema().types] == [t.nullable for t in schema.types]
        said = {text for text in session.scalars(select(TurnRow.text)) if len(text) > 30}
        for table in given:
            cells = {c for row in table.to_pyarrow().to_pylist() for c in row.values()}
            assert not said & cells


def test_small_pages_give_the_same_rows(sample: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = mart.KEPT["contacts"].to_pyarrow()
    with sample.reading() as session:
        whole = pa.Table.from_batches(stored.contacts(session, schema, None, MOOD_INTENTS))
        monkeypatch.setattr(stored, "PAGE", 7)
        batches = list(stored.contacts(session, schema, None, MOOD_INTENTS))
    assert max(batch.num_rows for batch in batches) == 7
    assert pa.Table.from_batches(batches).equals(whole)


def test_filters_take_contacts_by_themselves_and_journeys_whole(sample: Database) -> None:
    since = datetime(2026, 4, 1, tzinfo=UTC)
    wanted = Wanted(since=since, brand="wayfare", channel=Channel.EMAIL)
    with open_mart(sample) as everything, open_mart(sample, wanted) as found:
        naive = since.replace(tzinfo=None)
        for row in found.contacts.to_pyarrow().to_pylist():
            assert row["brand"] == "wayfare"
            assert row["channel"] == "email"
            assert row["started_at"] >= naive
        chosen = rows(found.journeys, "journey_id")
        assert chosen
        every = everything.steps.filter(everything.steps.case_id.isin(list(chosen)))
        assert found.steps.count().to_pyarrow() == every.count().to_pyarrow()
        touched = {
            row["journey_id"]
            for row in everything.contacts.to_pyarrow().to_pylist()
            if row["channel"] == "email" and row["brand"] == "wayfare"
        }
        assert chosen.keys() <= touched


def test_a_persons_word_is_the_need(sample: Database) -> None:
    with sample.reading() as session:
        id_ = session.scalars(select(func.min(ConversationRow.id))).one()
    word = Correction(
        subject_kind=SubjectKind.CONVERSATION,
        subject_id=id_,
        kind=SignalKind.INTENT,
        action=CorrectionAction.ADD,
        label="warranty_claim",
        role=Role.CUSTOMER,
        content_hash="any",
        at=now(),
        by="ann",
    )
    with sample.session() as session:
        corrections.save(session, word, now())
        signals.lay_corrections(session, id_)
    with open_mart(sample) as found:
        assert rows(found.contacts, "contact_id")[id_]["need"] == "warranty_claim"


def test_the_window_of_repeat_contact_is_the_one_asked_for(sample: Database) -> None:
    def yes(hours: float) -> int:
        with open_mart(sample, Wanted(window_hours=hours)) as found:
            repeats = found.contacts.filter(found.contacts.repeat == "yes").count().to_pyarrow()
            told = found.steps.filter(found.steps.activity == "outcome:repeat_contact")
            assert told.count().to_pyarrow().as_py() <= repeats.as_py()
            return int(repeats.as_py())

    assert 0 < yes(24) < yes(336)


def test_an_empty_database_gives_empty_tables(database: Database) -> None:
    with open_mart(database) as found:
        for table in (found.contacts, found.steps, found.journeys):
            assert table.count().to_pyarrow().as_py() == 0
