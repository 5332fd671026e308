"""While the tables for analysis are filled callers are told so, and hold no thread."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from api import tables
from api.access import AS_OF
from domain.base import now
from tests.api.conftest import Caller
from workers import kept_mart
from workers.mart_filler import MartFiller
from workers.mart_state import Filling

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
    still: Caller, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    told = Filling(done=43, total=100, begun=now())
    monkeypatch.setattr(tables, "PATIENCE_S", 0.0)
    monkeypatch.setattr(MartFiller, "at_hand", lambda _: False)
    monkeypatch.setattr(MartFiller, "filling", lambda _: told)
    answer = still.get(path)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/tables-filling")
    assert "43%" in answer.json()["detail"]
    assert int(answer.headers["Retry-After"]) >= 1
    assert still.get("/v1/journeys").is_success


def test_who_comes_just_before_the_end_waits_for_it(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter((False, False, True))
    monkeypatch.setattr(MartFiller, "at_hand", lambda _: next(answers))
    assert caller.get("/v1/lenses").status_code == 200
    assert next(answers, None) is None


def test_where_the_tables_cannot_be_filled_the_log_is_named_at_once(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "PATIENCE_S", 60.0)
    monkeypatch.setattr(MartFiller, "at_hand", lambda _: False)
    monkeypatch.setattr(MartFiller, "failed", True)
    answer = caller.get("/v1/lenses")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/tables-not-filled")
    assert "see the log of the API" in answer.json()["detail"]
    assert answer.headers["Retry-After"] == "30"


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/v1/analytics/kpis", "/v1/analytics/kpis.html"),
        ("/v1/lenses", "/v1/lenses.html"),
        ("/v1/journey-definitions/contact_us/map", "/v1/journey-definitions/contact_us/map.html"),
    ],
)
def test_an_answer_from_tables_of_a_moment_ago_says_of_when_they_are(
    caller: Caller,
    conversation: Callable[..., dict[str, object]],
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    page: str,
) -> None:
    caller.hand_in([conversation("1")])
    new = caller.get("/v1/lenses")
    assert new.status_code == 200
    assert AS_OF not in new.headers
    caller.hand_in([conversation("2")])
    monkeypatch.setattr(kept_mart, "ANEW", -1)
    monkeypatch.setattr(kept_mart, "fill", lambda *_: pytest.fail("filled for a caller"))
    for _ in range(2):
        answer = caller.get(path)
        assert answer.status_code == 200, answer.text
        at = datetime.fromisoformat(answer.headers[AS_OF])
        assert at <= now() <= at + timedelta(minutes=5)
    shown = caller.get(page)
    assert shown.headers[AS_OF] == answer.headers[AS_OF]
    assert f"As of {at:%-d %B %Y, %H:%M} (UTC)" in shown.text
    assert AS_OF not in caller.get("/v1/journeys").headers


def test_what_fills_has_all_the_time_it_needs(caller: Caller) -> None:
    state = caller.http.app.state.throughline  # type: ignore[attr-defined]
    assert state.filler._keeper.database.statement_seconds == state.settings.statement_seconds > 0
    assert state.filler._behind.database.statement_seconds == 0
    assert state.filler._behind.folder == state.filler._keeper.folder
