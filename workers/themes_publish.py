"""A fitted model goes live: all statements are assigned beside the live one, then one switch."""

from collections.abc import Callable
from functools import partial

from sqlalchemy.orm import Session

from domain.base import now
from domain.theme import Theme
from storage import theme_assignments, theme_ledger, theme_models, theme_statements, themes
from storage.database import Database
from storage.theme_models import ModelState, ModelVersion
from workers.themes_live import Loaded, assign, load

BATCH = 1_000
"""Statements assigned in one transaction."""
Progress = Callable[[int, int], None]
"""Told how many statements are assigned, of how many."""


class StaleError(Exception):
    """Themes were changed while the model was fitted: fit again."""


def publish(database: Database, version: str, progress: Progress | None = None) -> None:
    """Assign what is not assigned yet and make a proposal live. Safe to run again after a kill.

    Raises
    ------
    StaleError
        If another model went live, or a person decided something, since the fit began.
    """
    with database.reading() as session:
        loaded = load(session, version)
    if loaded is None:
        raise StaleError(f"there is no theme model {version} to go live")
    catch_up(database, loaded, progress)
    database.run(partial(_switch, loaded))
    clean(database)


def catch_up(database: Database, loaded: Loaded, progress: Progress | None = None) -> int:
    """Assign the statements that a model has not spoken of; give their number."""
    with database.reading() as session:
        total, _ = theme_statements.count(session, loaded.space)
    done, after = 0, ""
    while ids := _next(database, loaded, after):
        database.run(partial(_assign, loaded, ids))
        done, after = done + len(ids), ids[-1]
        if progress is not None:
            progress(done, total)
    return done


def clean(database: Database) -> None:
    """Take away what past versions said, a part at a time."""

    def drop(session: Session) -> int:
        return theme_assignments.drop_past(session, BATCH)

    while database.run(drop):
        pass
    database.run(theme_models.prune)


def _next(database: Database, loaded: Loaded, after: str) -> list[str]:
    with database.reading() as session:
        return theme_assignments.without(session, loaded.version, loaded.space, BATCH, after)


def _assign(loaded: Loaded, ids: list[str], session: Session) -> None:
    rows = list(theme_statements.get_many(session, ids).values())
    theme_assignments.write(session, loaded.version, assign(session, loaded, rows))


def _switch(loaded: Loaded, session: Session) -> None:
    model = theme_models.get(session, loaded.version)
    if model is None or model.state is not ModelState.PROPOSED:
        raise StaleError(f"the theme model {loaded.version} is no proposal any more")
    if standing(session) != (model.base, model.facts["revision"]):
        raise StaleError("themes were changed while the model was fitted: fit again")
    # What came in since the last look; little, and the switch must not leave it without.
    left = theme_assignments.without(session, loaded.version, loaded.space, BATCH)
    if left:
        _assign(loaded, left, session)
    theme_models.go_live(session, loaded.version, now())
    found = {str(one["theme"]["id"]): one["found_label"] for one in _stored(model)}
    themes.save(session, [Theme.model_validate(one["theme"]) for one in _stored(model)], found)
    moment = now()
    theme_ledger.add(session, [one.model_copy(update={"at": moment}) for one in model.ledger])


def _stored(model: ModelVersion) -> list[dict]:  # type: ignore[type-arg]
    return [dict(one) for one in model.themes]


def standing(session: Session) -> tuple[str | None, int]:
    """Give the live version and how often people decided something under it."""
    return theme_models.stamp(session) or (None, 0)
