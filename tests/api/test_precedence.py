"""Direct calls go first, and the work goes on all the same."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from api import precedence
from api.precedence import (
    BRIEF_CHARACTERS,
    BRIEF_REST_S,
    CHARACTERS,
    LATELY_S,
    LONGEST_REST_S,
    QUIET_S,
    Guest,
    Precedence,
)
from nlp.pauses import Pauses, pausing, runs
from storage.queues import Priority


class Clock:
    """Time that passes only while somebody sleeps, or is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(precedence.time, "sleep", clock.sleep)
    return clock


def rested(clock: Clock, guest: Guest, worked: float, priority: Priority) -> float:
    guest.begin(priority)
    clock.sleep(worked)
    before = clock.now
    guest.pause()
    return clock.now - before


@pytest.mark.parametrize(
    ("priority", "times"), [(Priority.LIVE, 1.0), (Priority.BATCH, 4.0), (Priority.BULK, 4.0)]
)
def test_while_somebody_waits_work_rests_for_a_multiple_of_what_it_did(
    clock: Clock, priority: Priority, times: float
) -> None:
    turns = Precedence(clock)
    with turns.call():
        assert rested(clock, Guest(turns), 0.02, priority) == pytest.approx(times * 0.02)


def test_no_rest_is_so_long_that_the_work_starves(clock: Clock) -> None:
    turns = Precedence(clock)
    with turns.call():
        assert rested(clock, Guest(turns), 60.0, Priority.BULK) == pytest.approx(LONGEST_REST_S)


def test_work_inside_a_transaction_rests_for_a_moment_only(clock: Clock) -> None:
    turns = Precedence(clock)
    with turns.call():
        guest = Guest(turns, BRIEF_REST_S)
        assert rested(clock, guest, 60.0, Priority.LIVE) == pytest.approx(BRIEF_REST_S)


def test_without_calls_nothing_rests(clock: Clock) -> None:
    assert rested(clock, Guest(Precedence(clock)), 1.0, Priority.BULK) == 0


def test_a_rest_ends_when_the_calls_do(clock: Clock) -> None:
    turns = Precedence(clock)
    with turns.call():
        pass
    assert rested(clock, Guest(turns), QUIET_S / 2, Priority.BULK) < 2 * QUIET_S


def test_runs_are_small_while_calls_are_expected_and_large_otherwise(clock: Clock) -> None:
    turns = Precedence(clock)
    guest = Guest(turns)
    assert (guest.brief, guest.characters) == (False, CHARACTERS)
    with ExitStack() as calls:
        calls.enter_context(turns.call())
        assert (guest.brief, guest.characters) == (True, BRIEF_CHARACTERS)
        for _ in range(7):
            calls.enter_context(turns.call())
        assert guest.characters == 4 * BRIEF_CHARACTERS
    clock.sleep(LATELY_S - 1)
    assert guest.characters == BRIEF_CHARACTERS
    clock.sleep(2)
    assert guest.characters == CHARACTERS


def in_thread(act: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread


def test_a_call_comes_in_between_two_runs_of_one_batch() -> None:
    turns, order = Precedence(), list[str]()
    guest = Guest(turns)
    called = threading.Event()

    def call() -> None:
        with turns.call():
            called.set()
            with turns.first():
                order.append("call")

    with guest.reading():
        caller = None
        for run in runs(["a" * CHARACTERS, "b" * CHARACTERS, "c"]):
            order.append(run[0][0])
            if caller is None:
                caller = in_thread(call)
                assert called.wait(10)
                time.sleep(0.05)  # it waits for the model by now
    assert caller is not None
    caller.join(10)
    assert order == ["a", "call", "b", "c"]


def test_work_takes_its_turn_although_calls_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "PATIENCE_S", 0.1)
    turns = Precedence()
    over = threading.Event()

    def call_on() -> None:
        while not over.is_set():
            with turns.call(), turns.first():
                time.sleep(0.002)

    callers = [in_thread(call_on) for _ in range(4)]
    guest, steps = Guest(turns), 0
    end = time.monotonic() + 30
    while steps < 5 and time.monotonic() < end:
        with guest.reading():
            steps += 1
        guest.pause()
    over.set()
    for caller in callers:
        caller.join(10)
    assert steps == 5


def test_texts_are_cut_into_runs_by_their_length() -> None:
    texts = ["aaaa", "bbbb", "cc", "d" * 20, "e"]
    gaps: list[int] = []
    assert list(runs(texts)) == [texts]
    with pausing(Pauses(lambda: 8, lambda: gaps.append(1))):
        assert list(runs(texts)) == [["aaaa", "bbbb"], ["cc"], ["d" * 20], ["e"]]
        assert list(runs([])) == []
    assert len(gaps) == 3
