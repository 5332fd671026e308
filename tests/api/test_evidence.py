"""Words behind signals: at once, and for what is kept."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from domain.conversation import Conversation
from domain.explanation import Explanation, WordEvidence
from domain.signal import Signal, SignalKind
from settings import Settings
from tests.api.conftest import SmallTagger

if TYPE_CHECKING:
    from tests.api.conftest import Caller

Written = Callable[..., dict[str, Any]]


class WordTagger(SmallTagger):
    """Says that the word "refund" carried every intent."""

    def explain(self, conversation: Conversation, signals: Sequence[Signal]) -> Explanation:
        found = {}
        for position, turn in enumerate(conversation.turns):
            start = turn.text.find("refund")
            word = WordEvidence(turn=position, start=start, end=start + 6, score=0.9)
            found |= {
                signal.id: (word,)
                for signal in signals
                if signal.kind is SignalKind.INTENT and start >= 0
            }
        return Explanation(words=found, words_read=4, capped=False)


@pytest.fixture
def http(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings, lambda _settings, _database: WordTagger())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def of_kind(signals: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [signal for signal in signals if signal["kind"] == kind]


def test_words_are_told_when_asked_for(caller: "Caller") -> None:
    body = {"text": "my refund, ada@example.org", "evidence": "words"}
    seen = caller.post("/v1/tag", body).json()
    assert seen["explained"] == {"words_read": 4, "capped": False}
    for signal in of_kind(seen["signals"], "intent"):
        (word,) = signal["evidence"]
        assert (word["quote"], word["score"], word["start"], word["end"]) == ("refund", 0.9, 3, 9)
    (mood,) = [s for s in of_kind(seen["signals"], "sentiment") if s["subject_kind"] == "turn"]
    assert mood["evidence"][0]["score"] is None
    assert "ada@example.org" not in str(seen)


def test_sentences_are_what_is_told_otherwise(caller: "Caller") -> None:
    seen = caller.post("/v1/tag", {"text": "my refund"}).json()
    assert seen["explained"] is None
    assert all(e["score"] is None for s in seen["signals"] for e in s["evidence"])


def test_signals_that_are_kept_tell_their_words_too(
    caller: "Caller", conversation: Written
) -> None:
    caller.hand_in(conversation("7", "where is my refund"))
    path = "/v1/conversations/zendesk:7"
    every = caller.get(f"{path}/evidence").json()
    intents = of_kind(every["signals"], "intent")
    assert {e["quote"] for s in intents for e in s["evidence"]} == {"refund"}
    one = caller.get(f"{path}/evidence", signal=[intents[0]["id"]]).json()
    assert [signal["id"] for signal in one["signals"]] == [intents[0]["id"]]
    assert caller.get(f"{path}/evidence", signal=["sig_nobody"]).status_code == 404
    assert caller.get("/v1/conversations/zendesk:8/evidence").status_code == 404


def test_a_tagger_without_words_says_so(settings: Settings) -> None:
    with TestClient(create_app(settings, lambda *_: SmallTagger())) as http:
        body = {"text": "my refund", "evidence": "words"}
        answer = http.post("/v1/tag", json=body, headers={"X-API-Key": "dev"})
        assert answer.status_code == 422
        assert "sentences" in answer.json()["detail"]
