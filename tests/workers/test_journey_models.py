"""What comes next is told of journeys that are open by the same rule as in the tables."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from domain.base import now
from domain.journey import EntryKind, Journey, TimelineEntry
from domain.outcome import Outcome, OutcomeKind, OutcomeState, Provenance, ending
from settings import Settings
from storage import work
from storage.database import Database
from tests.silences import silences_asked_for
from workers import journey_models
from workers.themes_work import JOURNEYS, run_due

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class AskedError(Exception):
    """The kept model was looked for."""


def journey(kind: OutcomeKind, state: OutcomeState) -> Journey:
    outcome = Outcome(
        kind=kind, state=state, rule="", provenance=Provenance.INFERRED, subject_id="jny_1"
    )
    entry = TimelineEntry(at=NOON, kind=EntryKind.CONTACT, name="chat", subject_id="cnv_1")
    return Journey.model_construct(id="jny_1", outcomes=(outcome,), timeline=(entry,))


@pytest.mark.parametrize(
    ("kind", "state", "how"),
    [
        (OutcomeKind.RESOLVED, OutcomeState.YES, "resolved"),
        (OutcomeKind.ABANDONED, OutcomeState.YES, "abandoned"),
        (OutcomeKind.RESOLVED, OutcomeState.NO, "unresolved"),
        (OutcomeKind.RESOLVED, OutcomeState.OPEN, "open"),
    ],
)
def test_only_of_what_the_tables_call_open_is_it_told_what_comes_next(
    kind: OutcomeKind, state: OutcomeState, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object) -> None:
        raise AskedError

    monkeypatch.setattr(journey_models, "stamp", asked)
    assert ending({kind: state}) == how
    with Session() as session:
        if how == "open":
            with pytest.raises(AskedError):
                journey_models.foretold(session, journey(kind, state))
        else:
            assert journey_models.foretold(session, journey(kind, state)) is None


def test_a_fit_that_callers_asked_for_goes_by_the_silence_that_is_set(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    silences = silences_asked_for(monkeypatch)
    database.run(lambda session: work.add(session, work.Kind.FIT, JOURNEYS, now()))
    assert run_due(Settings(_env_file=None, silence_hours=5), database) == 1
    assert silences == [timedelta(hours=5)]
