"""While more changes than can be taken up at once, tables of a moment ago serve and say so."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.base import now
from domain.conversation import Conversation
from storage import mart_changes, retention
from storage.mart_changes import WHOLE
from storage.tables import MartChangeRow
from tests.workers.made_mart import aged, count, no_fill, save, until
from workers import kept_mart, mart_file
from workers.kept_mart import Keeper
from workers.mart_file import Progress
from workers.mart_filler import MartFiller
from workers.mart_state import CURRENT, GRACE_S, RECENT_S, YOUNG_S, State, listen

Make = Callable[..., Conversation]


def test_while_much_changes_a_file_of_a_moment_ago_serves_and_says_so(
    keeper: Keeper, filler: MartFiller, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_mart, "ANEW", 2)
    began = now()
    whole = kept_mart.fill

    def filled(session: Session, path: Path, progress: Progress) -> None:
        whole(session, path, progress)
        save(keeper, *(make(f"more{n}", hours=20 + n) for n in range(4)))

    monkeypatch.setattr(kept_mart, "fill", filled)
    keeper.refresh()
    monkeypatch.setattr(kept_mart, "fill", no_fill)
    assert not keeper.soon()
    filler.start()
    assert filler.at_hand()
    older = listen()
    assert count(keeper) == 5
    assert older.at is not None
    assert began <= older.at <= now()
    aged(keeper, YOUNG_S)
    assert filler.at_hand()  # and the next fill is on its way
    until(lambda: filler.failed)
    assert count(keeper) == 5
    filler.stop()
    monkeypatch.setattr(kept_mart, "fill", whole)
    aged(keeper, RECENT_S - YOUNG_S + 1)
    assert keeper.older() is None
    assert count(keeper) == 5  # whoever was let in just before
    aged(keeper, GRACE_S)
    assert count(keeper) == 9


def test_what_was_erased_or_holds_no_longer_serves_nobody_however_much_changes(
    keeper: Keeper, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.refresh()
    monkeypatch.setattr(kept_mart, "ANEW", 2)
    save(keeper, *(make(f"more{n}", hours=20 + n) for n in range(4)))
    assert keeper.older() is not None
    keeper.refresh_kept()
    assert keeper.older() is not None
    gone = make("0", user="u0")
    with keeper.database.session() as session:
        retention.erase_records(session, [gone.id], now())
    assert keeper.older() is None
    keeper.refresh_kept()
    assert not list(keeper.folder.glob("mart-*"))
    keeper.refresh()
    save(keeper, *(make(f"yet{n}", hours=40 + n) for n in range(4)))
    assert keeper.older() is not None
    with keeper.database.session() as session:
        session.add(MartChangeRow(tx=following(session), subject=WHOLE, at=now()))
    assert keeper.older() is None


def following(session: Session) -> int:
    return (session.scalar(select(func.max(MartChangeRow.tx))) or 0) + 1


def test_a_fill_that_ended_elsewhere_just_now_is_enough(
    keeper: Keeper, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = keeper.refresh()
    monkeypatch.setattr(kept_mart, "ANEW", 2)
    save(keeper, *(make(f"more{n}", hours=20 + n) for n in range(4)))
    assert keeper.keep(mart_file.silent, no_fill) == path
    aged(keeper, YOUNG_S)
    assert keeper.keep(mart_file.silent, no_fill) != path


def test_what_changed_is_told_up_to_a_number(keeper: Keeper, make: Make) -> None:
    keeper.refresh()
    mark = State.model_validate_json((keeper.folder / CURRENT).read_bytes()).mark
    save(keeper, *(make(f"more{n}", hours=20 + n) for n in range(4)))
    with keeper.database.reading() as session:
        assert len(mart_changes.since(session, mark, 3)) == 3
        assert len(mart_changes.since(session, mark, 100)) >= 4
