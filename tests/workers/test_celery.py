"""A real worker on a real broker is killed in the middle, and nothing is lost or doubled."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import Update, delete, func, select, update

from domain.base import now
from domain.conversation import Conversation
from settings import GRACE_SECONDS, Settings
from storage import backlog, conversations, work
from storage.database import Database
from storage.queues import Kind, Priority, Queue
from storage.tables import Base, JourneyRow, SignalRow, WorkRow
from storage.work import State
from workers.app import DRAIN_S, Process, make_app
from workers.celery_conf import (
    DRAIN,
    HINT_EXPIRES_S,
    SWEEP,
    SWEEP_EVERY_S,
    THEMES,
    queue_name,
)
from workers.notify import PAUSE_S, BrokerNotifier

ROOT = Path(__file__).parents[2]
RABBITMQ = os.environ.get("THROUGHLINE_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672")
REDIS = os.environ.get("THROUGHLINE_TEST_REDIS", "redis://127.0.0.1:6379")
RECORDS = 32


@pytest.fixture(params=["rabbitmq", "redis"])
def broker_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of each broker; skip where it does not answer."""
    name: str = request.param
    url = RABBITMQ if name == "rabbitmq" else REDIS
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=3).close()
    except OSError:
        pytest.skip(f"no {name} to talk to (THROUGHLINE_TEST_{name.upper()})")
    return url if name == "rabbitmq" else f"{url}/9"


