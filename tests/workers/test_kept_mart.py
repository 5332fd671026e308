"""Kept tables hold at every moment what the database holds, and nothing that was erased."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import delete, event, select, update

from domain.base import now
from domain.conversation import Conversation, Role
from domain.correction import Correction, CorrectionAction
from domain.event import Event
from domain.signal import SignalKind, SubjectKind
from domain.theme import AssignmentState
from journey.mart import KEPT, Wanted
from storage import (
    conversations,
    corrections,
    event_aliases,
    events,
    mart_changes,
    retention,
    signals,
    theme_models,
    work,
)
from storage.database import Database
from storage.event_aliases import AliasWord
from storage.queues import Kind
from storage.tables import (
    AssignmentRow,
    ConversationRow,
    MartChangeRow,
    StatementRow,
    ThemeModelRow,
)
from workers import kept_mart, mart_state
from workers.analysis import open_mart
from workers.kept_mart import Keeper
from workers.mart_lock import alone
from workers.pipeline import Pipeline, drain
from workers.tidy import tidy

Make = Callable[..., Conversation]
Rows = dict[str, list[str]]


@pytest.fixture
def keeper(database: Database, tmp_path: Path) -> Keeper:
    database.mart_dir = tmp_path / "mart"
    keeper = Keeper.of(database)
    assert keeper is not None
    return keeper


@pytest.fixture
def filled(pipeline: Pipeline, make: Make, keeper: Keeper) -> Iterator[Keeper]:
    """Keep the tables of eight contacts of three people, and their events."""
    talks = [make(str(n), user=f"u{n % 3}", hours=20 * n) for n in range(8)]
    keeper.database.run(lambda session: conversations.save_many(session, talks, now()))
    add_event(keeper.database, talks[0], "1", "help_searched")
    drain(pipeline)
    keeper.refresh()
    yield keeper
    if not keeper.database.sqlite:
        with keeper.database.session() as session:
            for table in (AssignmentRow, StatementRow, ThemeModelRow):
                session.execute(delete(table))


def add_event(database: Database, beside: Conversation, id_: str, name: str) -> Event:
    seen = Event.model_validate(
        {
            "source": "shop",
            "source_id": id_,
            "name": name,
            "at": beside.started_at - timedelta(minutes=5),
            "identifiers": beside.identifiers,
        }
    )
    database.run(lambda session: events.save_many(session, [seen], now()))
    return seen


def held(path: Path) -> Rows:
    with duckdb.connect(path, read_only=True) as engine:
        return {
            name: sorted(map(str, engine.execute(f"SELECT * FROM {name}").fetchall()))
            for name in KEPT
        }


def check(keeper: Keeper, tmp_path: Path) -> Rows:
    """Hold what is kept against what the database gives when all is read."""
    anew = tmp_path / "anew.duckdb"
    with keeper.database.reading() as session:
        kept_mart.fill(session, anew)
    kept = held(keeper.refresh())
    assert kept == held(anew)
    anew.unlink()
    return kept


def no_fill(*_: object) -> None:
    raise AssertionError("all was read anew")


def test_what_is_unchanged_is_not_read_again(
    filled: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_mart, "fill", no_fill)
    monkeypatch.setattr(kept_mart, "_edited", no_fill)
    path = filled.refresh()
    assert Keeper(filled.database, filled.folder).refresh() == path
    with open_mart(filled.database) as mart:
        assert mart.contacts.count().to_pyarrow().as_py() == 8


def test_every_kind_of_change_is_taken_up_without_reading_all(
    filled: Keeper,
    pipeline: Pipeline,
    make: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database, whole = filled.database, kept_mart.fill
    before = check(filled, tmp_path)

    def changed(*names: str) -> None:
        nonlocal before
        with monkeypatch.context() as only:
            only.setattr(kept_mart, "fill", lambda *_: no_fill())
            filled.refresh()
        assert kept_mart.fill is whole
        after = check(filled, tmp_path)
        assert {name for name in KEPT if after[name] != before[name]} >= set(names)
        before = after

    database.run(lambda s: conversations.save_many(s, [make("new", user="u1", hours=30)], now()))
    changed("contacts")
    drain(pipeline)
    changed("contacts", "journeys", "steps", "repeats")
    talk = make("1", user="u1", hours=20)
    with database.session() as session:
        word = correction(talk.id)
        corrections.save(session, word, now())
        signals.lay_corrections(session, talk.id)
    changed("contacts")
    add_event(database, talk, "2", "order_placed")
    changed("events")
    drain(pipeline)
    changed("steps")
    linking = make("link", user="u0", hours=50)
    both = (*linking.identifiers, *talk.identifiers)
    linking = linking.model_copy(update={"identifiers": both})
    database.run(lambda session: conversations.save_many(session, [linking], now()))
    drain(pipeline)
    changed("contacts", "journeys")
    again = Pipeline(database=database, tagger=type(pipeline.tagger)("tiny@2"))  # type: ignore[call-arg]
    database.run(lambda session: work.add(session, Kind.TAG, talk.id, now()))
    drain(again)
    check(filled, tmp_path)


def correction(subject: str) -> Correction:
    return Correction(
        subject_kind=SubjectKind.CONVERSATION,
        subject_id=subject,
        kind=SignalKind.INTENT,
        action=CorrectionAction.ADD,
        label="warranty_claim",
        role=Role.CUSTOMER,
        content_hash="any",
        at=now(),
        by="ann",
    )


def test_what_is_erased_is_in_no_file_any_more(filled: Keeper, make: Make, tmp_path: Path) -> None:
    gone = make("0", user="u0")
    old = filled.refresh()
    assert any(gone.id in row for row in held(old)["contacts"])
    with filled.database.session() as session:
        retention.erase_records(session, [gone.id], now())
    filled.refresh_kept()
    files = [path for path in filled.folder.iterdir() if path.name.startswith("mart-")]
    assert files == [filled.refresh()]
    assert not old.exists()
    digits = gone.id.removeprefix("cnv_").encode()
    assert digits not in files[0].read_bytes()
    assert not any(gone.id in row for rows in check(filled, tmp_path).values() for row in rows)


def test_new_records_do_not_hide_that_others_were_erased(filled: Keeper, make: Make) -> None:
    gone = make("0", user="u0")
    more = [make(f"more{n}", user="u0", hours=3 * n) for n in range(2)]
    with filled.database.session() as session:
        retention.erase_records(session, [gone.id], now())
    filled.database.run(lambda session: conversations.save_many(session, more, now()))
    path = filled.refresh()
    assert len(held(path)["contacts"]) == 9
    assert gone.id.removeprefix("cnv_").encode() not in path.read_bytes()


def test_what_a_killed_fill_left_goes(filled: Keeper) -> None:
    path = filled.refresh()
    (filled.folder / "mart-killed.duckdb").write_bytes(b"ids")
    (filled.folder / "mart-killed.duckdb.tmp").mkdir()
    (filled.folder / "mart-killed.duckdb.tmp" / "block").write_bytes(b"ids")
    filled.refresh_kept()
    assert list(filled.folder.glob("mart-*")) == [path]
    (filled.folder / mart_state.CURRENT).write_text("{", encoding="utf-8")
    filled.refresh_kept()
    assert [one.name for one in filled.folder.iterdir()] == ["lock"]


def test_tidying_takes_a_file_away_rather_than_fill_another(
    filled: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as only:
        only.setattr(kept_mart, "fill", no_fill)
        only.setattr(kept_mart, "ANEW", 3)
        tidy(filled.database, keep_days=1)
        assert not list(filled.folder.glob("mart-*"))
        filled.refresh_kept()
    assert check(filled, tmp_path)["contacts"] == []


def test_tidying_waits_for_nobody(filled: Keeper, make: Make) -> None:
    path = filled.refresh()
    filled.database.run(lambda s: conversations.save_many(s, [make("new", hours=30)], now()))
    with alone(filled.folder):
        tidy(filled.database)
        assert path.exists()
    tidy(filled.database)
    assert not path.exists()
    assert len(held(next(filled.folder.glob("mart-*")))["contacts"]) == 9


def test_a_damaged_file_is_made_anew_and_tidying_takes_it_away(
    filled: Keeper, make: Make, tmp_path: Path
) -> None:
    for n in range(2):
        damaged = filled.refresh()
        damaged.write_bytes(b"not a database" * 1000)
        more = [make(f"more{n}", hours=30 + n)]
        filled.database.run(lambda s, more=more: conversations.save_many(s, more, now()))
        if n == 0:
            assert len(check(filled, tmp_path)["contacts"]) == 9
        else:
            tidy(filled.database)
            assert not list(filled.folder.glob("mart-*"))
        assert not damaged.exists()


def test_a_disk_that_is_full_does_not_end_tidying(
    filled: Keeper, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on a secret path")

    monkeypatch.setattr(Keeper, "refresh_kept", lambda *_, **__: full())
    tidy(filled.database)
    assert "OSError" in caplog.text
    assert "secret" not in caplog.text


def test_where_no_folder_can_be_made_an_analysis_fills_its_own(
    filled: Keeper, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    filled.database.mart_dir = tmp_path / "file" / "mart"
    for _ in range(2):
        with open_mart(filled.database) as mart:
            assert mart.contacts.count().to_pyarrow().as_py() == 8
    tidy(filled.database)
    assert caplog.text.count("no tables can be kept") == 1


def test_what_is_too_old_goes_with_its_records(filled: Keeper, tmp_path: Path) -> None:
    tidy(filled.database, keep_days=1)
    state = filled.folder / mart_state.CURRENT
    kept = held(filled.folder / mart_state.State.model_validate_json(state.read_bytes()).file)
    assert kept["contacts"] == []
    assert check(filled, tmp_path)["steps"] == []


def test_themes_that_go_live_and_names_that_are_confirmed_count_at_once(
    filled: Keeper, tmp_path: Path
) -> None:
    database = filled.database
    with database.session() as session:
        talk = conversations.get_many(session, [r[0] for r in session.execute(ids()).all()])
        id_ = next(iter(talk))
        theme(session, id_)
    assert "thm_1" not in str(check(filled, tmp_path)["contacts"])
    with database.session() as session:
        theme_models.go_live(session, "made@1", now())
    assert "thm_1" in str(check(filled, tmp_path)["contacts"])
    with database.session() as session:
        session.execute(update(AssignmentRow).values(theme_id="thm_2"))
    assert "thm_2" in str(check(filled, tmp_path)["contacts"])
    with database.session() as session:
        said = AliasWord(
            alias="help_searched", name="help_read", confirmed=True, at=now(), by="ann"
        )
        event_aliases.say(session, said)
    with open_mart(database) as mart:
        assert mart.events is not None
        assert mart.events.name.to_pyarrow().to_pylist() == ["help_read"]
        told = mart.steps.filter(mart.steps.kind == "event").activity.to_pyarrow().to_pylist()
        assert told == ["help_read"]


def ids():  # noqa: ANN201
    from sqlalchemy import select

    return select(ConversationRow.id)


def theme(session, conversation_id: str) -> None:  # noqa: ANN001
    empty = {"places": [], "themes": [], "ledger": [], "facts": {}}
    session.add(
        ThemeModelRow(
            version="made@1", state="proposed", base=None, digest="d", space="tiny@1",
            made_at=now(), live_at=None, revision=0, data=None, **empty,
        )
    )  # fmt: skip
    session.add(
        StatementRow(
            id="stm_1", conversation_id=conversation_id, turn_id="t", turn=0, start=0, end=1,
            content_hash="h", space="tiny@1", vector=b"",
        )
    )  # fmt: skip
    session.flush()
    session.add(
        AssignmentRow(
            version="made@1", statement_id="stm_1", conversation_id=conversation_id,
            theme_id="thm_1", score=0.9, state=AssignmentState.ASSIGNED, by_person=False,
        )
    )  # fmt: skip
    session.flush()


@pytest.mark.services
def test_what_was_under_way_while_tables_were_filled_is_not_missed(
    postgresql_url: str, make: Make, tmp_path: Path
) -> None:
    database = Database(postgresql_url, mart_dir=tmp_path / "mart")
    keeper = Keeper.of(database)
    assert keeper is not None
    with database.session() as early:
        conversations.save_many(early, [make("early")], now())
        with database.session() as late:
            conversations.save_many(late, [make("late", user="u2")], now())
        assert [
            make("late", user="u2").id in row for row in held(keeper.refresh())["contacts"]
        ] == [True]
    assert len(held(keeper.refresh())["contacts"]) == 2
    with database.session() as session:
        session.execute(delete(ConversationRow))
    database.dispose()


@pytest.mark.services
def test_what_is_committed_while_the_log_is_pruned_stays_in_it(
    postgresql_url: str, make: Make
) -> None:
    database = Database(postgresql_url)
    late: list[str] = []

    def commit(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("DELETE FROM mart_changes") and not late:
            late.extend(make(f"late{n}").id for n in range(3))
            for n in range(3):
                talk = make(f"late{n}")
                with database.session() as session:
                    conversations.save_many(session, [talk], now())

    event.listen(database.engine, "before_cursor_execute", commit)
    database.run(mart_changes.prune)
    with database.session() as session:
        told = set(session.scalars(select(MartChangeRow.subject)))
        session.execute(delete(ConversationRow))
    assert len(late) == 3
    assert told >= set(late)
    database.dispose()


def test_a_log_that_forgot_or_another_database_in_its_place_is_read_anew(
    filled: Keeper, make: Make, tmp_path: Path
) -> None:
    database = filled.database
    state = filled.folder / mart_state.CURRENT
    kept = mart_state.State.model_validate_json(state.read_bytes())
    other = kept.mark.model_copy(update={"last_at": kept.mark.last_at - timedelta(days=1)})
    with database.reading() as session:
        assert mart_changes.fresh(session, kept.mark)
        assert not mart_changes.fresh(session, other)
    database.run(lambda s: conversations.save_many(s, [make("new", hours=30)], now()))
    database.run(lambda session: mart_changes.prune(session, keep=0))
    with database.reading() as session:
        assert not mart_changes.known(session, kept.mark)
    assert len(check(filled, tmp_path)["contacts"]) == 9
    state.write_text("{", encoding="utf-8")
    assert len(check(filled, tmp_path)["contacts"]) == 9


def test_many_callers_at_once_see_one_whole_state(
    filled: Keeper, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = filled.database

    def count(_number: int) -> tuple[int, int]:
        with open_mart(database) as mart:
            joined = mart.steps.inner_join(
                mart.contacts, mart.steps.contact_id == mart.contacts.contact_id
            )
            contacts = mart.contacts.count().to_pyarrow().as_py()
            return int(contacts), int(joined.contact_id.nunique().to_pyarrow().as_py())

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(count, n) for n in range(6)]
        for n in range(3):
            talk = make(f"more{n}", user="u9", hours=100 + n)
            database.run(lambda s, talk=talk: conversations.save_many(s, [talk], now()))
            asked += [pool.submit(count, n) for n in range(3)]
        told = [one.result(120) for one in asked]
    assert {contacts for contacts, _ in told} <= {8, 9, 10, 11}
    assert count(0)[0] == 11
    code = (
        "from pathlib import Path; import sys; from storage.database import Database;"
        "from workers.analysis import open_mart;"
        "d = Database(sys.argv[1], mart_dir=Path(sys.argv[2]));\n"
        "with open_mart(d) as m: print(m.contacts.count().to_pyarrow().as_py())"
    )
    url = database.url.render_as_string(hide_password=False)
    other = [sys.executable, "-c", code, url, str(database.mart_dir)]
    running = [subprocess.Popen(other, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [one.communicate(timeout=120)[0].strip() for one in running] == ["11", "11"]
    assert len(list(filled.folder.glob("mart-*"))) == 1


def test_the_kept_tables_hold_no_words_and_are_the_owners_alone(filled: Keeper, make: Make) -> None:
    assert b"where is my parcel" not in filled.refresh().read_bytes()
    assert filled.folder.stat().st_mode & 0o077 == 0


def test_a_period_is_the_same_from_kept_tables_and_from_the_database(filled: Keeper) -> None:
    wanted = Wanted(window_hours=24)
    database = filled.database

    def told() -> list[object]:
        with open_mart(database, wanted) as mart:
            return [t.to_pyarrow().to_pylist() for t in (mart.contacts, mart.steps, mart.journeys)]

    kept = told()
    database.mart_dir = None
    assert told() == kept
