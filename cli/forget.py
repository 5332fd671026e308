"""``throughline forget``: a customer and all that is kept of them goes."""

from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy.orm import Session

from cli.console import fail, output
from cli.context import find
from cli.open import open_database
from cli.work import hint_workers, work_off
from domain.base import now
from domain.conversation import conversation_id
from domain.identity import Identifier, IdentifierKind, Identity
from settings import Settings
from storage import conversations, retention, sightings
from storage.retention import Holding
from storage.work import Kind
from workers.kept_mart import Keeper

app = typer.Typer(add_completion=False)


@app.command()
def forget(
    reference: Annotated[
        str,
        typer.Argument(
            metavar="IDENTIFIER", help="email:a@b.example, phone:+44…, account:…, or zendesk:123"
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
) -> None:
    """Erase a customer for good; importing an old export does not bring them back.

    Files that were imported stay as they are, and so do other customers' words about them.
    """
    settings = Settings()
    database = open_database(settings)
    with database.reading() as session:
        identity, records = held(session, reference)
        held_now = retention.holding(session, records)
    show(identity, held_now)
    if not yes:
        typer.confirm("Erase all of this for good?", abort=True)
    erased = database.run(lambda session: erase(session, reference))
    if (keeper := Keeper.of(database)) is not None:
        keeper.refresh_kept()
    output.print(
        f"erased: {erased.conversations:,} conversations and {erased.events:,} events "
        "with all that was read of them; they stay away when an export brings them again",
        soft_wrap=True,
    )
    # Journeys of others that hung together with these are built anew.
    if settings.embedded:
        work_off(settings, database, [Kind.REBUILD])
    else:
        hint_workers(settings)
    database.dispose()


def held(session: Session, reference: str) -> tuple[Identity | None, set[str]]:
    """Find whom a reference names, and the ids of their records; stop if there is nothing."""
    identity = find(session, reference)
    if identity is not None:
        return identity, retention.records_of(session, identity)
    records = _unread(session, reference)
    if not records:
        fail(f"nobody is known by {reference}")
    return None, records


def erase(session: Session, reference: str) -> Holding:
    """Erase what a reference names at this moment; more may have come in since it was shown."""
    identity, records = held(session, reference)
    if identity is not None:
        return retention.erase_identity(session, identity.id, now())
    return retention.erase_records(session, records, now())


def show(identity: Identity | None, holding: Holding) -> None:
    """Print whom it is about and how much is kept, nothing of what it says."""
    if identity is None:
        output.print("not read yet: only records that show this very identifier")
    else:
        output.print(f"[bold]{identity.id}[/bold]  {identity.level} {identity.confidence:.0%}")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="cyan")
    table.add_column(justify="right")
    for name, count in holding.model_dump().items():
        table.add_row(name, f"{count:,}")
    output.print(table)


def _unread(session: Session, reference: str) -> set[str]:
    """Find records that no journey was built from yet."""
    kind, _, value = reference.partition(":")
    if kind.lower() in set(IdentifierKind):
        identifier = Identifier.model_validate(reference)
        return sightings.records_showing(session, [str(identifier)])
    return set(conversations.get_many(session, [conversation_id(kind, value)]))
