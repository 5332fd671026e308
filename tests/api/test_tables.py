"""While the tables for analysis are filled callers are told so, and hold no thread."""

import pytest

from api import tables
from domain.base import now
from tests.api.conftest import Caller
from workers.kept_mart import Filling
from workers.mart_filler import MartFiller

READERS = (
    "/v1/analytics/drivers",
    "/v1/analytics/kpis.html",
    "/v1/lenses",
    "/v1/lenses/paths/journeys?key=x",
    "/v1/journey-types",
    "/v1/journey-definitions/contact_us/map",
    "/v1/event-names",
    "/v1/next-steps",
)


@pytest.mark.parametrize("path", READERS)
def test_who_comes_while_tables_are_filled_is_told_when_to_come_back(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    told = Filling(done=43, total=100, begun=now())
    monkeypatch.setattr(tables, "PATIENCE_S", 0.0)
    monkeypatch.setattr(MartFiller, "at_hand", lambda _: False)
    monkeypatch.setattr(MartFiller, "filling", lambda _: told)
    answer = caller.get(path)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/tables-filling")
    assert "43%" in answer.json()["detail"]
    assert int(answer.headers["Retry-After"]) >= 1
    assert caller.get("/v1/journeys").is_success


def test_who_comes_just_before_the_end_waits_for_it(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter((False, False, True))
    monkeypatch.setattr(MartFiller, "at_hand", lambda _: next(answers))
    assert caller.get("/v1/lenses").status_code == 200
    assert next(answers, None) is None
