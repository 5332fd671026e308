"""Tables for analysis are filled before anybody asks, and who comes too early is told so."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.base import now
from domain.conversation import Conversation
from storage import conversations
from storage.database import Database
from storage.tables import ConversationRow
from workers import kept_mart, mart_file
from workers.kept_mart import CURRENT, FILLING, Filling, Keeper
from workers.mart_filler import LATEST_S, SOONEST_S, MartFiller, come_back

Make = Callable[..., Conversation]


@pytest.fixture
def keeper(database: Database, tmp_path: Path, make: Make) -> Keeper:
    database.mart_dir = tmp_path / "mart"
    talks = [make(str(n), user=f"u{n}", hours=n) for n in range(5)]
    database.run(lambda session: conversations.save_many(session, talks, now()))
    keeper = Keeper.of(database)
    assert keeper is not None
    assert keeper.usable()
    return keeper


@pytest.fixture
def filler(keeper: Keeper) -> MartFiller:
    return MartFiller(keeper)


def until(good: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not good():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_tables_are_there_before_anybody_asks(keeper: Keeper, filler: MartFiller) -> None:
    assert not keeper.soon()
    filler.start()
    until(keeper.soon)
    assert filler.at_hand()
    assert keeper.filling() is None
    filler.stop()


def test_little_that_changed_is_no_fill_and_too_much_is_filled_behind(
    keeper: Keeper, filler: MartFiller, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.refresh()
    more = [make(f"more{n}", hours=20 + n) for n in range(3)]
    keeper.database.run(lambda session: conversations.save_many(session, more, now()))
    assert keeper.soon()
    monkeypatch.setattr(kept_mart, "ANEW", 2)
    assert not keeper.soon()
    filler.start()
    until(filler.at_hand)
    filler.stop()


def test_a_fill_tells_how_far_it_is_and_can_be_broken_off(
    keeper: Keeper, filler: MartFiller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mart_file.stored, "PAGE", 2)
    seen: list[Filling] = []
    going = threading.Event()

    class Manners:
        brief = False

        def begin(self, _priority: object) -> None: ...

        def pause(self) -> None:
            told = Keeper(keeper.database, keeper.folder).filling()
            assert told is not None
            seen.append(told)
            if len(seen) == 3:
                going.set()
                filler._stopping.wait(30)

    filler._manners = Manners()
    filler.start()
    assert going.wait(60)
    assert not filler.at_hand()
    filler.stop()
    assert [told.done for told in seen] == [0, 2, 4]
    assert {told.total for told in seen} == {5}
    assert keeper.filling() is None
    assert sorted(path.name for path in keeper.folder.iterdir()) == ["lock"]


def test_a_table_that_is_too_large_to_count_is_estimated(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keeper.database.reading() as session:
        assert mart_file.stored.size(session, ConversationRow) == 5
    if keeper.database.sqlite:
        return
    with keeper.database.engine.connect() as connection:
        connection.execute(text("ANALYZE conversations"))
        connection.commit()
    monkeypatch.setattr(mart_file.stored, "LARGE", 1)
    with keeper.database.reading() as session:
        assert mart_file.stored.size(session, ConversationRow) == 5


def test_what_a_killed_fill_told_is_no_fill(keeper: Keeper) -> None:
    told = Filling(done=1, total=2, begun=now())
    (keeper.folder / FILLING).write_text(told.model_dump_json(), encoding="utf-8")
    assert keeper.filling() is None
    keeper.refresh()
    assert not (keeper.folder / FILLING).exists()
    assert (keeper.folder / CURRENT).exists()


def test_where_filling_fails_nobody_is_put_off(
    keeper: Keeper,
    filler: MartFiller,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on a secret path")

    monkeypatch.setattr(kept_mart, "fill", full)
    filler.start()
    until(filler.at_hand)
    filler.stop()
    assert "OSError" in caplog.text
    assert "secret" not in caplog.text


def test_when_to_come_back_follows_from_how_far_it_is() -> None:
    assert come_back(None) == SOONEST_S
    begun = now() - timedelta(seconds=30)
    assert come_back(Filling(done=0, total=9, begun=begun)) == SOONEST_S
    assert 28 <= come_back(Filling(done=50, total=100, begun=begun)) <= 40
    assert come_back(Filling(done=1, total=100_000, begun=begun)) == LATEST_S
