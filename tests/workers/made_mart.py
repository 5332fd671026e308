"""What tests do with kept tables."""

import time
from collections.abc import Callable
from datetime import timedelta

from domain.base import now
from domain.conversation import Conversation
from storage import conversations
from workers import mart_state
from workers.analysis import open_mart
from workers.kept_mart import Keeper
from workers.mart_state import CURRENT, State


def save(keeper: Keeper, *talks: Conversation) -> None:
    keeper.database.run(lambda session: conversations.save_many(session, talks, now()))


def aged(keeper: Keeper, seconds: float) -> None:
    """Let the file be so much older than it is."""
    state = State.model_validate_json((keeper.folder / CURRENT).read_bytes())
    at = state.read_at - timedelta(seconds=seconds)
    mart_state.write(keeper.folder, CURRENT, state.model_copy(update={"read_at": at}))


def count(keeper: Keeper) -> int:
    with open_mart(keeper.database) as mart:
        return int(mart.contacts.count().to_pyarrow().as_py())


def no_fill(*_: object) -> None:
    raise AssertionError("all was read anew")


def until(good: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not good():
        assert time.monotonic() < end
        time.sleep(0.02)
