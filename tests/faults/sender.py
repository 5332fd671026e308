"""Clients that send until they are told that it is kept, as a good integration does."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any
from uuid import UUID

import httpx

from tests.faults.made import conversation

AGAIN = (408, 409, 425, 429, 502, 503, 504)
"""Answers after which the same request is sent again."""
REST_S = 0.5


class Sender:
    """Some clients that share the batches to send.

    Parameters
    ----------
    client : callable
        Makes an HTTP client.
    numbers : range
        Which conversations to send.
    batch : int
        Conversations in one request.
    may_go_on : callable
        Asked before each new batch: the pace of the run.
    seed : int
        Draws which requests carry an ``Idempotency-Key`` and which are sent twice.
    """

    def __init__(
        self,
        client: Callable[[], httpx.Client],
        numbers: range,
        *,
        batch: int = 25,
        may_go_on: Callable[[int], bool] = lambda accepted: True,
        clients: int = 4,
        seed: int = 5,
    ) -> None:
        self._client = client
        self._may_go_on = may_go_on
        self._seed = seed
        self._batches = iter([numbers[i : i + batch] for i in range(0, len(numbers), batch)])
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]
        self.accepted: set[str] = set()
        """Ids that a 202 named."""
        self.said: Counter[str] = Counter()
        """Answers and errors."""
        self.surprises: list[str] = []
        """What a client should never be told."""

    def start(self) -> None:
        """Begin to send."""
        for thread in self._threads:
            thread.start()

    @property
    def busy(self) -> bool:
        """Whether there is something left to send."""
        return any(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """Give up what was not sent."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        with self._client() as client:
            for numbers in self._next():
                chance = Random(f"{self._seed}.{numbers[0]}")
                body = [conversation(number) for number in numbers]
                key = {"Idempotency-Key": str(UUID(int=chance.getrandbits(128)))}
                headers = key if chance.random() < 0.5 else {}
                for _ in range(2 if chance.random() < 0.2 else 1):
                    self._insist(client, body, headers)

    def _next(self) -> Iterator[range]:
        while not self._stopping.is_set():
            if not self._may_go_on(len(self.accepted)):
                time.sleep(0.1)
                continue
            with self._lock:
                numbers = next(self._batches, None)
            if numbers is None:
                return
            yield numbers

    def _insist(
        self, client: httpx.Client, body: Sequence[dict[str, Any]], headers: dict[str, str]
    ) -> None:
        while not self._stopping.is_set():
            try:
                answer = client.post("/v1/conversations", json=body, headers=headers)
            except httpx.HTTPError as error:
                self.said[type(error).__name__] += 1
            else:
                self.said[str(answer.status_code)] += 1
                if answer.status_code == 202:
                    with self._lock:
                        self.accepted |= set(answer.json()["ids"])
                    return
                if answer.status_code not in AGAIN:
                    self.surprises.append(f"{answer.status_code}: {answer.text[:200]}")
            time.sleep(REST_S)
