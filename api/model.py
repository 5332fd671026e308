"""The tagger of this process: loaded in the background, used by one thread at a time."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from api import logs
from api.microbatch import MicroBatcher, Read
from api.precedence import Guest, Precedence
from api.problems import Problem
from domain.conversation import Conversation
from domain.explanation import Explanation
from domain.signal import Signal
from workers.portions import ahead
from workers.tagging import Explaining, Tagged, Tagger
from workers.telemetry import spanning
from workers.vectors import keeping_nothing
from workers.watch import Watch

RETRY_SECONDS = 5
PATIENCE_SECONDS = 10.0
"""Just after the start a call waits for the model so long."""
SLICE = 4
"""Conversations that the embedded worker reads together; one while calls keep coming."""
TURNS = 8
"""Of one conversation, whose rules are read together while calls keep coming."""
EXPLAINED_AT_ONCE = 32
"""Calls that may wait for the words behind signals."""


class Model:
    """A tagger that is on its way or there.

    Direct calls and the embedded worker share it. Whoever waits for an answer goes first.

    Parameters
    ----------
    load : callable
        Gives the tagger; may take long. Called once, in a thread of its own.
    crowded : callable
        Whether memory is so short that direct calls must not queue.
    watch : Watch, optional
        Is told of batches and calls.
    """

    def __init__(
        self,
        load: Callable[[], Tagger],
        crowded: Callable[[], bool] = lambda: False,
        watch: Watch | None = None,
    ) -> None:
        self._watch = watch or Watch()
        self._load = load
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._calls = MicroBatcher(self._read, crowded)
        self._explaining = 0
        self.turns = Precedence()
        self.loading: Future[Tagger] = Future()

    def start(self) -> None:
        """Begin to load, and come back at once."""
        self.loading = self._executor.submit(self._load)
        self.loading.add_done_callback(_tell)
        self._calls.start()

    def stop(self) -> None:
        """Answer who waits; come back when nothing is read or loads any more."""
        self._executor.shutdown()
        self._calls.stop()

    @property
    def ready(self) -> bool:
        """Whether texts can be tagged now."""
        return self.loading.done() and self.loading.exception() is None

    @property
    def version(self) -> str:
        """The tagger's version.

        Raises
        ------
        Problem
            503 where the model is not loaded.
        """
        if not self.ready:
            raise _not_ready()
        return self.loading.result().version

    async def tag(self, conversation: Conversation) -> Read:
        """Tag one conversation for somebody who waits; nothing of it is kept.

        Calls that come meanwhile pass the model together. Cancelled while it waits, the
        conversation is not read.

        Returns
        -------
        tuple of str and Tagged
            The tagger's version, and what it says.

        Raises
        ------
        Problem
            503 where the model does not come within ten seconds; 429 where too much waits.
        """
        with self.turns.call(), spanning(self._watch.tracer, "wait for the model"):
            await self._loaded()
            return await self._calls.tag(conversation)

    async def explain(self, conversation: Conversation, signals: Sequence[Signal]) -> Explanation:
        """Find the words behind signals for somebody who waits; one call after the other.

        Raises
        ------
        Problem
            503 where the model does not come within ten seconds; 429 where too much waits;
            422 where the tagger cannot tell words.
        """
        await self._loaded()
        if self._explaining >= EXPLAINED_AT_ONCE:
            detail = "Too many calls wait for words. Nothing was read; ask again a little later."
            raise Problem(429, detail, slug="too-busy", headers={"Retry-After": str(RETRY_SECONDS)})
        self._explaining += 1
        try:
            with self.turns.call():
                found = self._executor.submit(self._explain, conversation, signals)
                return await asyncio.wrap_future(found)
        finally:
            self._explaining -= 1

    def _explain(self, conversation: Conversation, signals: Sequence[Signal]) -> Explanation:
        tagger = self.loading.result()
        if not isinstance(tagger, Explaining):
            raise Problem(422, "The tagger of this deployment tells no words, only sentences.")
        with self.turns.first(), keeping_nothing():
            return tagger.explain(conversation, signals)

    async def _loaded(self) -> None:
        waiting = asyncio.shield(asyncio.wrap_future(self.loading))
        try:
            await asyncio.wait_for(waiting, PATIENCE_SECONDS)
        except Exception as error:
            raise _not_ready() from error

    def _read(self, conversations: Sequence[Conversation]) -> list[Read | Exception]:
        """Read a batch of direct calls; one by one if it fails, to find out on whose account."""
        tagger = self.loading.result()
        try:
            measured = self._watch.model("call", len(conversations))
            with self.turns.first(), keeping_nothing(), measured:
                answers = tagger.tag(conversations, needs=False)
        except Exception as error:  # handed to the call it belongs to
            if len(conversations) == 1:
                return [error]
            return [answer for one in conversations for answer in self._read([one])]
        return [(tagger.version, answer) for answer in answers]

    def when_ready(self, act: Callable[[], None]) -> None:
        """Have something done as soon as the model is loaded; never if it fails to load."""
        self.loading.add_done_callback(lambda loading: None if loading.exception() else act())

    @property
    def shared(self) -> "SharedTagger":
        """The tagger as the embedded worker sees it, once it is loaded."""
        return SharedTagger(self)


class SharedTagger:
    """A tagger that lets direct calls in between its runs.

    Parameters
    ----------
    model : Model
        Loaded before the first use.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self.manners = Guest(model.turns)

    @property
    def version(self) -> str:
        """The tagger's version."""
        return self._model.loading.result().version

    def tag(self, conversations: Sequence[Conversation], *, needs: bool = True) -> list[Tagged]:
        """Read a batch, a few conversations at a time."""
        answers: list[Tagged] = []
        while len(answers) < len(conversations):
            brief = self.manners.brief
            part = conversations[len(answers) : len(answers) + (1 if brief else SLICE)]
            if brief:
                self._read_ahead(part[0], needs)
            answers += self._read(part, needs)
        return answers

    def _read_ahead(self, conversation: Conversation, needs: bool) -> None:
        """Read a conversation a few turns at a time, so that as a whole it is read in a moment."""
        progress = 0
        while (part := ahead(conversation, progress, TURNS)) is not None:
            self._read([part], needs)
            progress += len(part.turns)

    def _read(self, part: Sequence[Conversation], needs: bool) -> Sequence[Tagged]:
        tagger = self._model.loading.result()
        with self.manners.reading():
            answers = tagger.tag(part, needs=needs)
        self.manners.pause()
        return answers


def _not_ready() -> Problem:
    detail = "The model is not loaded. Ask again in a few seconds; see /readyz."
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return Problem(503, detail, slug="model-not-ready", headers=headers)


def _tell(loading: Future[Tagger]) -> None:
    error = loading.exception()
    if error is not None:
        logs.fault("the model did not load; run `throughline models build`", error)
    else:
        logs.emit("model loaded", model=loading.result().version)
