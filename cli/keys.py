"""``throughline keys``: who may call the API."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from typer import Option

from api.auth import Scope
from cli.console import fail, output
from cli.open import open_database
from domain.base import now
from settings import Settings
from storage import api_keys

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Make and withdraw API keys")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who will use it")],
    scope: Annotated[list[Scope], Option(help="What it may do; give the option once for each")],
) -> None:
    """Make a key and print its secret, which nobody can read again."""
    database = open_database(Settings())
    try:
        secret = database.run(lambda session: api_keys.create(session, name, scope, now()))
    except ValueError as error:
        fail(str(error))
    output.print(secret, soft_wrap=True)


@app.command("list")
def list_keys() -> None:
    """List the keys, without their secrets."""
    database = open_database(Settings())
    table = Table(box=None, pad_edge=False)
    for column in ("name", "scopes", "made", "withdrawn"):
        table.add_column(column)
    with database.reading() as session:
        for key in api_keys.every(session):
            made, gone = _day(key.created_at), _day(key.revoked_at)
            table.add_row(key.name, " ".join(sorted(key.scopes)), made, gone)
    output.print(table)


@app.command()
def revoke(name: Annotated[str, typer.Argument(help="Name of the key")]) -> None:
    """Withdraw a key; calls with it are refused from now on."""
    database = open_database(Settings())
    if not database.run(lambda session: api_keys.revoke(session, name, now())):
        fail(f"there is no living key named {name}")
    output.print(f"{name}: withdrawn")


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"
