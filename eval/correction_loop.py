"""The correction loop by API, timed: ``python -m eval.correction_loop``.

A server of its own; training texts of Banking77 alone. Twenty labels with ten examples each are
trained, others' texts come in as conversations, some of labels that the taxonomy lacks. Then
what a person does: look at the queue, correct fifty, fit again, look at the difference, go live.
"""

import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import httpx
from rich.console import Console

from eval.datasets import pairs
from eval.latency_server import serving
from eval.results import table, write_section

RESULTS = Path("docs/results-intents.md")
SEED = 7
LABELS, EXAMPLES, TALKS, LACKED, CORRECTED, READ = 20, 10, 300, 80, 50, 200
NAME = "bank"
_WAIT_S = 0.2
Steps = list[tuple[str, float]]
console = Console()


def drawn() -> tuple[list[dict[str, str]], dict[str, tuple[str, str]]]:
    """Draw examples, and texts of conversations by their source id, each with its label."""
    chance = Random(SEED)  # noqa: S311 - a draw, no secret
    texts = sorted(set(pairs("intent/banking77/train")))
    chance.shuffle(texts)
    labels = sorted({label for _, label in texts})
    known, lacked = labels[:LABELS], labels[LABELS : LABELS + 4]
    of = {label: [text for text, own in texts if own == label] for label in (*known, *lacked)}
    examples = [{"text": t, "label": own} for own in known for t in of[own][:EXAMPLES]]
    rest = [(text, own) for own in known for text in of[own][EXAMPLES:]]
    chance.shuffle(rest)
    talks = rest[: TALKS - LACKED]
    talks += [(text, own) for own in lacked for text in of[own][: LACKED // len(lacked)]]
    chance.shuffle(talks)
    return examples, {str(number): talk for number, talk in enumerate(talks)}


def talk_of(source_id: str, text: str) -> dict[str, Any]:
    """Make a conversation of one text."""
    return {
        "source": "loop",
        "source_id": source_id,
        "channel": "chat",
        "started_at": "2026-11-02T09:00:00Z",
        "identifiers": [f"email:customer{source_id}@bank.example"],
        "turns": [{"role": "customer", "text": text}],
    }


class Loop:
    """A person at the API: each step is timed from the call to the answer that was waited for."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.steps: Steps = []

    def timed(self, what: str, step: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
        """Do a step and keep how long it took."""
        began = time.monotonic()
        answer = step()
        self.steps.append((what, time.monotonic() - began))
        return answer

    def job(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask for a job of the taxonomy and wait for its result."""
        answer = self.client.post(f"/v1/taxonomies/{NAME}/{path}", json=body).raise_for_status()
        place = answer.headers["Location"]
        while (job := self.client.get(place).raise_for_status().json())["state"] in _GOING:
            time.sleep(_WAIT_S)
        if job["state"] != "done":
            raise RuntimeError(f"{path} ended as {job['state']}")
        return dict(self.client.get(f"{place}/result").raise_for_status().json())

    def hand_in(self, talks: dict[str, tuple[str, str]]) -> None:
        """Hand in all conversations and wait until they are read."""
        for source_id, (text, _) in talks.items():
            body = talk_of(source_id, text)
            self.client.post("/v1/conversations", json=body).raise_for_status()
        last = f"/v1/conversations/loop:{list(talks)[-1]}"
        while not self.client.get(last).raise_for_status().json()["signals"]:
            time.sleep(_WAIT_S)


_GOING = frozenset({"pending", "running", "waiting"})


def run(client: httpx.Client) -> tuple[Steps, list[list[str]]]:
    """Walk the loop; give the times, and what it gained."""
    examples, talks = drawn()
    loop = Loop(client)
    made = {"name": NAME, "examples": examples}
    loop.timed(
        f"train on {len(examples)} examples",
        lambda: client.post("/v1/taxonomies", json=made).raise_for_status(),
    )
    loop.timed(f"hand in and read {len(talks)} conversations", lambda: loop.hand_in(talks))
    queue = loop.timed("queue", lambda: loop.job("queues", {"count": CORRECTED}))["queue"]
    of_text = dict(talks.values())
    said = [
        {"conversation_id": item["conversation_id"], "turn": 0, "label": of_text[item["text"]]}
        for item in queue
        if item["text"] in of_text
    ]
    path = f"/v1/taxonomies/{NAME}/corrections"
    loop.timed(
        f"keep {len(said)} corrections",
        lambda: client.post(path, json={"corrections": said}).raise_for_status(),
    )
    gain = loop.timed("refit with the gain", lambda: loop.job("refit", {}))["gain"]
    told = {"version": "2", "against": "1", "most": READ}
    diff = loop.timed(f"diff over {READ} conversations", lambda: loop.job("diffs", told))["diff"]
    live = f"/v1/taxonomies/{NAME}/live"
    loop.timed("go live", lambda: client.post(live, json={"version": "2"}).raise_for_status())
    gained = [
        ["right on texts left out of the fit", f"{gain['before']:.3f}", f"{gain['after']:.3f}"],
        [
            "of the corrected ones",
            f"{gain['corrections_before']:.3f}",
            f"{gain['corrections_after']:.3f}",
        ],
        ["share unsure", f"{diff['unsure_before']:.3f}", f"{diff['unsure_after']:.3f}"],
    ]
    return loop.steps, gained


def main() -> None:
    """Walk, tell and write the section."""
    with serving(0, 0) as server:
        client = httpx.Client(
            base_url=f"http://127.0.0.1:{server.port}",
            headers={"Authorization": f"Bearer {server.key}"},
            timeout=120,
        )
        with client:
            steps, gained = run(client)
    times = table(["step", "seconds"], [[what, f"{seconds:.1f}"] for what, seconds in steps])
    gains = table(["what", "before", "after"], gained)
    console.print(times, gains)
    write_section(
        "The correction loop, timed",
        "python -m eval.correction_loop",
        f"Embedded, two cores. {LABELS} labels of Banking77's training texts with {EXAMPLES} "
        f"examples each, {TALKS} others of its training texts as conversations, {LACKED} of them "
        "of four labels that the taxonomy lacks. Times from the call to the result of the job.",
        f"{times}\n\n{gains}",
        RESULTS,
    )


if __name__ == "__main__":
    main()
