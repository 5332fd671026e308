"""Tables for analysis are filled before anybody asks, and who comes too early is told so."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, text

from domain.base import Record, now
from domain.conversation import Conversation
from storage import conversations
from storage.database import Database
from storage.tables import ConversationRow
from tests.workers.made_mart import aged, save, until
from workers import kept_mart, mart_file, mart_filler, mart_state
from workers.kept_mart import Keeper
from workers.mart_filler import LATEST_S, SOONEST_S, MartFiller, come_back
from workers.mart_lock import alone
from workers.mart_state import (
    CURRENT,
    FILLING,
    RECENT_S,
    Filling,
)

Make = Callable[..., Conversation]


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
    aged(keeper, RECENT_S)
    assert not keeper.soon()
    filler.start()
    until(filler.at_hand)
    assert keeper.soon()
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
    with monkeypatch.context() as only:
        only.setattr(keeper, "database", None)  # nobody asks it while this thread fills
        assert not filler.at_hand()
    filler.stop()
    assert [told.done for told in seen] == [0, 2, 4]
    assert {told.total for told in seen} == {5}
    assert keeper.filling() is None
    assert sorted(path.name for path in keeper.folder.iterdir()) == ["lock"]


@pytest.mark.services
def test_a_table_that_is_too_large_to_count_is_estimated(
    postgresql_url: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgresql_url)
    talks = [make(str(n), user=f"u{n}", hours=n) for n in range(6)]
    database.run(lambda session: conversations.save_many(session, talks[:5], now()))
    with database.engine.connect() as connection:
        connection.execute(text("ANALYZE conversations"))
        connection.commit()
    database.run(lambda session: conversations.save_many(session, talks[5:], now()))
    with database.reading() as session:
        assert mart_file.stored.size(session, ConversationRow) == 6
        monkeypatch.setattr(mart_file.stored, "LARGE", 1)
        assert mart_file.stored.size(session, ConversationRow) == 5
    with database.session() as session:
        session.execute(delete(ConversationRow))
    database.dispose()


@pytest.mark.services
def test_a_large_table_that_was_never_analysed_is_not_counted(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgresql_url)
    monkeypatch.setattr(mart_file.stored, "LARGE", 1_000)
    with database.session() as session:
        session.execute(
            text("CREATE TEMP TABLE conversations (id int) WITH (autovacuum_enabled = off)")
        )
        session.execute(text("INSERT INTO conversations SELECT generate_series(1, 50000)"))
        known = "SELECT reltuples FROM pg_class WHERE oid = to_regclass('conversations')"
        assert session.scalar(text(known)) == -1
        estimate = mart_file.stored.size(session, ConversationRow)
        assert estimate != 50_000
        assert 25_000 < estimate < 100_000
        session.rollback()
    database.dispose()


def test_what_a_killed_fill_told_is_no_fill(keeper: Keeper) -> None:
    told = Filling(done=1, total=2, begun=now())
    (keeper.folder / FILLING).write_text(told.model_dump_json(), encoding="utf-8")
    assert keeper.filling() is None
    keeper.refresh()
    assert not (keeper.folder / FILLING).exists()
    assert (keeper.folder / CURRENT).exists()


def test_a_killed_fill_is_no_fill_while_changes_are_taken_up(
    keeper: Keeper, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.refresh()
    told = Filling(done=1, total=2, begun=now())
    (keeper.folder / FILLING).write_text(told.model_dump_json(), encoding="utf-8")
    seen: list[Filling | None] = []
    edited = kept_mart._edited

    def editing(*given: object) -> int:
        seen.append(Keeper(keeper.database, keeper.folder).filling())
        return edited(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(kept_mart, "_edited", editing)
    save(keeper, make("new", hours=20))
    keeper.refresh()
    assert seen == [None]


def test_two_who_ask_at_once_do_not_take_each_other_for_a_fill(keeper: Keeper) -> None:
    told = Filling(done=1, total=2, begun=now())
    (keeper.folder / FILLING).write_text(told.model_dump_json(), encoding="utf-8")
    with alone(keeper.folder, shared=True):
        assert keeper.filling() is None
    with alone(keeper.folder):
        assert keeper.filling() == told


def test_who_finds_the_new_file_sees_no_fill(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, bool] = {}

    def writing(folder: Path, name: str, told: Record) -> None:
        seen[name] = (folder / FILLING).exists()
        mart_state.write(folder, name, told)

    monkeypatch.setattr(kept_mart, "write", writing)
    keeper.refresh()
    assert seen[CURRENT] is False


def test_where_filling_fails_callers_are_put_off_and_it_is_tried_again_by_itself(
    keeper: Keeper,
    filler: MartFiller,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tried: list[bool] = []
    whole = kept_mart.fill

    def full(*_: object) -> None:
        tried.append(True)
        raise OSError(28, "No space left on a secret path")

    monkeypatch.setattr(kept_mart, "fill", full)
    monkeypatch.setattr(mart_filler, "LOOK_S", 0.0)
    monkeypatch.setattr(mart_filler, "AGAIN_S", 3.0)
    filler.start()
    until(lambda: filler.failed)
    end = time.monotonic() + 1
    while time.monotonic() < end:
        assert not filler.at_hand()
    assert filler.failed
    assert len(tried) == 1  # whoever asks does not have it tried again and again
    monkeypatch.setattr(kept_mart, "fill", whole)
    until(filler.at_hand)
    assert not filler.failed
    filler.stop()
    assert "OSError" in caplog.text
    assert "secret" not in caplog.text


def test_who_waits_does_not_ask_the_database_again_and_again(
    keeper: Keeper, filler: MartFiller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(Keeper, "soon", lambda _: bool(asked.append(True)))
    with alone(keeper.folder):
        filler.start()
        for _ in range(20):
            assert not filler.at_hand()
        filler.stop()
    assert len(asked) == 1


def test_a_filler_that_waits_for_another_process_stops_at_once(
    keeper: Keeper, filler: MartFiller
) -> None:
    with alone(keeper.folder):
        filler.start()
        time.sleep(0.2)
        began = time.monotonic()
        filler.stop()
        assert time.monotonic() - began < 5
        assert not filler._thread.is_alive()
    assert not (keeper.folder / CURRENT).exists()


def test_a_stop_just_before_the_next_turn_is_heard(keeper: Keeper, filler: MartFiller) -> None:
    keeper.refresh()

    class Wake(threading.Event):
        def clear(self) -> None:
            filler._stopping.set()
            self.set()
            super().clear()

    filler._wake = Wake()
    filler.start()
    filler._thread.join(20)
    assert not filler._thread.is_alive()


def test_when_to_come_back_follows_from_how_far_it_is() -> None:
    assert come_back(None) == SOONEST_S
    begun = now() - timedelta(seconds=30)
    assert come_back(Filling(done=0, total=9, begun=begun)) == SOONEST_S
    assert 28 <= come_back(Filling(done=50, total=100, begun=begun)) <= 40
    assert come_back(Filling(done=1, total=100_000, begun=begun)) == LATEST_S
