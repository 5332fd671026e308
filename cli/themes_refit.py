"""``throughline themes refit``, ``emerge``, ``list`` and ``show``: themes in the database."""

from collections.abc import Iterable
from textwrap import shorten
from typing import Annotated

import typer
from rich.markup import escape
from rich.padding import Padding

from cli.console import fail, output, progress
from cli.open import open_database
from domain.theme import Change, LedgerEntry
from settings import Settings
from storage import theme_assignments, theme_ledger, theme_statements, themes
from storage.database import Database

EXAMPLE = 80
"""Characters of an example beside a name."""


def refit(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would become of the themes; change nothing")
    ] = False,
) -> None:
    """Find the themes of all that is stored anew; ids, names and your decisions stay.

    A refit after a dry run takes up its fit. Killed at any moment, the old themes stay live, and
    the next run goes on. Where nothing changed, nothing is done.
    """
    from workers.themes_namer import discovery_of
    from workers.themes_refit import refit as run  # loads what fits
    from workers.themes_sample import TooFewError

    settings = Settings()
    database = open_database(settings)
    try:
        with progress("finding themes") as bar:
            found = run(database, discovery_of(settings), dry_run=dry_run, progress=bar.at)
    except TooFewError as error:
        fail(str(error), code=1)
    facts = found.facts
    output.print(
        f"{facts['themes']} themes from {facts['conversations']:,} conversations "
        f"({facts['statements']:,} reasons for contact, {facts['fitted']:,} fitted), "
        f"stability {facts['stability']:.2f}",
        soft_wrap=True,
    )
    _tell(database, found.ledger)
    if dry_run and not found.live:
        output.print("[bold]nothing was changed[/bold]; `throughline themes refit` does it")
    elif not found.anew:
        output.print("nothing new since the last fit: it was taken up, or it is live already")
    database.dispose()


def emerge() -> None:
    """Look for new themes in what has none; the others keep their ids and are not renumbered."""
    from workers.themes_emerge import emerge as run
    from workers.themes_namer import discovery_of

    settings = Settings()
    database = open_database(settings)
    with progress("looking for new themes") as bar:
        found = run(database, discovery_of(settings), progress=bar.at)
    output.print(f"{len(found)} new themes")
    _tell(database, found)
    database.dispose()


def list_themes(
    limit: Annotated[int, typer.Option(min=1, help="Most rows")] = 50,
) -> None:
    """List the themes, the largest first: conversations, name, and a typical contact's words."""
    database = open_database(Settings())
    with database.reading() as session:
        counts = theme_assignments.counts(session)
        live = themes.live(session)
        shown = [id_ for theme in live for id_ in theme.example_ids[:1]]
        quotes = theme_statements.quotes(session, shown)
    if not live:
        output.print("no themes yet: run `throughline themes refit`")
    names = {theme.id: theme.label for theme in live}
    none = theme_assignments.ThemeCount(conversations=0, statements=0, near=0)
    live = tuple(sorted(live, key=lambda t: -counts.get(t.id, none).conversations))
    for theme in live[:limit]:
        has = counts.get(theme.id, none)
        leader = names.get(theme.parent_id or "")
        above = "" if leader is None else f" [dim]in {escape(leader)}[/dim]"
        pin = " [cyan]pinned[/cyan]" if theme.pinned else ""
        told = f"{has.near:,} near, stability {theme.stability:.2f}, {theme.id}"
        said = [quotes[id_].text for id_ in theme.example_ids[:1] if id_ in quotes]
        example = [
            f'[dim]"{escape(shorten(one, EXAMPLE, placeholder=" …"))}"[/dim]' for one in said
        ]
        output.print(f"{has.conversations:>7,}  [bold]{escape(theme.label)}[/bold]{pin}{above}")
        for line in (told, *example):
            output.print(Padding(line, (0, 0, 0, 9), expand=False))
    database.dispose()


def show(
    theme_id: Annotated[str, typer.Argument(metavar="ID", help="thm_…, also of a merged one")],
) -> None:
    """Show one theme: phrases, redacted examples, and what became of it."""
    database = open_database(Settings())
    with database.reading() as session:
        theme = themes.get(session, theme_id)
        if theme is None:
            fail(f"there is no theme {theme_id}")
        has = theme_assignments.counts(session).get(theme.id)
        quotes = theme_statements.quotes(session, theme.example_ids)
        lines = theme_ledger.of_theme(session, theme.id)
    output.print(f"[bold]{escape(theme.label)}[/bold]  {theme.id}  {theme.state}", soft_wrap=True)
    if has is not None:
        output.print(f"{has.conversations:,} conversations, {has.near:,} statements near")
    output.print(f"[dim]{escape(', '.join(theme.key_phrases))}[/dim]", soft_wrap=True)
    for id_ in theme.example_ids:
        if id_ in quotes:
            output.print(f'  "{escape(quotes[id_].text)}" [dim]{quotes[id_].conversation_id}[/dim]')
    _tell(database, lines)
    database.dispose()


def _tell(database: Database, ledger: Iterable[LedgerEntry]) -> None:
    """Print what became of themes; those that were simply kept as a number."""
    entries = list(ledger)
    kept = [entry for entry in entries if entry.change is Change.KEPT]
    if kept:
        output.print(f"kept: {len(kept)}")
    ids = {id_ for entry in entries for id_ in (entry.theme_id, *entry.others)}
    with database.reading() as session:
        names = {id_: theme.label for id_, theme in themes.get_many(session, ids).items()}
    for entry in entries:
        if entry.change is not Change.KEPT:
            others = ", ".join(names.get(id_, id_) for id_ in entry.others)
            words = f" > {others}" if others else ""
            known = names.get(entry.theme_id, entry.theme_id)
            output.print(f"{entry.change}: {escape(known)}{escape(words)}", soft_wrap=True)
