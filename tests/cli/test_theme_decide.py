"""``throughline themes rename``, ``merge``, ``move`` and ``take-back``."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cli.themes import app
from storage import theme_assignments, theme_statements, themes
from storage.database import Database
from tests.themes.conftest import made
from tests.workers.themed import KnownTagger, take_in
from workers.pipeline import Pipeline
from workers.themes_refit import refit


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    url = f"sqlite:///{tmp_path / 'throughline.db'}"
    monkeypatch.setenv("THROUGHLINE_DATABASE_URL", url)
    database, collection = Database(url), made()
    database.upgrade()
    rows = np.flatnonzero(np.isin(collection.truth, (0, 1)))
    pipeline = Pipeline(database=database, tagger=KnownTagger(collection))  # type: ignore[arg-type]
    take_in(pipeline, [collection.texts[row] for row in rows])
    refit(database)
    return database


def _state(database: Database) -> dict[str, tuple[str, int]]:
    with database.reading() as session:
        counts = theme_assignments.counts(session)
        return {t.id: (t.label, counts[t.id].conversations) for t in themes.live(session)}


def test_a_person_decides_and_takes_it_back(database: Database) -> None:
    before = _state(database)
    one, other = sorted(before)
    with database.reading() as session:
        statement = theme_assignments.of_theme(session, other, 1)[0]

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, list(words))
        assert done.exit_code == 0, done.output
        return done.output

    assert "Money back" in run("rename", one, "Money back")
    run("confirm", one)
    assert "1 statements" in run("move", "--statement", statement, "--to", one)
    run("merge", one, other)
    assert set(_state(database)) == {one}
    run("take-back", "merge", other)
    run("move", "--back", "--statement", statement)
    run("take-back", "confirm", one)
    run("take-back", "rename", one)
    assert _state(database) == before


def test_a_listing_says_with_each_name_what_a_customer_said(database: Database) -> None:
    listed = CliRunner().invoke(app, ["list"]).output
    words = " ".join(listed.split())
    for id_, (label, conversations) in _state(database).items():
        assert f"{conversations} {label}" in words
        with database.reading() as session:
            theme = themes.get(session, id_)
            assert theme is not None
            (quote,) = theme_statements.quotes(session, theme.example_ids[:1]).values()
        assert f'{id_} "{quote.text}"' in words


def test_what_cannot_be_taken_back_is_said_in_plain_words(database: Database) -> None:
    one = min(_state(database))
    done = CliRunner().invoke(app, ["take-back", "split", one])
    assert done.exit_code == 1
    assert "Nobody cut this theme out of another." in done.output
