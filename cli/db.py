"""``throughline db``: the database's schema."""

import typer

from cli.console import output
from settings import Settings
from storage.database import Database

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Create or upgrade the database")


@app.callback()
def root() -> None:
    """Create or upgrade the database."""


@app.command()
def upgrade() -> None:
    """Bring the schema of THROUGHLINE_DATABASE_URL to this version."""
    database = Database(Settings().database_url.get_secret_value())
    database.upgrade()
    database.dispose()
    output.print("database: up to date")
