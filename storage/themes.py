"""Themes as they stand: by id, as a listing, with their names and families."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.theme import Theme, ThemeState
from storage.statements import upsert
from storage.tables import ThemeRow

COLUMNS = tuple(Theme.model_fields)


def get(session: Session, theme_id: str) -> Theme | None:
    """Load a theme by its id; of a merged one the theme that took it up."""
    row = session.get(ThemeRow, resolve(session, theme_id))
    return None if row is None else theme_of(row)


def resolve(session: Session, theme_id: str) -> str:
    """Give the id that stands for another one now; the same id where nothing took it up."""
    query = select(ThemeRow.merged_into).where(ThemeRow.id == theme_id)
    for _ in range(_CHAIN):
        into = session.scalar(query.where(ThemeRow.state == ThemeState.MERGED))
        if into is None:
            return theme_id
        theme_id = into
        query = select(ThemeRow.merged_into).where(ThemeRow.id == theme_id)
    return theme_id


_CHAIN = 50
"""Mergers of mergers that are followed."""


def get_many(session: Session, theme_ids: Collection[str]) -> dict[str, Theme]:
    """Load themes by their ids, whatever their state; those that are not there are left out."""
    query = select(ThemeRow).where(ThemeRow.id.in_(theme_ids))
    return {row.id: theme_of(row) for row in session.scalars(query)}


def every(session: Session) -> tuple[Theme, ...]:
    """Load all themes that ever were, by id."""
    return tuple(theme_of(row) for row in session.scalars(select(ThemeRow).order_by(ThemeRow.id)))


def live(session: Session) -> tuple[Theme, ...]:
    """Load the themes that texts come to, by id."""
    query = select(ThemeRow).where(ThemeRow.state == ThemeState.LIVE).order_by(ThemeRow.id)
    return tuple(theme_of(row) for row in session.scalars(query))


def children(session: Session, theme_id: str) -> tuple[Theme, ...]:
    """Load the live themes that stand under another one, by id."""
    query = select(ThemeRow).where(
        ThemeRow.parent_id == theme_id, ThemeRow.state == ThemeState.LIVE
    )
    return tuple(theme_of(row) for row in session.scalars(query.order_by(ThemeRow.id)))


def save(session: Session, themes: Iterable[Theme], found_labels: dict[str, str]) -> None:
    """Write themes as they stand now.

    Parameters
    ----------
    found_labels : dict of str to str
        By theme id: the machine's own name, where there is a new one.
    """
    rows = [_row(theme, found_labels.get(theme.id)) for theme in themes]
    fresh = [row for row in rows if row["found_label"] is not None]
    upsert(session, ThemeRow, fresh)
    for row in rows:
        if row["found_label"] is None:
            del row["found_label"]
            session.execute(update(ThemeRow).where(ThemeRow.id == row["id"]).values(**row))


def found_label(session: Session, theme_id: str) -> str:
    """Give the machine's own name for a theme."""
    return session.scalars(select(ThemeRow.found_label).where(ThemeRow.id == theme_id)).one()


def lock(session: Session, moment: datetime, theme_id: str) -> Theme | None:
    """Load a live theme to change it; nobody else changes it until the transaction ends."""
    query = select(ThemeRow).where(ThemeRow.id == theme_id, ThemeRow.state == ThemeState.LIVE)
    row = session.scalars(query.with_for_update()).first()
    return None if row is None else theme_of(row).model_copy(update={"changed_at": moment})


def theme_of(row: ThemeRow) -> Theme:
    """Read a theme back from its row."""
    return Theme.model_validate({name: getattr(row, name) for name in COLUMNS})


def _row(theme: Theme, found: str | None) -> dict[str, object]:
    row = {name: getattr(theme, name) for name in COLUMNS}
    lists = {name: list(row[name]) for name in ("key_phrases", "example_ids")}
    return row | lists | {"found_label": found}
