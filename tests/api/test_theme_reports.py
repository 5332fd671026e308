"""Theme reports over HTTP, and the contacts behind their numbers."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest

from settings import Settings
from storage.database import Database
from tests.made_themes import fill

if TYPE_CHECKING:
    from collections.abc import Callable

    from httpx import Response

    from tests.api.conftest import Caller

PERIOD = {"from": "2026-03-02", "to": "2026-05-20"}


def with_contacts(caller: "Caller", settings: Settings) -> "Caller":
    database = Database(settings.database_url.get_secret_value())
    fill(database)
    database.dispose()
    return caller


@pytest.fixture(scope="module")
def filled(still: "Caller", still_settings: Settings) -> "Caller":
    return with_contacts(still, still_settings)


@pytest.fixture
def growing(caller: "Caller", settings: Settings) -> "Caller":
    return with_contacts(caller, settings)


def test_numbers_of_a_report_open_page_by_page(filled: "Caller") -> None:
    report = filled.get("/v1/themes/report", **PERIOD).json()
    (figure,) = (f for f in report["rows"][0]["figures"] if f["measure"] == "repeat_contact")
    path = urlsplit(figure["opens"]["yes"])
    asked, ids, token = dict(parse_qsl(path.query)), [], ""
    while True:
        page = filled.get(path.path, **asked, page_size=7, page_token=token).json()
        ids += [item["conversation_id"] for item in page["items"]]
        assert "example.org" not in str(page)
        token = page["next_page_token"]
        if not token:
            break
    assert len(set(ids)) == figure["yes"] > 7


def test_changes_and_the_page_are_given(filled: "Caller") -> None:
    changes = filled.get("/v1/themes/changes", **{**PERIOD, "from": "2026-04-20"}).json()
    assert "login fails" in {shift["label"] for shift in changes["shifts"]}
    page = filled.get("/v1/themes/report.html", **PERIOD)
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("asked", "slug"),
    [
        ({"from": "2026-05-01", "to": "2026-04-01"}, "invalid-request"),
        ({**PERIOD, "window_hours": 5}, "unknown-window"),
        ({"from": "2026-05-01"}, "invalid-request"),
        ({"to": "2026-05-01"}, "invalid-request"),
    ],
)
def test_what_makes_no_sense_is_refused(
    filled: "Caller", asked: dict[str, object], slug: str
) -> None:
    answer = filled.get("/v1/themes/report", **asked)
    assert answer.status_code == 422
    assert slug in answer.json()["type"] or slug == "invalid-request"


def test_without_a_period_the_last_days_with_contacts_are_told(filled: "Caller") -> None:
    told = filled.get("/v1/themes/report").json()["scope"]["period"]
    said = filled.get("/v1/themes/report", **{"from": told["first"], "to": told["last"]}).json()
    assert filled.get("/v1/themes/report").json()["contacts"] == said["contacts"] > 0
    assert filled.get("/v1/themes/report.html").status_code == 200
    assert filled.get("/v1/themes/changes").status_code == 200
    behind = filled.get("/v1/themes/report/contacts", page_size=1).json()
    assert behind["items"]
    assert behind["next_page_token"]


def test_without_conversations_it_says_what_to_do(caller: "Caller") -> None:
    for path in ("report", "report.html", "changes", "report/contacts"):
        answer = caller.get(f"/v1/themes/{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-conversations")


def test_without_themes_it_says_what_to_do(caller: "Caller") -> None:
    answer = caller.get("/v1/themes/report", **PERIOD)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-themes")


def test_pages_of_the_last_days_stay_those_of_the_first_page(
    growing: "Caller", conversation: "Callable[..., dict[str, object]]"
) -> None:
    def page(**asked: object) -> "Response":
        return growing.get("/v1/themes/report/contacts", page_size=7, **asked)

    first = page().json()
    second = page(page_token=first["next_page_token"]).json()
    growing.hand_in([conversation("1")])  # months later: the last days are others now
    assert page().json()["items"] != first["items"]
    answer = page(page_token=first["next_page_token"])
    assert answer.status_code == 200
    assert answer.json() == second
    assert page(page_token=first["next_page_token"], channel="chat").status_code == 422
