"""Two hands of one process: one reads while the other writes, and what may kill it comes alone."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from domain.base import now
from domain.conversation import Conversation
from storage import backlog, conversations, signals, work
from workers.hands import Hands
from workers.pipeline import BATCH, Pipeline, drain

Make = Callable[..., Conversation]
PATIENCE_S = 20.0


class Noting:
    """A tagger that notes how many read at once, and what was claimed meanwhile."""

    version = "tiny@1"

    def __init__(self, tiny: ModuleType, pipeline: Pipeline) -> None:
        self._tagger = tiny.TinyTagger()
        self._pipeline = pipeline
        self._reading = 0
        self.together = 0
        self.claimed: list[int] = []

    def tag(self, talks: Sequence[Conversation], *, needs: bool = True) -> Any:  # noqa: ANN401
        self._reading += 1
        self.together = max(self.together, self._reading)
        time.sleep(0.05)
        with self._pipeline.database.reading() as session:
            self.claimed.append(sum(q.claimed for q in backlog.backlog(session, now())))
        answers = self._tagger.tag(talks)
        self._reading -= 1
        return answers


def keep(pipeline: Pipeline, talks: Sequence[Conversation]) -> None:
    pipeline.database.run(lambda session: conversations.save_many(session, talks, now()))


def test_the_next_batch_is_claimed_while_the_model_reads(
    pipeline: Pipeline, make: Make, tiny: ModuleType
) -> None:
    talks = [make(f"c{n}", user=f"u{n}") for n in range(6 * BATCH)]
    keep(pipeline, talks)
    tagger = Noting(tiny, pipeline)
    both = replace(pipeline, tagger=tagger, hands=Hands(2))
    result = drain(both)
    assert (result.done, result.failed, result.late) == (len(talks), 0, 0)
    assert tagger.together == 1, "the model serves one thread at a time"
    assert max(tagger.claimed) > BATCH, "two batches are in work"
    assert both.watch.done == len(talks)
    with pipeline.database.reading() as session:
        read = signals.effective(session, [talk.id for talk in talks])
        assert backlog.waiting(session, now()) == 0
    assert {len(found) for found in read.values()} == {1}
    assert len(read) == len(talks)


def test_what_was_tried_before_is_worked_on_while_nothing_else_is_held(
    pipeline: Pipeline, make: Make, tiny: ModuleType
) -> None:
    bad = [make(f"b{n}", user=f"b{n}") for n in range(3)]
    keep(pipeline, bad)
    database = pipeline.database
    lost = database.run(lambda session: work.claim(session, [work.Kind.TAG], 9, 0.0, "lost", now()))
    assert len(lost) == len(bad)
    database.run(lambda session: work.sweep(session, now()))
    keep(pipeline, [make(f"g{n}", user=f"g{n}") for n in range(2 * BATCH)])
    tagger = Noting(tiny, pipeline)
    sizes: list[tuple[int, int]] = []
    tag = tagger.tag

    def noted(talks: Sequence[Conversation], *, needs: bool = True) -> Any:  # noqa: ANN401
        answers = tag(talks)
        sizes.append((len(talks), tagger.claimed[-1]))
        return answers

    tagger.tag = noted  # type: ignore[method-assign]
    assert drain(replace(pipeline, tagger=tagger, hands=Hands(2))).failed == 0
    alone = [claimed for talks, claimed in sizes if talks == 1]
    assert alone == [1] * len(bad)


def test_a_fault_in_one_hand_is_told_when_all_have_come_to_their_end() -> None:
    hands, ended, first = Hands(2), list[str](), threading.Barrier(2)

    def act() -> None:
        if first.wait(PATIENCE_S) == 0:
            raise ConnectionError
        time.sleep(0.1)
        ended.append("other")

    with pytest.raises(ConnectionError):
        hands.run(act)
    assert ended == ["other"]
