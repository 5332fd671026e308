"""Calls that come at the same time pass the model as one batch, in one thread.

The thread takes what waits, runs it and takes what has come meanwhile: a lone caller waits for
nobody, and the busier it is the larger the batches are. What may wait is bounded; who comes
beyond it is sent away at once, before memory or waiting times run away.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from math import ceil

from api import logs
from api.problems import Problem
from domain.conversation import Conversation
from workers.tagging import Tagged

BATCH = 16
"""Conversations in one batch; the model gains little from more, and each waits for all."""
BATCH_CHARACTERS = 20_000
"""In one batch; a longer conversation goes alone."""
WAITING = 256
"""Conversations that may wait."""
WAITING_CHARACTERS = 2_000_000
"""Of all that wait: many long ones are as much to hold as very many short ones."""

Read = tuple[str, Tagged]
"""The version of a tagger, and what it read."""
Run = Callable[[Sequence[Conversation]], Sequence[Read | Exception]]
"""Reads a batch; an error stands in the place of the conversation it belongs to."""


@dataclass(frozen=True)
class _Call:
    conversation: Conversation
    size: int
    answer: Future[Read] = field(default_factory=Future)


class MicroBatcher:
    """A bounded queue before one model thread.

    Parameters
    ----------
    run : callable
        Reads a batch, in the thread.
    crowded : callable
        Whether memory is so short that nobody may wait; who comes when nobody waits is served.
    """

    def __init__(self, run: Run, crowded: Callable[[], bool] = lambda: False) -> None:
        self._run = run
        self._crowded = crowded
        self._calls: deque[_Call] = deque()
        self._characters = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._seconds = 0.0
        self._thread = threading.Thread(target=self._serve, name="tag", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self, timeout_s: float = 30.0) -> None:
        """Serve who waits, and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    async def tag(self, conversation: Conversation) -> Read:
        """Read one conversation with whatever else waits; cancel it to leave the queue.

        Raises
        ------
        Problem
            429 where too much waits already, with the time after which to ask again.
        """
        return await asyncio.wrap_future(self._enter(conversation))

    def _enter(self, conversation: Conversation) -> Future[Read]:
        size = sum(len(turn.text) for turn in conversation.turns)
        crowded = self._crowded()
        with self._changed:
            full = len(self._calls) >= WAITING or self._characters + size > WAITING_CHARACTERS
            if self._stopping or (self._calls and (full or crowded)):
                raise _busy(self._seconds * ceil(len(self._calls) / BATCH))
            call = _Call(conversation, size)
            self._calls.append(call)
            self._characters += size
            self._changed.notify()
        return call.answer

    def _serve(self) -> None:
        while batch := self._next():
            begun = time.monotonic()
            answers = self._answers([call.conversation for call in batch])
            # How long a batch takes of late, to tell when to ask again.
            self._seconds += 0.3 * (time.monotonic() - begun - self._seconds)
            for call, answer in zip(batch, answers, strict=True):
                if isinstance(answer, Exception):
                    call.answer.set_exception(answer)
                else:
                    call.answer.set_result(answer)

    def _next(self) -> list[_Call]:
        """Wait for calls and take as many as make a batch; none when it is time to stop."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._calls or self._stopping)
                batch: list[_Call] = []
                left = BATCH_CHARACTERS
                while self._calls and len(batch) < BATCH:
                    if batch and self._calls[0].size > left:
                        break
                    call = self._calls.popleft()
                    self._characters -= call.size
                    # Whoever hung up meanwhile is not read.
                    if call.answer.set_running_or_notify_cancel():
                        batch.append(call)
                        left -= call.size
                if batch or self._stopping:
                    return batch

    def _answers(self, conversations: Sequence[Conversation]) -> Sequence[Read | Exception]:
        try:
            return self._run(conversations)
        except Exception as error:  # the thread must outlive any fault
            logs.fault("a batch could not be read", error)
            return [error] * len(conversations)


def _busy(seconds: float) -> Problem:
    detail = "Too many texts wait to be tagged. Nothing was read; ask again a little later."
    headers = {"Retry-After": str(max(1, ceil(seconds)))}
    return Problem(429, detail, slug="too-busy", headers=headers)
