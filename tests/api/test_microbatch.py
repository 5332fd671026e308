"""Direct calls that come together share a batch, and nobody pays for a neighbour."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from api import microbatch
from api.app import create_app
from api.model import SLICE, Model
from api.problems import Problem
from api.serve import server
from domain.conversation import Conversation
from settings import Settings

if TYPE_CHECKING:
    from tests.api.conftest import SmallTagger

Written = Callable[..., dict[str, Any]]
PATIENCE_S = 30.0


class Gate:
    """A tagger that notes its batches and waits where it is told to."""

    version = "gate@1"

    def __init__(self, tagger: "SmallTagger") -> None:
        self._tagger = tagger
        self.open = threading.Event()
        self.open.set()
        self.batches: list[list[str]] = []

    def tag(self, conversations: Sequence[Conversation], *, needs: bool = True) -> Any:  # noqa: ANN401
        self.batches.append([c.source_id for c in conversations])
        assert self.open.wait(PATIENCE_S)
        if any("poison" in turn.text for c in conversations for turn in c.turns):
            raise RuntimeError("words of a customer")
        return self._tagger.tag(conversations, needs=needs)

    def until(self, batches: int) -> None:
        end = time.monotonic() + PATIENCE_S
        while len(self.batches) < batches:
            assert time.monotonic() < end
            time.sleep(0.005)


@pytest.fixture
def gate(tagger: "SmallTagger") -> Gate:
    return Gate(tagger)


@contextmanager
def started(gate: Gate, crowded: bool = False) -> Iterator[Model]:
    model = Model(lambda: gate, lambda: crowded)
    model.start()
    try:
        yield model
    finally:
        gate.open.set()
        model.stop()


@pytest.fixture
def record(conversation: Written) -> Callable[..., Conversation]:
    return lambda name, text="a refund": Conversation.model_validate(conversation(name, text))


Behind = Callable[[Model], Awaitable[Any]]


async def behind(model: Model, gate: Gate, first: Conversation, calls: list[Conversation]) -> Any:  # noqa: ANN401
    """Have one call hold the model, the others come meanwhile; give all answers."""
    gate.open.clear()
    holding = asyncio.create_task(model.tag(first))
    await asyncio.to_thread(gate.until, 1)
    waiting = [asyncio.create_task(model.tag(call)) for call in calls]
    await asyncio.sleep(0.05)
    gate.open.set()
    return await asyncio.gather(holding, *waiting, return_exceptions=True)


def test_calls_that_come_together_pass_as_one_batch(
    gate: Gate, record: Callable[..., Conversation]
) -> None:
    calls = [record(str(n)) for n in range(microbatch.BATCH)]
    with started(gate) as model:
        answers = asyncio.run(behind(model, gate, record("first"), calls))
    assert gate.batches == [["first"], [call.source_id for call in calls]]
    ids = [tagged.conversation_id for _, tagged in answers]
    assert ids == [record("first").id, *(call.id for call in calls)]


def test_a_long_conversation_goes_alone(gate: Gate, record: Callable[..., Conversation]) -> None:
    calls = [record("1"), record("2", "a " * microbatch.BATCH_CHARACTERS), record("3")]
    with started(gate) as model:
        asyncio.run(behind(model, gate, record("first"), calls))
    assert gate.batches == [["first"], ["1"], ["2"], ["3"]]


def test_one_bad_conversation_fails_alone(gate: Gate, record: Callable[..., Conversation]) -> None:
    calls = [record("good"), record("bad", "poison"), record("fine")]
    with started(gate) as model:
        _, good, bad, fine = asyncio.run(behind(model, gate, record("first"), calls))
    assert good[1].conversation_id == record("good").id
    assert fine[1].conversation_id == record("fine").id
    assert isinstance(bad, RuntimeError)


def test_the_same_answer_alone_and_beside_others(
    gate: Gate, record: Callable[..., Conversation]
) -> None:
    calls = [record(str(n), text) for n, text in enumerate(["a parcel", "bad", "refund", ""])]
    with started(gate) as model:
        together = asyncio.run(behind(model, gate, record("first"), calls))[1:]
        alone = [asyncio.run(model.tag(call)) for call in calls]
    assert together == alone


def test_who_comes_to_a_full_queue_is_sent_away_and_told_when_to_come_again(
    gate: Gate, record: Callable[..., Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microbatch, "WAITING", 3)
    with started(gate) as model:
        answers = asyncio.run(
            behind(model, gate, record("first"), [record(str(n)) for n in range(5)])
        )
        refused = [answer for answer in answers if isinstance(answer, Problem)]
        assert len(refused) == 2
        assert {(problem.status, problem.slug) for problem in refused} == {(429, "too-busy")}
        assert all(int(problem.headers["Retry-After"]) >= 1 for problem in refused)
        assert asyncio.run(model.tag(record("later")))[0] == "gate@1"


def test_very_long_texts_fill_the_queue_sooner(
    gate: Gate, record: Callable[..., Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microbatch, "WAITING_CHARACTERS", 1_000)
    calls = [record("1", "a" * 900), record("2", "b" * 900)]
    with started(gate) as model:
        _, first, second = asyncio.run(behind(model, gate, record("first"), calls))
    assert not isinstance(first, Exception)
    assert isinstance(second, Problem)


def test_where_memory_is_short_nobody_queues_and_one_is_served(
    gate: Gate, record: Callable[..., Conversation]
) -> None:
    with started(gate, crowded=True) as model:
        _, next_, refused = asyncio.run(
            behind(model, gate, record("first"), [record("1"), record("2")])
        )
    assert not isinstance(next_, Exception)
    assert isinstance(refused, Problem)


def test_who_gives_up_is_not_read(gate: Gate, record: Callable[..., Conversation]) -> None:
    async def impatient(model: Model) -> None:
        gate.open.clear()
        holding = asyncio.create_task(model.tag(record("first")))
        await asyncio.to_thread(gate.until, 1)
        gone, stays = (asyncio.create_task(model.tag(record(n))) for n in ("gone", "stays"))
        await asyncio.sleep(0.05)
        gone.cancel()
        await asyncio.sleep(0.05)
        gate.open.set()
        await asyncio.gather(holding, stays)

    with started(gate) as model:
        asyncio.run(impatient(model))
    assert gate.batches == [["first"], ["stays"]]


def test_beside_direct_calls_the_embedded_worker_takes_one_at_a_time(
    gate: Gate, record: Callable[..., Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [record(str(n)) for n in range(SLICE)]
    with started(gate) as model:
        model.shared.tag(records)
        asyncio.run(model.tag(record("live")))
        model.shared.tag(records)
        monkeypatch.setattr("api.precedence.LATELY_S", -1.0)
        model.shared.tag(records)
    assert [len(batch) for batch in gate.batches] == [SLICE, 1, *([1] * SLICE), SLICE]


@pytest.fixture
def port(settings: Settings, gate: Gate) -> Iterator[int]:
    """Serve an application over real HTTP."""
    served = server(create_app(settings, lambda _settings, _database: gate), "127.0.0.1", 0)
    thread = threading.Thread(target=served.run)
    thread.start()
    while not served.started:
        time.sleep(0.01)
    yield int(served.servers[0].sockets[0].getsockname()[1])
    gate.open.set()
    served.should_exit = True
    thread.join()


def call(port: int, text: str) -> socket.socket:
    body = json.dumps({"text": text}).encode()
    client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    head = (
        "POST /v1/tag HTTP/1.1\r\nHost: a\r\nX-API-Key: dev\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    client.sendall(head.encode() + body)
    return client


def test_a_client_that_hangs_up_is_dropped_and_the_server_stays_awake(
    port: int, gate: Gate
) -> None:
    gate.open.clear()
    first = call(port, "first")
    gate.until(1)
    waiting = [call(port, f"text {n}") for n in range(4)]
    time.sleep(0.3)
    waiting[0].close()
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as awake:
        awake.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert awake.recv(12) == b"HTTP/1.1 200"
    time.sleep(0.3)
    gate.open.set()
    for client in (first, *waiting[1:]):
        with client:
            assert client.recv(12) == b"HTTP/1.1 200"
    assert [len(batch) for batch in gate.batches] == [1, 3]


def test_a_refusal_is_a_problem(
    settings: Settings, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise microbatch._busy(2.4)

    monkeypatch.setattr(microbatch.MicroBatcher, "_enter", refuse)
    with TestClient(create_app(settings, lambda _settings, _database: gate)) as http:
        answer = http.post("/v1/tag", json={"text": "a"}, headers={"X-API-Key": "dev"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/too-busy"