@pytest.fixture
def settings(broker_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Give settings with an empty queue; PostgreSQL beside RabbitMQ, SQLite beside Redis."""
    url = f"sqlite:///{tmp_path / 'throughline.db'}"
    if broker_url.startswith("amqp"):
        url = request.getfixturevalue("postgresql_url")
    settings = Settings(
        database_url=SecretStr(url),
        broker_url=SecretStr(broker_url),
        tagger="tiny_tagger:load_slow",
        lease_seconds=3,
    )
    with make_app(settings) as app:
        app.control.purge()
        yield settings
        app.control.purge()


@pytest.fixture
def shared(settings: Settings) -> Iterator[Database]:
    """Give the database that the worker processes work on, empty."""
    database = Database(settings.database_url.get_secret_value())
    database.upgrade()
    yield database
    with database.session() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
    database.dispose()


class Worker:
    """A worker process of its own session, with all its children."""

    def __init__(self, settings: Settings, log: Path, **more: str) -> None:
        assert settings.broker_url is not None
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{Path(__file__).parent}",
            "THROUGHLINE_DATABASE_URL": settings.database_url.get_secret_value(),
            "THROUGHLINE_BROKER_URL": settings.broker_url.get_secret_value(),
            "THROUGHLINE_TAGGER": settings.tagger,
            "THROUGHLINE_LEASE_SECONDS": str(settings.lease_seconds),
            **more,
        }
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("serve.py"))],
                cwd=log.parent,
                env=environment,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill it and its children as a machine that loses power does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def children(self) -> set[int]:
        """Give the processes that it started."""
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, check=False
        )
        return {int(pid) for pid in listed.stdout.split()}

    def stop(self) -> None:
        """Ask it to stop."""
        self.process.terminate()
        try:
            assert self.process.wait(30) == 0
        except subprocess.TimeoutExpired:
            self.kill()
            raise


def until(seconds: float, happened: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.services
def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    settings: Settings, shared: Database, make: Callable[..., Conversation], tmp_path: Path
) -> None:
    records = [make(str(i), user=f"u{i % 5}", hours=i) for i in range(RECORDS)]
    shared.run(lambda session: conversations.save_many(session, records, now()))

    def waiting() -> int:
        with shared.reading() as session:
            return backlog.waiting(session, now())

    first = Worker(settings, tmp_path / "first.log")
    try:
        hints = BrokerNotifier(make_app(settings))
        hints.notify()
        hints.stop()
        until(60, lambda: waiting() < RECORDS)
    finally:
        first.kill()
    assert waiting() > 0, "it was killed too late to show anything"
    second = Worker(settings, tmp_path / "second.log")
    try:
        until(90, lambda: waiting() == 0)
    finally:
        second.stop()
    with shared.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignalRow)) == RECORDS
        owners = select(func.count(SignalRow.conversation_id.distinct()))
        assert session.scalar(owners) == RECORDS
        built = session.scalars(select(JourneyRow.contacts)).all()
        assert sum(built) == RECORDS
        assert not backlog.parked(session)


@pytest.mark.slow
@pytest.mark.services
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells of a parent")
def test_a_worker_that_is_killed_leaves_no_process_behind(
    settings: Settings, shared: Database, tmp_path: Path
) -> None:
    worker = Worker(settings, tmp_path / "worker.log")
    try:
        until(60, lambda: len(worker.children()) >= 2)
        time.sleep(1)
        children = worker.children()
        os.kill(worker.process.pid, signal.SIGKILL)
        worker.process.wait(10)
        until(10, lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))
    finally:
        with contextlib.suppress(ProcessLookupError):
            worker.kill()


def handed_in(shared: Database, records: list[Conversation]) -> Callable[[], int]:
    """Keep records, and give what counts those that still wait."""
    shared.run(lambda session: conversations.save_many(session, records, now()))

    def waiting() -> int:
        with shared.reading() as session:
            return backlog.waiting(session, now())

    return waiting


@pytest.mark.slow
@pytest.mark.services
def test_a_worker_told_to_stop_hands_its_work_back_at_once(
    settings: Settings, shared: Database, make: Callable[..., Conversation], tmp_path: Path
) -> None:
    # Long texts pass the tagger one by one, so that most of a batch is not begun.
    text = "parcel " * 3_000
    waiting = handed_in(shared, [make(str(i), text=text, user=f"u{i}") for i in range(RECORDS)])
    hour = {"THROUGHLINE_LEASE_SECONDS": "3600"}
    worker = Worker(settings, tmp_path / "worker.log", **hour)
    try:
        until(60, lambda: claimed(shared) > 1)
    finally:
        worker.stop()
    assert claimed(shared) == 0, "no lease of an hour is waited for"
    assert waiting() > 0
    with shared.reading() as session:
        assert set(session.scalars(select(WorkRow.attempts))) == {0}
    second = Worker(settings, tmp_path / "second.log", **hour)
    try:
        until(120, lambda: waiting() == 0)
    finally:
        second.stop()


def claimed(shared: Database) -> int:
    with shared.reading() as session:
        held = select(func.count()).where(WorkRow.state == State.CLAIMED)
        return session.scalar(held) or 0


@pytest.mark.slow
@pytest.mark.services
def test_what_a_lost_worker_held_is_taken_over_while_a_backlog_lasts(
    settings: Settings, shared: Database, make: Callable[..., Conversation], tmp_path: Path
) -> None:
    lost = make("lost", user="lost")
    shared.run(lambda session: conversations.save(session, lost, now()))
    # Long texts pass the tagger one by one: some minutes of work.
    text = "parcel " * 3_000
    waiting = handed_in(shared, [make(str(i), text=text, user=f"u{i}") for i in range(400)])
    with make_app(settings) as app:
        for _ in range(200):  # as those of an older version, which outlast the backlog
            app.send_task(DRAIN, queue=queue_name(Queue.LIVE), expires=3_600)
    worker = Worker(settings, tmp_path / "worker.log")
    try:
        until(60, lambda: claimed(shared) > 0)
        shared.run(lambda session: session.execute(_lost(lost.id)))
        until(60, lambda: _gone(shared, lost.id))
        assert waiting() > 0, "the backlog ended too early to show anything"
    finally:
        worker.stop()


def _lost(id_: str) -> Update:
    past = now() - timedelta(minutes=1)
    held = {"state": State.CLAIMED, "token": "lost", "attempts": 1, "lease_until": past}
    row = update(WorkRow).where(WorkRow.subject_id == id_)
    return row.values(**held, claimed_generation=WorkRow.generation, priority=Priority.LIVE)


def _gone(shared: Database, id_: str) -> bool:
    with shared.reading() as session:
        return session.scalar(select(WorkRow.id).where(WorkRow.subject_id == id_)) is None


@pytest.mark.slow
@pytest.mark.services
def test_a_process_above_its_memory_ends_its_task_and_is_replaced(
    settings: Settings, shared: Database, make: Callable[..., Conversation], tmp_path: Path
) -> None:
    waiting = handed_in(shared, [make(str(i), user=f"u{i}") for i in range(RECORDS)])
    worker = Worker(settings, tmp_path / "worker.log", THROUGHLINE_WORKER_MEMORY_MB="1")
    seen: set[int] = set()

    def done() -> bool:
        seen.update(worker.children())
        return waiting() == 0 and len(seen) >= 4

    try:
        until(120, done)
    finally:
        worker.stop()
    with shared.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignalRow)) == RECORDS
        assert not backlog.parked(session)


@pytest.mark.slow
@pytest.mark.services
@pytest.mark.parametrize("broker_url", ["redis"], indirect=True)
def test_a_connection_to_redis_that_swallows_all_is_made_anew(
    settings: Settings, shared: Database, make: Callable[..., Conversation], tmp_path: Path
) -> None:
    parts = urlsplit(REDIS)
    assert settings.broker_url is not None
    with Relay(parts.hostname or "", parts.port or 0) as relay:
        through = settings.broker_url.get_secret_value().replace(f":{parts.port}", f":{relay.port}")
        there = {"THROUGHLINE_BROKER_URL": through}
        worker = Worker(settings, tmp_path / "worker.log", **there)
        try:
            waiting = handed_in(shared, [make("1")])
            until(60, lambda: waiting() == 0)
            time.sleep(8)  # the task in hand looks for more to do for some seconds
            relay.swallow()
            handed_in(shared, [make("2")])
            until(200, lambda: waiting() == 0)
        finally:
            worker.stop()


class Relay:
    """Stands between a worker and Redis; old connections can be made to swallow all."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._mute: set[socket.socket] = set()
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> "Relay":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._server, *self._sockets):
            one.close()

    def swallow(self) -> None:
        """Pass nothing on any more, and keep the connections open."""
        self._mute |= set(self._sockets)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(self._there)
                self._sockets += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if source not in self._mute:
                    target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def test_a_task_that_outlasts_the_brokers_patience_is_refused_at_the_start() -> None:
    def made(url: str, **fields: int) -> Settings:
        return Settings(_env_file=None, broker_url=SecretStr(url), **fields)  # type: ignore[arg-type]

    with pytest.raises(ValidationError, match="THROUGHLINE_VISIBILITY_SECONDS is 600 s"):
        made("redis://127.0.0.1", visibility_seconds=600)
    with pytest.raises(ValidationError, match="consumer_timeout is 1800 s"):
        made("amqp://127.0.0.1", task_seconds=1_800)
    assert made("redis://127.0.0.1", visibility_seconds=600, task_seconds=500).task_seconds == 500


