"""Own taxonomies through the API: train, look at what would change, correct, go live, go back."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import Caller

EXAMPLES = [
    {"text": f"{word} {noun}", "label": label}
    for noun, label in (("parcel", "parcel"), ("refund", "refund"))
    for word in ("late", "lost", "no", "my", "about the")
]


@pytest.fixture
def shop(caller: Caller) -> dict[str, Any]:
    answer = caller.post("/v1/taxonomies", {"name": "shop", "examples": EXAMPLES})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_taxonomy_is_trained_listed_and_told(caller: Caller, shop: dict[str, Any]) -> None:
    assert (shop["number"], shop["live"]) == (1, False)
    assert shop["description"]["labels"] == {"parcel": 5, "refund": 5}
    assert [item["name"] for item in caller.get("/v1/taxonomies").json()["items"]] == ["shop"]
    again = caller.post("/v1/taxonomies/shop/versions", {"examples": EXAMPLES})
    assert again.json()["number"] == 1  # the same content is the same version
    told = caller.post(
        "/v1/taxonomies/shop/versions", {"descriptions": {"parcel": "a box", "refund": "money"}}
    )
    assert told.json()["number"] == 2
    assert caller.post("/v1/taxonomies", {"name": "shop", "examples": EXAMPLES}).status_code == 409


def test_versions_go_live_and_back(caller: Caller, shop: dict[str, Any]) -> None:
    caller.post("/v1/taxonomies/shop/versions", {"examples": EXAMPLES[1:]})
    for version in ("1", "newest"):
        view = caller.post("/v1/taxonomies/shop/live", {"version": version}).json()
    assert [(v["number"], v["live"]) for v in view["versions"]] == [(2, True), (1, False)]
    view = caller.post("/v1/taxonomies/shop/rollback", None).json()
    assert [v["live"] for v in view["versions"]] == [False, True]
    assert view["changes"][0]["by"] == "development"
    assert caller.post("/v1/taxonomies/shop/rollback", None).status_code == 404
    view = caller.post("/v1/taxonomies/shop/live", {"version": None}).json()
    assert not any(v["live"] for v in view["versions"])


def test_the_loop_from_queue_to_a_better_version(
    caller: Caller, shop: dict[str, Any], conversation: Callable[..., dict[str, Any]]
) -> None:
    for n, word in enumerate(("fails", "expired", "wrong", "gone")):
        caller.hand_in(conversation(str(n), f"my voucher code {word}"))
    assert done(caller, "/v1/taxonomies/shop/queues", {})["queue"]
    ids = [f"zendesk:{n}" for n in range(4)]
    found = [caller.get(f"/v1/conversations/{id_}").json()["id"] for id_ in ids]
    said = [{"conversation_id": id_, "turn": 0, "label": "voucher"} for id_ in found]
    said[-1] = {"conversation_id": found[-1], "turn": 0, "labels": []}
    bad = {"conversation_id": "cnv_nobody", "label": "voucher"}
    kept = caller.post("/v1/taxonomies/shop/corrections", {"corrections": [*said, bad]}).json()
    assert (kept["kept"], [r["index"] for r in kept["refused"]]) == (4, [4])
    assert done(caller, "/v1/taxonomies/shop/queues", {"most": 50})["queue"] == []
    fitted = done(caller, "/v1/taxonomies/shop/refit", {})
    gain = fitted["gain"]
    assert gain["corrections_after"] > gain["corrections_before"]
    newest = caller.get("/v1/taxonomies/shop").json()["versions"][0]
    assert (newest["number"], newest["version"]) == (2, fitted["version"])
    diff = done(caller, "/v1/taxonomies/shop/diffs", {"version": "2", "against": "1"})["diff"]
    assert (diff["before"], diff["after"]) == (shop["version"], fitted["version"])
    assert (diff["threshold_before"], diff["conversations"]) == (0.5, 4)
    assert {move["after"] for move in diff["moves"]} <= {"voucher", "unsure"}
    signals = caller.get(f"/v1/conversations/{found[0]}").json()["signals"]
    own = [s for s in signals if s["taxonomy"] == "shop"]
    assert {(s["label"], s["origin"]) for s in own} == {("voucher", "person")}


def test_what_the_version_has_no_label_for_is_a_gap_that_opens(
    caller: Caller,
    keyed: Callable[..., Caller],
    shop: dict[str, Any],
    conversation: Callable[..., dict[str, Any]],
) -> None:
    for n, word in enumerate(("fails", "expired", "wrong", "gone")):
        caller.hand_in(conversation(str(n), f"my voucher code {word}"))
    caller.hand_in(conversation("9", "late parcel"))
    path = "/v1/taxonomies/shop/gaps"
    told = done(caller, path, {"least": 4})
    found = told["gaps"]
    (gap,) = found["items"]
    assert (told["version"], found["unsure"], gap["count"]) == (shop["version"], 4, 4)
    assert (found["close_calls"], found["close_share"]) == (0, 0)
    assert gap["label"].startswith("voucher")
    assert gap["label"] not in shop["description"]["labels"]
    ids = {caller.get(f"/v1/conversations/zendesk:{n}").json()["id"] for n in range(4)}
    assert set(gap["conversation_ids"]) == ids
    assert {one["conversation_id"] for one in gap["examples"]} <= ids
    assert done(caller, path, {"least": 5})["gaps"]["items"] == []
    assert caller.post("/v1/taxonomies/nobody/gaps", {}).status_code == 404
    assert keyed("tag").post(path, {}).status_code == 403


def test_a_text_may_have_several_labels(caller: Caller, shop: dict[str, Any]) -> None:
    both = {"text": "late parcel and refund", "labels": ["parcel", "refund"]}
    made = caller.post("/v1/taxonomies/shop/versions", {"examples": [*EXAMPLES, both]})
    assert made.status_code == 201, made.text
    assert made.json()["description"]["labels"] == {"parcel": 6, "refund": 6}
    none = {"text": "what a day", "labels": []}
    made = caller.post("/v1/taxonomies/shop/versions", {"examples": [*EXAMPLES, none]})
    assert made.json()["description"]["labels"] == {"parcel": 5, "refund": 5, "oos": 1}
    assert caller.post("/v1/taxonomies/lint", {"examples": [*EXAMPLES, none]}).status_code == 200
    neither = caller.post("/v1/taxonomies/shop/versions", {"examples": [{"text": "x"}]})
    assert neither.status_code == 422


def test_examples_are_linted_without_being_kept(caller: Caller) -> None:
    wrong = [*EXAMPLES, {"text": "late parcel", "label": "refund"}]
    found = caller.post("/v1/taxonomies/lint", {"examples": wrong}).json()
    conflict = next(f for f in found["findings"] if f["fault"] == "one_text_two_labels")
    assert conflict["examples"] == [0, 10]
    assert conflict["todo"]
    assert not caller.get("/v1/taxonomies").json()["items"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/taxonomies", {"name": "general", "examples": EXAMPLES}, 422),
        ("/v1/taxonomies", {"name": "one", "examples": EXAMPLES[:3]}, 422),
        ("/v1/taxonomies", {"name": "none"}, 422),
        ("/v1/taxonomies", {"name": "dots", "examples": [{"text": "...", "label": "a"}]}, 422),
        ("/v1/taxonomies/nobody/versions", {"examples": EXAMPLES}, 404),
        ("/v1/taxonomies/nobody/refit", {}, 404),
        ("/v1/taxonomies/nobody/queues", {}, 404),
        ("/v1/taxonomies/shop/diffs", {"against": "9"}, 404),
        ("/v1/taxonomies/shop/live", {"version": "9"}, 404),
    ],
)
def test_what_cannot_be_done_says_why(
    caller: Caller, shop: dict[str, Any], path: str, body: object, status: int
) -> None:
    answer = caller.post(path, body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_only_an_administrator_sets_live(keyed: Callable[..., Caller], shop: object) -> None:
    writer = keyed("write", "read", "correct", "tag")
    assert writer.post("/v1/taxonomies/shop/live", {"version": "1"}).status_code == 403
    assert writer.post("/v1/taxonomies/shop/rollback", None).status_code == 403
    assert keyed("tag").get("/v1/taxonomies").status_code == 403


MANY = [
    {"text": f"{word} {noun} {n}", "label": noun}
    for n in range(1_100)
    for noun, word in (("parcel", "late"), ("refund", "no"))
]


def over(caller: Caller, answer: Any) -> dict[str, Any]:  # noqa: ANN401
    assert answer.status_code == 202, answer.text
    path = answer.headers["Location"]
    assert path == f"/v1/taxonomy-jobs/{answer.json()['id']}"
    return caller.until(
        lambda: dict(caller.get(path).json()),
        lambda job: job["state"] not in ("waiting", "running"),
    )


def done(caller: Caller, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Ask for work, wait for it, and give what came of it."""
    job = over(caller, caller.post(path, body))
    assert job["state"] == "done", job
    return dict(caller.get(f"/v1/taxonomy-jobs/{job['id']}/result").json())


