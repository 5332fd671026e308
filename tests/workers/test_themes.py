"""Themes in the database: refits, what people decide, new themes, and a kill in the middle."""

import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from sqlalchemy import select

from domain.base import now
from domain.theme import Change, Theme
from storage import jobs, theme_assignments, theme_ledger, theme_models, themes, work
from storage.database import Database
from storage.tables import StatementRow, TurnRow
from storage.work import Kind
from tests.themes.conftest import Collection, made
from tests.workers.themed import KnownTagger, labels, take_in
from themes.discover import discover
from themes.model import ThemeModel
from workers import themes_decide, themes_publish, themes_refit
from workers.pipeline import Pipeline
from workers.themes_decide import DecisionError
from workers.themes_emerge import emerge
from workers.themes_refit import refit
from workers.themes_sample import TooFewError
from workers.themes_take_back import Word, move_back, take_back
from workers.themes_work import SUBJECT, run_due

NEEDS = 60
"""Texts of each of the five needs."""


@pytest.fixture(scope="module")
def collection() -> Collection:
    return made()


@pytest.fixture(scope="module", autouse=True)
def _fit_once() -> Iterator[None]:
    """Fit the same texts once: the tests are about what is kept, in each kind of database."""
    fits: dict[bytes, ThemeModel] = {}

    def remembered(*given: object) -> ThemeModel:
        key = pickle.dumps(given)
        if key not in fits:
            fits[key] = discover(*given)  # type: ignore[arg-type]
        return fits[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(themes_refit, "discover", remembered)
        yield


@pytest.fixture
def known(database: Database, collection: Collection) -> Pipeline:
    return Pipeline(database=database, tagger=KnownTagger(collection))


def mixed(collection: Collection, *needs: int) -> list[str]:
    """Give the texts of some needs in a mixed order."""
    rows = np.flatnonzero(np.isin(collection.truth, needs))
    order = np.random.default_rng(3).permutation(rows)
    return [collection.texts[row] for row in order]


def live(database: Database) -> dict[str, Theme]:
    with database.reading() as session:
        return {theme.id: theme for theme in themes.live(session)}


def themes_by_need(database: Database, collection: Collection) -> dict[int, str]:
    """Give the theme that most texts of a need have."""
    found = labels(database)
    need_of = dict(zip(collection.texts, collection.truth.tolist(), strict=True))
    counts: dict[int, Counter[str]] = {}
    for text, theme in found.items():
        if theme is not None:
            counts.setdefault(need_of[text], Counter())[theme] += 1
    return {need: count.most_common(1)[0][0] for need, count in counts.items()}


def test_refits_on_a_growing_collection_keep_ids_and_people_have_the_last_word(
    known: Pipeline, collection: Collection
) -> None:
    database = known.database
    texts = mixed(collection, 0, 1, 2, 3, 4)
    take_in(known, texts[:180])
    first = refit(database)
    before = themes_by_need(database, collection)
    assert first.live
    assert first.count(Change.NEW) == len(live(database)) == 5

    refund, password, parcel, invoice, cancel = (before[need] for need in range(5))
    moved = next(text for text, theme in labels(database).items() if theme == cancel)
    with database.session() as session:
        moment = now()
        known_now = {theme.id: theme for theme in themes.live(session)}
        themes_decide.rename(session, known_now[refund], "Money back", "ann", moment)
        themes_decide.merge(session, known_now[parcel], [known_now[invoice]], "ann", moment)
        chosen = [statement_of_text(session, moved)]
        themes_decide.move(session, known_now[password], chosen, "ann", moment)
    for grown in (False, True):
        found = labels(database)
        assert found[moved] == password
        assert invoice not in found.values()
        assert themes_by_need(database, collection) == before | {3: parcel}
        assert live(database)[refund].label == "Money back"
        with database.reading() as session:
            merged = themes.get(session, invoice)
            assert merged is not None
            assert merged.id == parcel
        if not grown:
            take_in(known, texts[180:], first=180)
            second = refit(database)
            assert second.anew
            assert second.count(Change.NEW) == second.count(Change.RETIRED) == 0
            assert set(live(database)) == set(before.values()) - {invoice}


def statement_of_text(session, text: str) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001
    query = select(StatementRow.id).join(TurnRow, TurnRow.id == StatementRow.turn_id)
    return str(session.scalars(query.where(TurnRow.text == text)).first())


def test_a_dry_run_changes_nothing_and_its_fit_is_taken_up(
    known: Pipeline, collection: Collection
) -> None:
    take_in(known, mixed(collection, 0, 1))
    shown = refit(known.database, dry_run=True)
    assert not shown.live
    assert shown.ledger
    assert not live(known.database)
    done = refit(known.database)
    assert (done.version, done.anew, done.live) == (shown.version, False, True)
    again = refit(known.database)
    assert (again.version, again.anew) == (done.version, False)


def test_a_kill_in_the_middle_leaves_the_old_themes_live(
    known: Pipeline, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = known.database
    texts = mixed(collection, 0, 1, 2)
    take_in(known, texts[:100])
    refit(database)
    before, said = live(database), labels(database)
    take_in(known, texts[100:], first=100)
    monkeypatch.setattr(themes_publish, "BATCH", 40)
    done = 0

    def killed(_done: int, _total: int) -> None:
        nonlocal done
        done += 1
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refit(database, progress=killed)
    assert live(database) == before
    assert {text: labels(database)[text] for text in said} == said
    with database.reading() as session:
        proposal = theme_models.proposal(session)
    after = refit(database)
    assert proposal is not None
    assert (after.version, after.anew, after.live) == (proposal.version, False, True)
    assert set(live(database)) == set(before)
    assert len(labels(database)) == len(texts)


def test_what_comes_in_gets_the_theme_that_a_refit_would_give_it(
    known: Pipeline, collection: Collection
) -> None:
    database = known.database
    texts = mixed(collection, 0, 1)
    take_in(known, texts)
    refit(database)
    take_in(known, texts[:30], first=1_000)
    found = labels(database)  # it holds that equal texts agree
    with database.reading() as session:
        counts = theme_assignments.counts(session)
        talks = list(theme_assignments.contacts(session))
    assert set(found.values()) == set(live(database))
    assert sum(count.conversations for count in counts.values()) == len(texts) + 30 == len(talks)


def test_new_themes_are_added_and_the_others_stay(known: Pipeline, collection: Collection) -> None:
    database = known.database
    take_in(known, mixed(collection, 0, 1, 2))
    refit(database)
    before, said = live(database), labels(database)
    assert emerge(database) == ()
    take_in(known, mixed(collection, 4), first=1_000)
    (added,) = emerge(database)
    assert added.change is Change.NEW
    assert set(live(database)) == {*before, added.theme_id}
    found = labels(database)
    assert {text: found[text] for text in said} == said
    of_new = [text for text, theme in found.items() if theme == added.theme_id]
    assert len(of_new) > 0.9 * NEEDS
    assert all("subscription" in text for text in of_new)
    assert emerge(database) == ()
    take_in(known, mixed(collection, 3), first=2_000)
    refit(database)
    assert set(live(database)) > {*before, added.theme_id}


def test_a_part_that_a_person_cuts_out_stays_cut_out(
    known: Pipeline, collection: Collection
) -> None:
    database = known.database
    take_in(known, mixed(collection, 0, 1))
    refit(database)
    by_need = themes_by_need(database, collection)
    whole = live(database)[by_need[0]]
    part = [text for text in mixed(collection, 0) if "refund for the" in text]
    with database.session() as session:
        chosen = [statement_of_text(session, text) for text in part[:15]]
        fresh = themes_decide.split(session, whole, "Refund for", chosen, "ann", now())
    cut = labels(database)
    assert all(cut[text] == fresh.id for text in part[:15])
    assert {whole.id, fresh.id} <= set(cut.values())
    take_in(known, mixed(collection, 2), first=1_000)
    refit(database)
    assert {whole.id, fresh.id} <= set(live(database))
    again = labels(database)
    assert all(again[text] == fresh.id for text in part[:15])
    told_apart = [again[text] == theme for text, theme in cut.items()]
    assert np.mean(told_apart) > 0.95
    with database.reading() as session:
        lines = theme_ledger.of_theme(session, whole.id)
    assert [line.change for line in lines][:2] == [Change.NEW, Change.SPLIT]
    assert lines[1].by == "ann"


def test_what_a_person_decided_can_be_taken_back(known: Pipeline, collection: Collection) -> None:
    database = known.database
    take_in(known, mixed(collection, 0, 1, 2))
    refit(database)
    by_need = themes_by_need(database, collection)
    first, second, third = (by_need[need] for need in range(3))
    before, said = live(database), labels(database)
    text = next(text for text, theme in said.items() if theme == third)
    with database.session() as session:
        moment, now_live = now(), {theme.id: theme for theme in themes.live(session)}
        into = themes_decide.rename(session, now_live[first], "Money back", "ann", moment)
        into = themes_decide.merge(session, into, [now_live[second]], "ann", moment)
        chosen = [statement_of_text(session, text)]
        themes_decide.move(session, into, chosen, "ann", moment)
    assert labels(database) != said
    with database.session() as session:
        take_back(session, first, Word.RENAME, "bob", now())
        take_back(session, second, Word.MERGE, "bob", now())
        assert move_back(session, [statement_of_text(session, text)], "bob", now()) == 1
    assert labels(database) == said
    after = live(database)
    assert {theme.id: theme.label for theme in after.values()} == {
        theme.id: theme.label for theme in before.values()
    }
    assert not after[first].named
    with database.reading() as session:
        lines = theme_ledger.of_theme(session, second)
    assert [line.change for line in lines] == [Change.NEW, Change.MERGED, Change.TAKEN_BACK]
    assert lines[-1].by == "bob"
    with pytest.raises(DecisionError, match="Nobody merged"), database.session() as session:
        take_back(session, second, Word.MERGE, "bob", now())


def test_a_split_taken_back_gives_its_texts_back_and_its_id_leads_to_the_whole(
    known: Pipeline, collection: Collection
) -> None:
    database = known.database
    take_in(known, mixed(collection, 0, 1))
    refit(database)
    whole = live(database)[themes_by_need(database, collection)[0]]
    said = labels(database)
    part = [text for text in mixed(collection, 0) if "refund for the" in text][:5]
    with database.session() as session:
        chosen = [statement_of_text(session, text) for text in part]
        fresh = themes_decide.split(session, whole, "Refund for", chosen, "ann", now())
    assert labels(database) != said
    with database.session() as session:
        assert take_back(session, fresh.id, Word.SPLIT, "bob", now()).id == whole.id
    assert labels(database) == said
    take_in(known, mixed(collection, 2), first=1_000)
    refit(database)
    assert fresh.id not in live(database)
    with database.reading() as session:
        led = themes.get(session, fresh.id)
    assert led is not None
    assert led.id == whole.id


def test_a_merger_that_a_refit_took_in_is_free_to_come_apart_at_the_next(
    known: Pipeline, collection: Collection
) -> None:
    database = known.database
    take_in(known, mixed(collection, 0, 1))
    refit(database)
    one, other = (themes_by_need(database, collection)[need] for need in range(2))
    with database.session() as session:
        known_now = {theme.id: theme for theme in themes.live(session)}
        themes_decide.merge(session, known_now[one], [known_now[other]], "ann", now())
    take_in(known, mixed(collection, 2), first=1_000)
    refit(database)
    assert set(live(database)) & {one, other} == {one}
    with database.session() as session:
        assert take_back(session, other, Word.MERGE, "bob", now()).id == one
        assert theme_ledger.of_theme(session, other)[-1].details["at_next_refit"] is True
    refit(database)
    by_need = themes_by_need(database, collection)
    assert by_need[0] != by_need[1]


def test_too_few_conversations_are_told_in_plain_words(
    known: Pipeline, collection: Collection
) -> None:
    take_in(known, mixed(collection, 0)[:20])
    with pytest.raises(TooFewError, match=r"20 conversations .* need 50"):
        refit(known.database)


def test_a_refit_is_work_that_a_job_follows(
    known: Pipeline, collection: Collection, settings_without_env: object
) -> None:
    database = known.database
    take_in(known, mixed(collection, 0, 1))
    with database.session() as session:
        job = jobs.create(session, jobs.JobKind.THEMES, now())
        work.add(session, Kind.REFIT, SUBJECT, now())
        jobs.follow(session, job, Kind.REFIT, [SUBJECT])
        jobs.received(session, job, now())
    from workers.pipeline import drain

    assert drain(known).claimed == 0, "who tags leaves it alone"
    assert run_due(settings_without_env, database) == 1  # type: ignore[arg-type]
    with database.reading() as session:
        view = jobs.get(session, job)
    assert view is not None
    assert (view.state, view.done) == (jobs.JobState.DONE, 1)
    assert live(database)


@pytest.fixture
def settings_without_env() -> object:
    from settings import Settings

    return Settings(_env_file=None)


def test_who_tags_imports_nothing_that_fits() -> None:
    heavy = ("bertopic", "umap", "numba", "torch", "sknetwork", "sklearn")
    code = (
        "import sys, workers.app, workers.model, workers.embedded; "
        f"print(' '.join(m for m in {heavy} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
