"""What is too old goes in slices: nothing that somebody waits for is held up by it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from time import monotonic, sleep

import pytest
from celery import Celery
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from domain.base import now
from domain.conversation import Conversation
from settings import Settings
from storage import backlog, conversations, jobs, retention
from storage.database import Database
from storage.tables import ConversationRow, JobRow
from workers import app as celery_app
from workers import embedded
from workers.app import Process, make_app
from workers.celery_conf import TIDY, TIDY_EVERY_S
from workers.embedded import EmbeddedRunner
from workers.pipeline import Pipeline
from workers.tidy import JOB_DAYS, tidy

Make = Callable[..., Conversation]
KEEP_DAYS = 1.0


@pytest.fixture
def full(database: Database, make: Make, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Give a database with some old records and jobs, of which one at a time is forgotten."""
    monkeypatch.setattr(retention, "expire", partial(retention.expire, limit=1))
    monkeypatch.setattr(retention, "JOBS", 1)
    long_ago = now() - timedelta(days=JOB_DAYS + 1)
    with database.session() as session:
        conversations.save_many(session, [make(str(n)) for n in range(3)], now())
        for _ in range(3):
            jobs.received(session, jobs.create(session, jobs.JobKind.API, long_ago), long_ago)
    return database


def count(database: Database, column: InstrumentedAttribute[str]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(column.class_)) or 0


def test_each_sort_has_its_share_of_a_slice(full: Database) -> None:
    for left in (2, 1, 0):
        assert tidy(full, keep_days=KEEP_DAYS, seconds=0.0, last=False)
        assert count(full, ConversationRow.id) == left
        assert count(full, JobRow.id) == left
    assert not tidy(full, keep_days=KEEP_DAYS, seconds=0.0, last=False)


def test_the_last_slice_ends_the_round_whatever_is_left(full: Database) -> None:
    assert not tidy(full, keep_days=KEEP_DAYS, seconds=0.0)
    assert count(full, ConversationRow.id) == 2


def test_live_work_is_done_between_two_slices(
    pipeline: Pipeline, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    slices: list[float] = []

    def endless(*_: object, seconds: float, last: bool) -> bool:
        slices.append(seconds)
        return not last

    monkeypatch.setattr(embedded, "tidy", endless)
    database = pipeline.database
    database.run(lambda session: conversations.save(session, make("1"), now()))
    runner = EmbeddedRunner(pipeline)
    runner.start()
    end = monotonic() + 60
    while monotonic() < end and (backlog_of(database) or len(slices) < 2):
        sleep(0.01)
    runner.stop()
    assert not backlog_of(database)
    assert len(slices) > 1
    assert max(slices) <= 1


def backlog_of(database: Database) -> int:
    with database.reading() as session:
        return backlog.waiting(session, now())


def test_a_task_that_leaves_something_asks_for_itself_until_the_round_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = Settings(broker_url=SecretStr("memory://"), database_url=SecretStr("sqlite://"))
    asked: list[float] = []
    slices: list[float] = []

    def slice_(*_: object, seconds: float, last: bool) -> bool:
        slices.append(seconds)
        return not last

    def send(_app: Celery, name: str, kwargs: dict[str, float], **_: object) -> None:
        assert name == TIDY
        asked.append(kwargs["until"])

    monkeypatch.setattr(celery_app, "tidy", slice_)
    monkeypatch.setattr(Celery, "send_task", send)
    monkeypatch.setattr(celery_app, "time", lambda: 1_000.0)
    with make_app(settings, Process(settings)) as app:
        app.tasks[TIDY]()
        app.tasks[TIDY](until=asked[0])
        assert asked == [1_000.0 + TIDY_EVERY_S] * 2
        monkeypatch.setattr(celery_app, "time", lambda: asked[0])
        app.tasks[TIDY](until=asked[0])
    assert len(asked) == 2
    assert max(slices) <= 5
