"""A person's word stands above the machine's, also after the text was read again."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.api.conftest import Caller

Written = Callable[..., dict[str, Any]]
ADDRESS = "/v1/conversations/zendesk:1"


def signals(caller: "Caller", kind: str = "intent", subject: str = "conversation") -> Any:  # noqa: ANN401
    seen = caller.get(ADDRESS).json()["signals"]
    return [s for s in seen if (s["kind"], s["subject_kind"]) == (kind, subject)]


@pytest.fixture
def read(caller: "Caller", conversation: Written) -> "Caller":
    caller.hand_in(conversation())
    return caller


def test_a_replaced_label_outlives_a_new_turn_and_an_edit(read: "Caller") -> None:
    (machine,) = signals(read)
    answer = read.put(f"/v1/signals/{machine['id']}", {"label": "billing_dispute"})
    assert answer.status_code == 200
    said = answer.json()
    assert (said["label"], said["origin"], said["details"]) == ("billing_dispute", "person", {})
    turn = {"role": "customer", "text": "Hello? The refund!"}
    job = read.post(f"{ADDRESS}/turns", {"turns": [turn]}).json()["id"]
    read.settled(job)
    (after,) = signals(read)
    assert (after["label"], after["details"]) == ("billing_dispute", {"text_changed": True})


def test_a_word_reaches_the_journey(read: "Caller") -> None:
    (machine,) = signals(read)
    read.put(f"/v1/signals/{machine['id']}", {"label": "billing_dispute"})

    def labels() -> dict[str, Any]:
        rows = read.get("/v1/journeys", intent="billing_dispute").json()["items"]
        return {row["id"]: row for row in rows}

    read.until(labels, bool)


def test_a_struck_signal_stays_away_and_a_word_can_be_taken_back(read: "Caller") -> None:
    (machine,) = signals(read)
    said = read.put(f"/v1/signals/{machine['id']}", {"label": "billing_dispute"}).json()
    assert read.delete(f"/v1/signals/{said['id']}").status_code == 204
    assert [s["label"] for s in signals(read)] == ["refund_request"]
    assert read.delete(f"/v1/signals/{machine['id']}").status_code == 204
    assert signals(read) == []


def test_a_second_thought_takes_the_place_of_the_first(read: "Caller") -> None:
    (machine,) = signals(read)
    first = read.put(f"/v1/signals/{machine['id']}", {"label": "billing_dispute"}).json()
    read.put(f"/v1/signals/{first['id']}", {"label": "return_request"})
    assert [s["label"] for s in signals(read)] == ["return_request"]


def test_a_label_is_added_to_a_turn_and_changed(read: "Caller") -> None:
    body = {"kind": "intent", "label": "praise", "turn": 0}
    added = read.post(f"{ADDRESS}/signals", body)
    assert added.status_code == 201
    assert added.json()["subject_kind"] == "turn"
    read.put(f"/v1/signals/{added.json()['id']}", {"label": "service_complaint"})
    labels = {s["label"] for s in signals(read, subject="turn")}
    assert labels == {"refund_request", "service_complaint"}


def test_a_sentiment_gets_its_value(read: "Caller") -> None:
    (mood,) = signals(read, "sentiment")
    said = read.put(f"/v1/signals/{mood['id']}", {"label": "positive"}).json()
    assert said["value"] == 1.0


@pytest.mark.parametrize(
    ("kind", "label", "other"),
    [
        ("effort", "waited", "repeats"),
        ("emotion", "anger", "worry"),
        ("resolution", "unresolved", "promised"),
    ],
)
def test_labels_of_the_newer_kinds_are_corrected(
    read: "Caller", kind: str, label: str, other: str
) -> None:
    added = read.post(f"{ADDRESS}/signals", {"kind": kind, "label": label})
    assert added.status_code == 201, added.text
    changed = read.put(f"/v1/signals/{added.json()['id']}", {"label": other}).json()
    assert (changed["kind"], changed["label"], changed["origin"]) == (kind, other, "person")
    refused = read.post(f"{ADDRESS}/signals", {"kind": kind, "label": "no_such_label"})
    assert refused.status_code == 422


@pytest.fixture(scope="module")
def kept(still: "Caller", conversation: Written) -> "Caller":
    still.hand_in(conversation())
    return still


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "sentiment", "label": "furious"}, 422),
        ({"kind": "intent", "label": "Free Words of Ada"}, 422),
        ({"kind": "intent", "label": "praise", "value": 0.5}, 422),
        ({"kind": "entity", "label": "email"}, 422),
        ({"kind": "intent", "label": "praise", "turn": 7}, 422),
    ],
)
def test_what_no_signal_can_say_is_refused(
    kept: "Caller", body: dict[str, object], status: int
) -> None:
    answer = kept.post(f"{ADDRESS}/signals", body)
    assert answer.status_code == status
    assert "Ada" not in answer.text


def test_unknown_signals_and_missing_scopes_are_refused(
    read: "Caller", keyed: Callable[..., "Caller"]
) -> None:
    assert read.put("/v1/signals/sig_0", {"label": "praise"}).status_code == 404
    assert read.delete("/v1/signals/sig_0").status_code == 404
    (machine,) = signals(read)
    reader = keyed("read")
    assert reader.put(f"/v1/signals/{machine['id']}", {"label": "praise"}).status_code == 403
