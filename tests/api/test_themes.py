"""Themes over HTTP: lists, one theme, its conversations, refits and a person's word."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from settings import Settings
from storage.database import Database
from tests.api.conftest import Caller
from tests.themes.conftest import Collection, made
from tests.workers.themed import KnownTagger
from workers.themes_work import run_due

KINDS = (0, 1, 2)


@pytest.fixture(scope="module")
def themed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """An application with 90 contacts of three kinds, and their themes."""
    url = f"sqlite:///{tmp_path_factory.mktemp('themes') / 'throughline.db'}"
    settings = Settings(_env_file=None, database_url=url)  # type: ignore[arg-type]
    collection = made()
    app = create_app(settings, lambda _settings, _database: KnownTagger(collection))  # type: ignore[arg-type, return-value]
    with TestClient(app, raise_server_exceptions=False) as client:
        caller = Caller(client)
        few = caller.post("/v1/themes/refit", {})
        assert few.status_code == 422
        assert few.json()["type"] == "/problems/too-few-conversations"
        caller.hand_in([_talk(collection, row) for row in _rows(collection)])
        job = caller.post("/v1/themes/refit", {}).json()["id"]
        database = Database(url)
        run_due(settings, database)
        database.dispose()
        caller.settled(job)
        yield caller


def _rows(collection: Collection) -> list[int]:
    return [int(row) for kind in KINDS for row in np.flatnonzero(collection.truth == kind)[:30]]


def _talk(collection: Collection, row: int) -> dict[str, Any]:
    turn = {"role": "customer", "text": collection.texts[row], "at": "2026-10-01T09:00:00Z"}
    fields = {"source": "made", "source_id": str(row), "channel": "chat"}
    fields |= {"identifiers": [f"user:{row}"]}
    return fields | {"started_at": "2026-10-01T09:00:00Z", "turns": [turn]}


def test_themes_are_listed_by_size_in_pages_and_open_to_conversations(themed: Caller) -> None:
    whole = themed.get("/v1/themes").json()["items"]
    assert len(whole) == len(KINDS)
    counts = [theme["conversations"] for theme in whole]
    assert counts == sorted(counts, reverse=True)
    paged, token = [], ""
    while True:
        page = themed.get("/v1/themes", page_size=2, page_token=token).json()
        paged += page["items"]
        if not (token := page["next_page_token"]):
            break
    assert paged == whole
    first = themed.get(f"/v1/themes/{whole[0]['id']}").json()
    assert first["examples"][0] == whole[0]["example"] == first["example"]
    assert first["ledger"][0]["change"] == "new"
    behind = themed.get(f"/v1/themes/{first['id']}/conversations", page_size=200).json()["items"]
    assert len(behind) == first["conversations"]
    assert all(item["statements"][0]["state"] == "assigned" for item in behind)
    listed = themed.get("/v1/conversations", signal_kind="theme", signal_label=first["id"])
    assert {item["id"] for item in listed.json()["items"]} <= {
        item["conversation"]["id"] for item in behind
    }
    outcomes = themed.get("/v1/outcomes/by-signal", kind="theme", label=first["id"]).json()
    assert outcomes["contacts"] == first["conversations"]


def test_an_agent_sees_the_themes_of_the_customers_journeys(themed: Caller) -> None:
    theme = themed.get("/v1/themes").json()["items"][0]
    behind = themed.get(f"/v1/themes/{theme['id']}/conversations").json()["items"]
    talk = behind[0]["conversation"]["id"]
    seen = themed.get("/v1/context", conversation=talk).json()
    assert seen["themes"] == [
        {"theme_id": theme["id"], "label": theme["label"], "conversation_ids": [talk]}
    ]
    (point,) = [point for point in seen["points"] if point["section"] == "theme"]
    assert theme["label"] in point["text"]
    assert point["evidence"] == [talk]


def test_what_was_decided_is_taken_back(themed: Caller) -> None:
    one, other, _ = themed.get("/v1/themes").json()["items"]
    id_, gone = one["id"], other["id"]
    themed.patch(f"/v1/themes/{id_}", {"label": "For a while", "confirmed": True})
    example = themed.get(f"/v1/themes/{gone}").json()["examples"][0]["statement_id"]
    themed.post(f"/v1/themes/{id_}/statements", {"statement_ids": [example]})
    themed.post(f"/v1/themes/{id_}/merge", {"theme_ids": [gone]})
    again = themed.post(f"/v1/themes/{gone}/take-back", {"what": "merge"})
    assert (again.json()["id"], again.json()["state"]) == (gone, "live")
    assert again.json()["ledger"][-1]["change"] == "taken_back"
    back = themed.post("/v1/themes/statements/take-back", {"statement_ids": [example]})
    assert back.json() == {"statements": 1}
    for what in ("rename", "confirm"):
        assert themed.post(f"/v1/themes/{id_}/take-back", {"what": what}).status_code == 200
    after = {theme["id"]: theme for theme in themed.get("/v1/themes").json()["items"]}
    for theme in (one, other):
        for field in ("label", "named", "confirmed", "conversations"):
            assert after[theme["id"]][field] == theme[field]
    nothing = themed.post(f"/v1/themes/{gone}/take-back", {"what": "merge"})
    assert (nothing.status_code, nothing.json()["detail"]) == (
        422,
        "Nobody merged this theme into another.",
    )
    assert themed.post("/v1/themes/thm_0/take-back", {"what": "merge"}).status_code == 404


def test_a_person_names_moves_and_merges(themed: Caller) -> None:
    one, other, third = themed.get("/v1/themes").json()["items"]
    named = themed.patch(f"/v1/themes/{one['id']}", {"label": "Our name", "confirmed": True})
    assert named.json()["label"] == "Our name"
    assert named.json()["ledger"][-1]["by"] == "development"
    example = themed.get(f"/v1/themes/{other['id']}").json()["examples"][0]["statement_id"]
    moved = themed.post(f"/v1/themes/{one['id']}/statements", {"statement_ids": [example]})
    assert moved.json() == {"statements": 1}
    assert themed.get(f"/v1/themes/{one['id']}").json()["conversations"] == (
        one["conversations"] + 1
    )
    joined = themed.post(f"/v1/themes/{one['id']}/merge", {"theme_ids": [other["id"]]})
    assert joined.json()["conversations"] == one["conversations"] + other["conversations"]
    led = themed.get(f"/v1/themes/{other['id']}").json()
    assert (led["id"], led["redirected_from"]) == (one["id"], other["id"])
    below = themed.patch(f"/v1/themes/{third['id']}", {"parent_id": one["id"]})
    assert below.json()["parent_id"] == one["id"]
    assert themed.get(f"/v1/themes/{one['id']}").json()["children"] == [third["id"]]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/themes/thm_0/merge", {"theme_ids": ["thm_1"]}, 404),
        ("/v1/themes/{id}/merge", {"theme_ids": ["{id}"]}, 422),
        ("/v1/themes/{id}/split", {"label": "x", "statement_ids": ["stm_0"]}, 422),
        ("/v1/themes/{id}/statements", {"statement_ids": ["stm_0"]}, 422),
    ],
)
def test_what_cannot_be_done_is_a_problem(
    themed: Caller, path: str, body: dict[str, Any], status: int
) -> None:
    id_ = themed.get("/v1/themes").json()["items"][0]["id"]
    filled = {key: [id_] if value == ["{id}"] else value for key, value in body.items()}
    answer = themed.post(path.format(id=id_), filled)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )


def test_a_theme_cannot_stand_under_itself(themed: Caller) -> None:
    id_ = themed.get("/v1/themes").json()["items"][0]["id"]
    assert themed.patch(f"/v1/themes/{id_}", {"parent_id": id_}).status_code == 422
    assert themed.patch(f"/v1/themes/{id_}", {}).status_code == 422


def test_who_reads_may_not_decide(keyed: Callable[..., Caller]) -> None:
    reader = keyed("read")
    assert reader.get("/v1/themes").json() == {"items": [], "next_page_token": ""}
    assert reader.get("/v1/themes/proposal").status_code == 404
    assert reader.patch("/v1/themes/thm_0", {"label": "x"}).status_code == 403
    assert reader.post("/v1/themes/refit", {}).status_code == 403
