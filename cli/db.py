"""``throughline db``: the database's schema."""

from pathlib import Path
from typing import Annotated

import typer
from typer import Argument

from cli.console import fail, output
from settings import Settings
from storage.database import Database

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Create, upgrade or back up the database"
)


@app.callback()
def root() -> None:
    """Create, upgrade or back up the database."""


@app.command()
def upgrade() -> None:
    """Bring the schema of THROUGHLINE_DATABASE_URL to this version."""
    database = Database(Settings().database_url.get_secret_value())
    database.upgrade()
    database.dispose()
    output.print("database: up to date")


@app.command()
def backup(target: Annotated[Path, Argument(help="A file that is not there yet")]) -> None:
    """Copy the embedded database while it is in use; the copy is a database of its own.

    PostgreSQL has its own tools: pg_dump, or base backups with the log of changes.
    """
    database = Database(Settings().database_url.get_secret_value())
    if not database.sqlite:
        fail("this copies SQLite; for PostgreSQL use pg_dump (docs/operations.md)")
    if target.exists():
        fail(f"{target} is there already; name another file")
    database.copy_to(target)
    database.dispose()
    output.print(f"{target}: {target.stat().st_size / 1e6:,.1f} MB")
