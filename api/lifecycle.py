"""What is opened when the application starts, and closed when it stops."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import psutil
from starlette.concurrency import run_in_threadpool

from api import logs
from api.auth import DEVELOPMENT_KEY, Keyring, Principal, Scope
from api.definition_runs import RUNS
from api.model import Model
from api.precedence import BRIEF_REST_S, Guest
from api.room import Room
from api.state import State
from api.taxonomy_model import SharedOwnTagger
from api.telemetry import Telemetry
from settings import Settings
from storage import api_keys
from storage.database import Database
from workers.app import make_app
from workers.database import database_of
from workers.embedded import EmbeddedRunner
from workers.mart_filler import MartFiller
from workers.notify import BrokerNotifier
from workers.pipeline import Pipeline
from workers.policy import policy_of
from workers.tagging import Tagger, tagger_of
from workers.telemetry import tracing_of
from workers.themes_work import ThemesRunner
from workers.watch import Watch

HINT_SECONDS = 5.0
"""Longest wait at the end for a hint that is on its way to the broker."""
LoadTagger = Callable[[Settings, Database], Tagger]


def load_tagger(settings: Settings, database: Database) -> Tagger:
    """Load the tagger that the settings name."""
    return tagger_of(settings, database).loaded


def state_for(settings: Settings, load: LoadTagger) -> State:
    """Make the parts of an application; none of them is opened yet."""
    database = database_of(settings, statement_seconds=settings.statement_seconds)
    process, most = psutil.Process(), settings.api_memory_mb * 1_000_000
    telemetry, tracing = Telemetry(), tracing_of(settings, "api")
    watch = Watch(telemetry.work, tracing.tracer)

    def crowded() -> bool:
        large: bool = process.memory_info().rss > most
        return large

    return State(
        settings=settings,
        database=database,
        model=Model(lambda: load(settings, database), crowded, watch),
        telemetry=telemetry,
        tracing=tracing,
        watch=watch,
        wake=lambda: None,
        room=Room(database, settings.waiting_limit),
    )


def keyring(state: State) -> Keyring:
    """Look keys up in the database; accept ``dev`` where the operator lets newcomers in."""
    development = accepts_development_key(state)

    def find(secret: str) -> Principal | None:
        if development and secret == DEVELOPMENT_KEY:
            return Principal("development", frozenset({Scope.ADMIN}))
        with state.database.reading() as session:
            key = api_keys.find(session, secret)
        return None if key is None else Principal(key.name, key.scopes)

    return Keyring(find)


def accepts_development_key(state: State) -> bool:
    """Whether the key ``dev`` works: in embedded mode on SQLite, unless switched off."""
    settings = state.settings
    return settings.development_key and settings.embedded and state.database.sqlite


@asynccontextmanager
async def running(state: State) -> AsyncIterator[None]:
    """Open the parts of an application, and close them at its end."""
    logs.silence_access_log()
    if state.settings.embedded:
        await run_in_threadpool(state.database.upgrade)
    if accepts_development_key(state):
        logs.emit(
            "the development key `dev` is accepted; THROUGHLINE_DEVELOPMENT_KEY=false ends it"
        )
    state.model.start()
    try:
        with _working(state), _filling(state):
            yield
    finally:
        await run_in_threadpool(RUNS.close)
        state.tracing.close()
        state.database.dispose()


@contextmanager
def _working(state: State) -> Iterator[None]:
    """Have the work done: by a thread of this process, or by whoever listens to the broker."""
    if not state.settings.embedded:
        with _telling_the_broker(state):
            yield
        return
    shared = state.model.shared
    pipeline = Pipeline(
        state.database,
        shared,
        policy_of(state.settings),
        vector_days=state.settings.vector_days,
        watch=state.watch,
        manners=shared.manners,
    )
    runner = EmbeddedRunner(pipeline, state.settings.vector_rows, state.settings.keep_days)
    themes = ThemesRunner.of(
        state.settings, state.database, lambda: SharedOwnTagger.patient(state.model)
    )
    themes.start()

    def wake() -> None:
        runner.notify()
        themes.notify()

    state.wake = wake
    # Work without a model would fail and be parked: it waits until there is one.
    state.model.when_ready(runner.start)
    try:
        yield
    finally:
        themes.stop()
        state.model.stop()
        if runner.alive:
            runner.stop()


@contextmanager
def _filling(state: State) -> Iterator[None]:
    """Have the tables for analysis filled before somebody asks; direct calls go first."""
    # One connection of its own, on which no statement ends early.
    database = database_of(state.settings)
    guest = Guest(state.model.turns, BRIEF_REST_S)
    state.filler = MartFiller.of(state.database, guest, database)
    if state.filler is None:
        yield
        return
    state.filler.start()
    try:
        yield
    finally:
        state.filler.stop()
        database.dispose()


@contextmanager
def _telling_the_broker(state: State) -> Iterator[None]:
    with make_app(state.settings) as app:
        notifier = BrokerNotifier(app)
        state.wake = notifier.notify
        try:
            yield
        finally:
            # The last hint is sent, or dropped where the broker is away: the sweep finds the work.
            notifier.stop(HINT_SECONDS)
            state.model.stop()