def test_each_slow_piece_has_a_task_and_a_grace_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(
        _env_file=None,
        broker_url=SecretStr("redis://127.0.0.1:1"),
        database_url=SecretStr(f"sqlite:///{tmp_path / 'throughline.db'}"),
    )
    process = Process(settings)
    process.database.upgrade()
    for subject in ("one", "other"):  # jobs that are over
        process.database.run(lambda s, id_=subject: work.add(s, Kind.TAXONOMY, id_, now()))
    sent: list[str] = []
    with make_app(settings, process) as app:
        monkeypatch.setattr(app, "send_task", lambda name, **_: sent.append(name))
        task = app.tasks[THEMES]
        assert task.soft_time_limit + GRACE_SECONDS == task.time_limit
        task()
        with process.database.reading() as session:
            assert backlog.any_due(session, now(), Queue.THEMES)
        assert sent == [THEMES]
        task()
        assert sent == [THEMES], "nothing is left"
    with process.database.reading() as session:
        assert not backlog.any_due(session, now(), Queue.THEMES)
    process.database.dispose()


def test_live_work_imports_bulk_and_themes_have_queues_of_their_own() -> None:
    with make_app(Settings(_env_file=None, broker_url=SecretStr("redis://127.0.0.1:1"))) as app:
        assert {queue.name for queue in app.conf.task_queues} == {
            "throughline.live",
            "throughline.ingest",
            "throughline.bulk",
            "throughline.themes",
        }
        assert app.conf.task_acks_late
        assert app.conf.worker_prefetch_multiplier == 1
        assert app.conf.accept_content == ["json"]


def test_a_drain_sweeps_where_the_clock_is_late(
    tmp_path: Path, make: Callable[..., Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    settings = Settings(
        _env_file=None,
        broker_url=SecretStr("redis://127.0.0.1:1"),
        database_url=SecretStr(f"sqlite:///{tmp_path / 'throughline.db'}"),
        tagger="tiny_tagger:load",
    )
    process = Process(settings)
    process.database.upgrade()
    waiting = handed_in(process.database, [make("1")])
    process.database.run(lambda session: session.execute(_lost(make("1").id)))
    with make_app(settings, process) as app:
        monkeypatch.setattr(app, "send_task", lambda *_, **__: None)
        app.tasks[DRAIN]()
        assert claimed(process.database) == 1, "the clock came just now"
        process.swept -= SWEEP_EVERY_S
        app.tasks[DRAIN]()
    assert waiting() == 0
    process.database.dispose()


def test_hints_do_not_outlast_the_clocks_word_and_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, float]] = []
    with make_app(Settings(_env_file=None, broker_url=SecretStr("redis://127.0.0.1:1"))) as app:
        monkeypatch.setattr(
            app, "send_task", lambda _, *, queue, expires, **__: sent.append((queue, expires))
        )
        notifier, begun = BrokerNotifier(app), time.monotonic()
        while time.monotonic() < begun + 1.2:  # a call each few milliseconds
            notifier.notify()
            time.sleep(0.005)
        notifier.stop()
        elapsed = time.monotonic() - begun
        live = [expires for queue, expires in sent if queue == queue_name(Queue.LIVE)]
        assert 3 <= len(live) <= 2 + elapsed / PAUSE_S
        clock = app.conf.beat_schedule[SWEEP]["options"]["expires"]
        assert max(live) == HINT_EXPIRES_S <= SWEEP_EVERY_S
        assert clock > HINT_EXPIRES_S + DRAIN_S