def test_more_examples_than_a_call_can_wait_for_are_a_job(caller: Caller) -> None:
    assert caller.post("/v1/taxonomies", {"name": "big", "examples": MANY}).status_code == 422
    once = {"Idempotency-Key": "train-1"}
    first = caller.post("/v1/taxonomies/big/trainings", {"examples": MANY}, **once)
    again = caller.post("/v1/taxonomies/big/trainings", {"examples": MANY}, **once)
    assert again.json()["id"] == first.json()["id"]
    job = over(caller, first)
    assert (job["state"], job["task"]) == ("done", "train"), job
    (version,) = caller.get("/v1/taxonomies/big").json()["versions"]
    assert (version["version"], version["live"]) == (job["version"], False)
    assert version["description"]["examples"] == len(MANY)
    path = f"/v1/taxonomy-jobs/{job['id']}"
    assert caller.get(f"{path}/result").json()["version"] == job["version"]
    assert caller.post(f"{path}/cancel", None).status_code == 409
    assert [item["id"] for item in caller.get("/v1/taxonomy-jobs", name="big").json()] == [
        job["id"]
    ]
    assert caller.get("/v1/taxonomy-jobs/txj_none").status_code == 404


def test_a_trust_report_by_calls_alone(
    caller: Caller, shop: dict[str, Any], conversation: Callable[..., dict[str, Any]]
) -> None:
    caller.hand_in([conversation(str(n), f"late parcel {n}") for n in range(6)])
    drawn = over(caller, caller.post("/v1/taxonomies/shop/trust/samples", {"count": 5}))
    sheet = caller.get(f"/v1/taxonomy-jobs/{drawn['id']}/result").json()
    labels = [
        {key: line[key] for key in ("conversation_id", "channel", "weight")} | {"label": "parcel"}
        for line in sheet["sample"]
    ]
    labels[0] = {**labels[0], "labels": ["refund", "parcel"]}
    labels[0].pop("label")
    body = {"version": sheet["version"], "labels": labels}
    judged = over(caller, caller.post("/v1/taxonomies/shop/trust/reports", body))
    trust = caller.get(f"/v1/taxonomy-jobs/{judged['id']}/result").json()["trust"]
    assert (trust["labelled"], trust["right"]["value"]) == (5, 1.0)
    assert trust["verdict"]
    told = over(caller, caller.post("/v1/taxonomies/shop/reports", {}))
    report = caller.get(f"/v1/taxonomy-jobs/{told['id']}/result").json()["report"]
    assert {row["label"] for row in report["rows"]} == {"parcel", "refund"}


