"""Definitions on the sample: all run, versions are kept, a confirmed alias counts, logs return."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.base import now
from journey.definitions.form import Ask, Period
from journey.definitions.map import map_of
from journey.definitions.read import shipped
from journey.definitions.windows import How
from journey.mining.log import Keys
from storage import definitions as stored
from storage import event_aliases
from storage.database import Database
from storage.event_aliases import AliasError
from tests.workers.sampled import filled
from workers.analysis import open_mart
from workers.definitions import Origin, doubts, ran_definition, save, standing
from workers.definitions_log import exported, exported_log
from workers.event_names import report, say


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)]
)
def sample(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('sample') / 'throughline.db'}"
    else:
        url = request.getfixturevalue("postgresql_url")
    with filled(url) as database:
        yield database


def test_every_shipped_definition_runs_and_its_numbers_open(sample: Database) -> None:
    for definition in shipped().values():
        with ran_definition(sample, definition, Period()) as ran:
            for stage in map_of(ran).stages:
                assert len(ran.chosen(Ask(stage=stage.id))) == stage.reached.journeys
    contact_us = shipped()["contact_us"]
    with ran_definition(sample, contact_us, Period()) as ran:
        everybody = len(ran.chosen(Ask()))
    with ran_definition(sample, contact_us, Period(brand="wayfare")) as ran:
        one_brand = len(ran.chosen(Ask()))
    assert everybody > 30
    assert 0 < one_brand < everybody


def test_a_version_counts_until_another_one_does_or_it_is_taken_away(sample: Database) -> None:
    first = shipped()["refund_return"]
    second = first.model_copy(update={"timeout_days": 60.0})
    with sample.session() as session:
        assert save(session, second, "ann", now()).number == 1
    with sample.session() as session:
        assert save(session, second, "ann", now()).number == 1, "the same words are no new version"
        third = second.model_copy(update={"timeout_days": 61.0})
        assert save(session, third, "bob", now()).number == 2
    with sample.session() as session:
        now_standing = standing(session)["refund_return"]
        assert now_standing.origin is Origin.OWN
        assert now_standing.definition == third
        assert save(session, second, "bob", now()).number == 1, "an older version counts again"
        assert stored.take_away(session, "refund_return", "ann", now())
        assert not stored.take_away(session, "refund_return", "ann", now())
        assert standing(session)["refund_return"].origin is Origin.SHIPPED
        told = stored.changes(session, "refund_return")
        assert [change.by for change in told] == ["ann", "bob", "bob", "ann"]
        assert len(stored.versions(session, "refund_return")) == 2


def test_a_name_that_nobody_knows_is_doubted(sample: Database) -> None:
    wrong = shipped()["refund_return"].model_dump(mode="json", exclude_none=True)
    wrong["end"] = [{"event": ["refund_isued"]}]
    definition = type(shipped()["refund_return"]).model_validate(wrong)
    with sample.reading() as session:
        [doubt] = doubts(session, definition)
    assert doubt.field == "end"


def test_a_confirmed_alias_counts_everywhere_and_can_be_taken_back(sample: Database) -> None:
    def names() -> set[str]:
        with open_mart(sample) as mart:
            assert mart.events is not None
            steps = mart.steps.filter(mart.steps.kind == "event").activity
            found = {*steps.to_pyarrow().to_pylist(), *mart.events.name.to_pyarrow().to_pylist()}
            return {str(name) for name in found}

    before = names()
    assert "esim_activated" in before
    with sample.session() as session:
        say(session, "esim_activated", "contract_started", "ann", same=True)
    assert names() == before - {"esim_activated"} | {"contract_started"}
    with sample.session() as session, pytest.raises(AliasError):
        say(session, "contract_started", "esim_activated", "ann", same=True)
    with sample.session() as session:
        assert event_aliases.take_back(session, "esim_activated", "contract_started")
    assert names() == before


def test_the_report_tells_unknown_names_and_spellings(sample: Database) -> None:
    found = report(sample)
    by_name = {one.name: one for one in found.names}
    assert not by_name["esim_activated"].known
    assert by_name["logged_in"].known
    assert len({s.raw_name for s in by_name["logged_in"].spellings}) > 1
    assert sum(one.events for one in found.names) == found.repairs["events"]
    assert found.unknown == sum(not one.known for one in found.names)


def test_journeys_go_out_as_xes_and_come_in_with_the_same_course(
    sample: Database, tmp_path: Path
) -> None:
    definition = shipped()["account_recovery"]
    # What rests on signals stays at home: a log holds events.
    plain = definition.model_dump(mode="json", exclude_none=True)
    plain["start"] = [{"event": ["login_failed", "password_reset_requested"]}]
    alone = type(definition).model_validate(plain)
    with exported(sample, alone, Period(), tmp_path / "out") as ran:
        out = ran.chosen(Ask(how=How.ENDED))
    log = tmp_path / "out" / "journeys.xes.gz"
    with exported_log(log, alone, Keys(), tmp_path) as (ran, quality):
        back = ran.chosen(Ask(how=How.ENDED))
    assert quality.broken == 0
    assert out
    assert [j.id for j in back] == [j.id for j in out]
