"""Analyses over HTTP: planted truth is found, and every number opens to its contacts."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from settings import Settings
from storage.database import Database
from tests.made_needs import AS_OF, PERIOD, fill_needs
from tests.made_themes import START

if TYPE_CHECKING:
    from tests.api.conftest import Caller

pytestmark = [
    pytest.mark.timeout(1800),  # many whole analyses; a busy machine takes its time
]
ASKED = {**PERIOD, "as_of": AS_OF}


@pytest.fixture(scope="module")
def filled(still: "Caller", still_settings: Settings) -> "Caller":
    database = Database(still_settings.database_url.get_secret_value())
    fill_needs(database)
    database.dispose()
    return still


def opened(caller: "Caller", address: str, **more: object) -> list[dict[str, Any]]:
    """Follow an address of the API to its last page."""
    path, items, token = urlsplit(address), [], ""
    asked = {**dict(parse_qsl(path.query)), **more}
    while True:
        answer = caller.get(path.path, **asked, page_size=50, page_token=token)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        token = answer.json()["next_page_token"]
        if not token:
            return items


def test_the_planted_driver_is_on_top_and_its_numbers_open(filled: "Caller") -> None:
    found = filled.get("/v1/analytics/drivers", **ASKED).json()
    assert found["contacts"] == 240
    marked = [row for row in found["rows"] if row["mark"] == "higher"]
    names = {tuple(level["label"] for level in row["levels"]) for row in marked}
    assert {("refund request",), ("refund late",)} <= names
    top = next(row for row in marked if len(row["levels"]) == 1)
    assert top["avoidable"]["low"] > 0
    yes = opened(filled, top["rate"]["opens"], state="yes")
    assert len(yes) == top["rate"]["yes"]
    assert len(opened(filled, top["rate"]["opens"])) == top["rate"]["known"]
    assert len(opened(filled, top["opens"])) == top["contacts"]
    assert all(item["outcomes"]["repeat"] == "yes" for item in yes)
    assert "example.org" not in str(yes)


def test_avoidable_contacts_name_the_decision_and_five_conversations(filled: "Caller") -> None:
    found = filled.get("/v1/analytics/avoidable-contacts", **ASKED).json()
    assert 2 < len(found["rows"]) <= 10
    top = found["rows"][:2]
    assert {row["driver"]["levels"][0]["value"] for row in top} == {"refund_request"}
    assert {row["decision"] for row in top} == {"staffing"}
    assert all(row["by_signal"] for row in top)
    for row in top:
        price = found["costs"][row["driver"]["levels"][1]["value"]]
        assert row["cost"] == pytest.approx(row["driver"]["rate"]["yes"] * price)
        assert row["saved"]["value"] == pytest.approx(row["driver"]["avoidable"]["value"] * price)
        assert len(row["quotes"]) == 5
    for quote in top[0]["quotes"]:
        assert filled.get(quote["opens"]).status_code == 200
        assert "[EMAIL_1]" in quote["text"]


def test_key_figures_by_cut_agree_with_what_opens(filled: "Caller") -> None:
    found = filled.get("/v1/analytics/kpis", **ASKED, cut="channel").json()
    assert sum(part["size"]["contacts"] for part in found["parts"]) == 240
    for part in found["parts"][:1]:
        for name in ("repeat", "time"):
            figure = part["figures"][name]
            assert len(opened(filled, figure["opens"])) == figure["known"], name
            assert len(opened(filled, figure["opens"], state="open")) == figure["open"], name
    weeks = found["weeks"]["repeat"]
    assert sum(point["figure"]["known"] for point in weeks) == 231
    assert len(opened(filled, weeks[2]["figure"]["opens"])) == weeks[2]["figure"]["known"]


def test_a_window_that_has_not_passed_counts_for_nothing(filled: "Caller") -> None:
    early = (START + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = filled.get("/v1/analytics/kpis", **PERIOD, as_of=early).json()["whole"]
    assert found["size"]["contacts"] < 100
    # Of the last week some came back already: neither they nor the others count.
    assert found["figures"]["repeat"]["open"] >= 20
    rate = found["figures"]["repeat"]
    assert rate["known"] + rate["open"] == found["size"]["contacts"]


def test_before_and_after_gives_both_sides_and_what_it_left_out(filled: "Caller") -> None:
    asked = {"day": "2026-04-20", "days": 21, "as_of": AS_OF, "need": "refund_request"}
    found = filled.get("/v1/analytics/before-after", **asked).json()
    assert found["gap_days"] == 7
    assert found["control"] is not None
    assert found["verdict"] == "unclear"
    for side in ("before", "after"):
        items = opened(filled, found[side]["rate"]["opens"], need="refund_request")
        assert len(items) == found[side]["contacts"] + found[side]["unmatched"]


@pytest.mark.parametrize(
    ("path", "more"),
    [("drivers", {}), ("avoidable-contacts", {}), ("kpis", {"cut": "need"}), ("before-after", {})],
)
def test_pages_need_nothing_else(filled: "Caller", path: str, more: dict[str, str]) -> None:
    asked = {"day": "2026-04-20", "as_of": AS_OF} if path == "before-after" else {**ASKED, **more}
    page = filled.get(f"/v1/analytics/{path}.html", **asked)
    assert page.status_code == 200, page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "example.org" not in page.text
    assert "not cause" in page.text or "Not an experiment" in page.text or path == "kpis"
    for number in range(page.text.count('class="pick"')):
        assert f'id="n{number}"' in page.text
        assert f'href="#n{number}"' in page.text


@pytest.mark.parametrize(
    ("path", "asked", "status", "slug"),
    [
        ("drivers", {"from": "2026-05-01", "to": "2026-04-01"}, 422, ""),
        ("drivers", {"from": "2026-05-01"}, 422, ""),
        ("kpis", {"window_hours": 5}, 422, "unknown-window"),
        ("before-after", {}, 422, ""),
        ("contacts", {"state": "yes"}, 422, ""),
        ("contacts", {"state": "yes", "measure": "effort"}, 422, ""),
        ("contacts", {"page_token": "x"}, 422, "invalid-page-token"),
    ],
)
def test_what_makes_no_sense_is_refused(
    filled: "Caller", path: str, asked: dict[str, object], status: int, slug: str
) -> None:
    answer = filled.get(f"/v1/analytics/{path}", **asked)
    assert answer.status_code == status, answer.text
    assert slug in answer.json()["type"]


def test_without_conversations_it_says_what_to_do(caller: "Caller") -> None:
    answer = caller.get("/v1/analytics/drivers")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-conversations")


def test_nothing_known_is_said_in_every_lens(caller: "Caller") -> None:
    """One contact of today: nothing can be compared, nothing breaks."""
    caller.hand_in(
        {
            "source": "zendesk", "source_id": "1", "channel": "chat",
            "started_at": "2026-10-01T09:00:00Z",
            "turns": [{"role": "customer", "text": "Where is it?", "at": "2026-10-01T09:00:00Z"}],
        }
    )  # fmt: skip
    drivers = caller.get("/v1/analytics/drivers", as_of="2026-10-01T10:00:00Z").json()
    assert (drivers["rate"]["known"], drivers["rate"]["open"]) == (0, 1)
    for path in ("drivers", "avoidable-contacts", "kpis"):
        assert caller.get(f"/v1/analytics/{path}.html", as_of="2026-10-01T10:00:00Z").is_success
    change = caller.get("/v1/analytics/before-after", day="2026-09-01").json()
    assert change["verdict"] == "nothing"
    assert caller.get("/v1/analytics/before-after.html", day="2026-09-01").is_success