def test_a_training_that_cannot_be_says_why(
    caller: Caller, keyed: Callable[..., Caller], shop: object
) -> None:
    bad = over(caller, caller.post("/v1/taxonomies/one/trainings", {"examples": EXAMPLES[:3]}))
    assert bad["state"] == "failed"
    assert "two labels" in bad["error"]
    assert caller.get(f"/v1/taxonomy-jobs/{bad['id']}/result").status_code == 409
    nothing = over(caller, caller.post("/v1/taxonomies/shop/refit", {}))
    assert nothing["state"] == "failed"
    assert "corrected" in nothing["error"]
    general = caller.post("/v1/taxonomies/general/trainings", {"examples": EXAMPLES})
    assert general.status_code == 422
    assert caller.post("/v1/taxonomies/nobody/reports", {}).status_code == 404
    assert keyed("read").post("/v1/taxonomies/shop/trainings", {}).status_code == 403


def test_a_threshold_is_shown_and_set(
    caller: Caller, keyed: Callable[..., Caller], shop: dict[str, Any]
) -> None:
    assert (shop["threshold"], shop["wrong_costs"]) == (0.5, 2.0)
    path = "/v1/taxonomies/shop/threshold"
    made = caller.post(path, {"threshold": 0.85})
    assert made.status_code == 201, made.text
    assert (made.json()["number"], made.json()["live"]) == (2, False)
    assert (made.json()["threshold"], made.json()["wrong_costs"]) == (0.85, 6.6667)
    assert caller.post(path, {"threshold": 0.85, "version": "1"}).json() == made.json()
    assert caller.post(path, {"threshold": 1}).status_code == 422
    assert caller.post(path, {"threshold": 0.5, "version": "9"}).status_code == 404
    assert keyed("read").post(path, {"threshold": 0.5}).status_code == 403
