"""A text is tagged at once and nothing of it is kept."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.schemas.tag import TagAnswer
from settings import Settings

if TYPE_CHECKING:
    from tests.api.conftest import Caller

Written = Callable[..., dict[str, Any]]


def test_a_text_gets_signals_with_evidence(caller: "Caller") -> None:
    seen = caller.post("/v1/tag", {"text": "My refund is bad, write to ada@example.org"}).json()
    labels = {(s["subject_kind"], s["kind"], s["label"]) for s in seen["signals"]}
    assert labels >= {
        ("conversation", "sentiment", "negative"),
        ("turn", "intent", "refund_request"),
    }
    assert seen["redacted"] == ["My refund is bad, write to [EMAIL_1]"]
    assert "ada@example.org" not in str(seen)
    assert seen["model"] == "small@1"
    assert caller.get("/v1/conversations").json()["items"] == []


def test_a_conversation_is_tagged_turn_by_turn(caller: "Caller", conversation: Written) -> None:
    seen = caller.post("/v1/tag", {"conversation": conversation("1", "a refund", "yes")}).json()
    assert len(seen["redacted"]) == 2
    assert {s["evidence"][0]["turn"] for s in seen["signals"] if s["evidence"]} == {0, 1}


@pytest.mark.parametrize("text", ["", " ", "😀🎉", "\u202e\u0301", "a" * 50_000])
def test_odd_texts_get_an_answer(still: "Caller", text: str) -> None:
    assert still.post("/v1/tag", {"text": text}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "a", "conversation": None, "more": 1},
        {"text": None},
        {"text": "a" * 50_001},
        {"text": "a\x00b"},
        {"text": ["a"]},
        [],
    ],
)
def test_what_is_neither_text_nor_conversation_is_refused(still: "Caller", body: object) -> None:
    answer = still.post("/v1/tag", body)
    assert answer.status_code == 422
    assert answer.json()["title"]


def test_until_the_model_is_there_it_says_so(settings: Settings) -> None:
    def fail(_settings: object, _database: object) -> Any:  # noqa: ANN401
        raise FileNotFoundError("no model")

    with TestClient(create_app(settings, fail)) as http:
        headers = {"X-API-Key": "dev"}
        answer = http.post("/v1/tag", json={"text": "a"}, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/model-not-ready")
        ready = http.get("/readyz")
        assert (ready.status_code, ready.json()["type"]) == (503, "/problems/not-ready")
        assert http.get("/healthz").status_code == 200


@pytest.mark.slow
def test_the_real_tagger_answers(settings: Settings) -> None:
    with TestClient(create_app(settings)) as http:
        end = time.monotonic() + 120
        while http.get("/readyz").status_code != 200 and time.monotonic() < end:
            time.sleep(0.2)
        headers = {"X-API-Key": "dev"}
        text = "Third time I write. Where is my refund? Call me: ada@example.org"
        answer = http.post("/v1/tag", json={"text": text}, headers=headers)
        assert answer.status_code == 200
        assert "ada@example.org" not in answer.text
        kinds = {s["kind"] for s in answer.json()["signals"]}
        assert kinds >= {"intent", "sentiment", "language", "entity"}


def test_the_documents_examples_are_answers() -> None:
    config: Any = TagAnswer.model_config["json_schema_extra"]
    answers = [TagAnswer.model_validate(example) for example in config["examples"]]
    for answer in answers:
        for signal in answer.signals:
            assert signal.abstained == (signal.reason is not None)
        # Offsets are those of the original, which is not here where something was hidden.
        (text,) = answer.redacted
        if "[EMAIL_1]" not in text:
            assert all(text[e.start : e.end] == e.quote for s in answer.signals for e in s.evidence)
    said = [signal for answer in answers for signal in answer.signals]
    assert {"low_probability"} <= {signal.reason for signal in said}
    assert any((signal.taxonomy or "").startswith("shop@") for signal in said)
    assert any(e.score for signal in said for e in signal.evidence)
