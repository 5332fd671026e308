"""One process does it all: work begins when it is told of, and a fault does not end it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType

import pytest
from pydantic import SecretStr

from domain.base import now
from domain.conversation import Conversation
from settings import Settings
from storage import backlog, conversations, signals, work
from storage.database import Database
from workers import embedded
from workers.app import make_app
from workers.embedded import EmbeddedRunner
from workers.notify import BrokerNotifier
from workers.pipeline import Pipeline
from workers.policy import policy_of
from workers.tagging import LazyTagger, tagger_of

Make = Callable[..., Conversation]


@pytest.fixture
def runner(pipeline: Pipeline) -> Iterator[EmbeddedRunner]:
    runner = EmbeddedRunner(pipeline)
    yield runner
    runner.stop()
    assert not runner.alive


def keep(database: Database, record: Conversation) -> None:
    database.run(lambda session: conversations.save(session, record, now()))


def seconds_until_done(database: Database, limit: float = 120) -> float:
    start = time.monotonic()
    while time.monotonic() - start < limit:
        with database.reading() as session:
            if backlog.waiting(session, now()) == 0:
                return time.monotonic() - start
        time.sleep(0.01)
    raise AssertionError("the work was not done in time")


def test_a_record_that_is_told_of_is_read_within_two_seconds(
    runner: EmbeddedRunner, make: Make
) -> None:
    runner.start()
    taken: list[float] = []
    for name in "123456789":  # other work on the machine is not ours: once is enough
        keep(runner.pipeline.database, make(name))
        runner.notify()
        taken.append(seconds_until_done(runner.pipeline.database))
        if min(taken) < 2:
            break
    assert min(taken) < 2
    with runner.pipeline.database.reading() as session:
        assert signals.effective(session, [make("1").id])


def test_what_nobody_told_of_is_found_too(runner: EmbeddedRunner, make: Make) -> None:
    database = runner.pipeline.database
    runner.start()
    seconds_until_done(database)
    keep(database, make("1"))
    seconds_until_done(database)


def test_what_a_killed_process_held_is_taken_over_at_the_start(
    runner: EmbeddedRunner, make: Make
) -> None:
    database = runner.pipeline.database
    keep(database, make("1"))
    database.run(lambda session: work.claim(session, [work.Kind.TAG], 9, 0.0, "killed", now()))
    runner.start()
    seconds_until_done(database)


def test_a_fault_of_the_model_does_not_end_the_work(
    pipeline: Pipeline, make: Make, tiny: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "FAULT_S", 0.05)
    attempts: list[int] = []

    def load() -> object:
        attempts.append(1)
        if len(attempts) < 3:
            raise FileNotFoundError("no model yet")
        return tiny.TinyTagger()

    keep(pipeline.database, make("1"))
    runner = EmbeddedRunner(replace(pipeline, tagger=LazyTagger(load)))  # type: ignore[arg-type]
    runner.start()
    seconds_until_done(pipeline.database)
    runner.stop()
    assert len(attempts) == 3


@pytest.mark.parametrize("url", ["amqp://guest:guest@127.0.0.1:1", "redis://127.0.0.1:1"])
def test_a_broker_that_is_gone_delays_no_request(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = BrokerNotifier(make_app(Settings(broker_url=SecretStr(url))))
    start = time.monotonic()
    for _ in range(1000):
        notifier.notify()
    assert time.monotonic() - start < 30  # one attempt to connect alone takes three seconds
    time.sleep(0.5)
    notifier.stop()
    assert "the broker does not answer" in caplog.text
    assert time.monotonic() - start < 60


def test_without_a_broker_there_is_no_celery_application() -> None:
    with pytest.raises(ValueError, match="THROUGHLINE_BROKER_URL"):
        make_app(Settings(broker_url=None))


def test_the_settings_name_tagger_and_policy(tiny: ModuleType, database: Database) -> None:
    settings = Settings(tagger="tiny_tagger:load", silence_hours=5, repeat_window_hours=48)
    tagger = tagger_of(settings, database)
    assert tagger.version == "tiny@1"
    assert tagger.tag([]) == []
    policy = policy_of(settings)
    assert (policy.silence_hours, policy.repeat_window_hours) == (5, 48)


def test_tidying_that_fails_keeps_no_record_waiting(
    runner: EmbeddedRunner, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(embedded, "tidy", fails)
    monkeypatch.setattr(embedded, "FAULT_S", 0.05)
    keep(runner.pipeline.database, make("1"))
    runner.start()
    seconds_until_done(runner.pipeline.database, 60)
