"""``throughline themes rename``, ``merge`` and the like: a person's word, and taking it back."""

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer
from rich.markup import escape
from sqlalchemy.orm import Session

from cli.console import fail, output
from cli.open import open_database
from domain.base import now
from domain.theme import Theme
from settings import Settings
from storage import theme_assignments, themes
from workers import themes_decide, themes_take_back
from workers.themes_take_back import Word

BY = "command line"
"""Who decided, as the ledger tells it."""
T = TypeVar("T")
ThemeId = Annotated[str, typer.Argument(metavar="ID", help="thm_…")]
Label = Annotated[str, typer.Argument(metavar="NAME", help="at most 200 characters")]
Statements = Annotated[
    list[str], typer.Option("--statement", metavar="STM", help="stm_…; several times for several")
]


def rename(theme_id: ThemeId, name: Label) -> None:
    """Give a theme your name; no refit changes it."""
    if not 0 < len(name.strip()) <= themes_decide.LONGEST_NAME:
        fail(f"a name has 1 to {themes_decide.LONGEST_NAME} characters")
    _tell(lambda s: themes_decide.rename(s, _live(s, theme_id), name.strip(), BY, now()))


def confirm(theme_id: ThemeId) -> None:
    """Say that a theme is one: it keeps its id while most of its texts stay together."""
    _tell(lambda s: themes_decide.confirm(s, _live(s, theme_id), BY, now(), yes=True))


def place(
    theme_id: ThemeId,
    under: Annotated[str | None, typer.Option(metavar="ID", help="none: under no theme")] = None,
) -> None:
    """Put a theme under another one, or under none."""
    _tell(lambda s: themes_decide.place(s, _live(s, theme_id), under, BY, now()))


def merge(
    theme_id: ThemeId,
    others: Annotated[list[str], typer.Argument(metavar="OTHER…", help="what it takes up")],
) -> None:
    """Let a theme take up others; their ids lead to it, and refits keep them together."""

    def work(session: Session) -> Theme:
        into, taken = _live(session, theme_id), [_live(session, id_) for id_ in others]
        return themes_decide.merge(session, into, taken, BY, now())

    _tell(work)


def split(theme_id: ThemeId, name: Label, statement: Statements) -> None:
    """Cut out of a theme what is more like some of its statements than like the rest."""
    _tell(lambda s: themes_decide.split(s, _live(s, theme_id), name, set(statement), BY, now()))


def move(
    statement: Statements,
    to: Annotated[str | None, typer.Option(metavar="ID", help="none: to no theme")] = None,
    *,
    back: Annotated[bool, typer.Option("--back", help="take earlier moves back")] = False,
) -> None:
    """Say which theme statements belong to; all with the same words go along."""

    def work(session: Session) -> int:
        if back:
            return themes_take_back.move_back(session, statement, BY, now())
        theme = None if to is None else _live(session, to)
        return themes_decide.move(session, theme, statement, BY, now())

    output.print(f"{_decided(work):,} statements, all with the same words among them")


def take_back(what: Word, theme_id: ThemeId) -> None:
    """Take back a name, a confirmation, a place, a merger or a split.

    Of a merger name the theme that was taken up, of a split the part that was cut out. Moves
    are taken back by ``throughline themes move --back``.
    """
    _tell(lambda s: themes_take_back.take_back(s, theme_id, what, BY, now()))


def _live(session: Session, theme_id: str) -> Theme:
    theme = themes.lock(session, now(), theme_id)
    if theme is None:
        raise themes_decide.DecisionError(f"There is no live theme {theme_id}.")
    return theme


def _tell(work: Callable[[Session], Theme]) -> None:
    """Carry a decision out and show the theme that is there then."""

    def counted(session: Session) -> tuple[Theme, int]:
        theme = work(session)
        has = theme_assignments.counts(session).get(theme.id)
        return theme, 0 if has is None else has.conversations

    theme, conversations = _decided(counted)
    output.print(
        f"[bold]{escape(theme.label)}[/bold]  {theme.id}  {conversations:,} conversations",
        soft_wrap=True,
    )


def _decided(work: Callable[[Session], T]) -> T:
    database = open_database(Settings())
    try:
        return database.run(work)
    except themes_decide.DecisionError as error:
        fail(str(error), code=1)
    finally:
        database.dispose()
