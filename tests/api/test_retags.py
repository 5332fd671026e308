"""Stored conversations are read again with a new version: looked at, then applied or not."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from domain.conversation import Conversation
from settings import Settings

if TYPE_CHECKING:
    from tests.api.conftest import Caller, SmallTagger

Written = Callable[..., dict[str, Any]]


class Newer:
    """A tagger that calls a refund a return."""

    version = "small@2"

    def __init__(self, tagger: "SmallTagger") -> None:
        self._tagger = tagger

    def tag(self, conversations: Sequence[Conversation], *, needs: bool = True) -> Any:  # noqa: ANN401
        names = {"refund_request": "return_request"}
        return [
            replace(
                one,
                signals=tuple(
                    s.model_copy(update={"label": names.get(s.label, s.label)}) for s in one.signals
                ),
            )
            for one in self._tagger.tag(conversations)
        ]


@contextmanager
def serving(settings: Settings, tagger: object) -> Iterator["Caller"]:
    from tests.api.conftest import Caller

    app = create_app(settings, lambda _settings, _database: tagger)  # type: ignore[arg-type,return-value]
    with TestClient(app, raise_server_exceptions=False) as http:
        client = Caller(http)
        client.until(
            lambda: {"code": http.get("/readyz").status_code}, lambda seen: seen["code"] == 200
        )
        yield client


@pytest.fixture
def newer(conversation: Written, settings: Settings, tagger: "SmallTagger") -> Iterator["Caller"]:
    """Give a client of the next version, on a database that the version before has filled."""
    with serving(settings, tagger) as older:
        older.hand_in(conversation("1", "Where is my refund?"))
    with serving(settings, Newer(tagger)) as client:
        yield client


def begun(client: "Caller", state: str = "ready", **chosen: str) -> dict[str, Any]:
    answer = client.post("/v1/retags", chosen)
    assert answer.status_code == 202, answer.text
    return in_state(client, answer.json()["id"], state)


def in_state(client: "Caller", id_: str, state: str) -> dict[str, Any]:
    return client.until(
        lambda: client.get(f"/v1/retags/{id_}").json(), lambda view: view["state"] == state
    )


def label(client: "Caller") -> str:
    view = client.get("/v1/conversations/zendesk:1").json()
    [intent] = [
        s for s in view["signals"] if s["kind"] == "intent" and s["subject_kind"] == "conversation"
    ]
    return str(intent["label"])


def test_the_difference_is_shown_and_then_applied(newer: "Caller") -> None:
    run = begun(newer, channel="chat")
    assert (run["tagger"], run["total"], run["read"], run["applied"]) == ("small@2", 1, 1, 0)
    differing = {(d["subject_kind"], d["before"], d["after"]) for d in run["differences"]}
    assert ("conversation", "refund_request", "return_request") in differing
    [example] = run["differences"][0]["examples"]
    changes = newer.get(f"/v1/retags/{run['id']}/conversations/{example}").json()
    assert {(c["before"], c["after"]) for c in changes} == {("refund_request", "return_request")}
    assert newer.get(f"/v1/retags/{run['id']}/conversations/zendesk:1").json() == changes
    assert label(newer) == "refund_request"

    answer = newer.http.post(f"/v1/retags/{run['id']}/apply", headers={"X-API-Key": "dev"})
    assert answer.status_code == 202, "it needs no body"
    assert in_state(newer, run["id"], "applied")["applied"] == 1
    assert label(newer) == "return_request"
    assert [view["id"] for view in newer.get("/v1/retags").json()] == [run["id"]]
    assert newer.post(f"/v1/retags/{run['id']}/cancel", {}).status_code == 409


def test_a_cancelled_run_changes_nothing(newer: "Caller") -> None:
    run = begun(newer)
    second = newer.post("/v1/retags", {})
    assert (second.status_code, second.json()["type"]) == (409, "/problems/retag-open")
    assert run["id"] in second.json()["detail"]
    assert newer.post(f"/v1/retags/{run['id']}/cancel", {}).json()["state"] == "cancelled"
    assert newer.post(f"/v1/retags/{run['id']}/apply", {}).status_code == 409
    assert label(newer) == "refund_request"


def test_only_who_runs_the_service_decides(keyed: Callable[..., "Caller"]) -> None:
    reader = keyed("read")
    assert reader.get("/v1/retags").json() == []
    assert reader.post("/v1/retags", {}).status_code == 403
    assert reader.get("/v1/retags/rtg_none").status_code == 404


def test_the_models_are_told_with_versions_and_origin(caller: "Caller") -> None:
    seen = caller.get("/v1/models").json()
    assert seen["tagger"] == "small@1"
    assert seen["encoder"]["dimension"] == 384
    assert seen["encoder"]["space"].startswith("all-MiniLM-L6-v2@")
    heads = {head["name"]: head for head in seen["heads"]}
    assert heads["general"]["thresholds"]["refund_request"] > 0
    assert heads["sentiment"]["labels"] == ["negative", "neutral", "positive"]
    assert heads["sentiment"]["calibration"]
    assert {(head["state"], head["reason"]) for head in seen["heads"]} == {("serves", None)}
    assert seen["classifiers"] == []
    assert {source["licence"] for source in heads["general"]["trained_on"]} >= {"CC BY 4.0"}
    assert [taxonomy["name"] for taxonomy in seen["taxonomies"]] == ["general"]
