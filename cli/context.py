"""``throughline context``: what an agent needs to know, in one look."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from cli.console import fail, output
from cli.open import open_database
from domain.conversation import conversation_id
from domain.identity import Identifier, IdentifierKind, Identity
from journey.context import Context, Point
from settings import Settings
from workers.look import by_conversation, by_identifiers, look
from workers.policy import policy_of

app = typer.Typer(add_completion=False)


@app.command()
def context(
    reference: Annotated[
        str,
        typer.Argument(
            metavar="IDENTIFIER", help="email:a@b.example, phone:+44…, account:…, or zendesk:123"
        ),
    ],
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON")] = False,
) -> None:
    """Tell who a customer is, what they want now, what was promised, and what is at risk."""
    settings = Settings()
    database = open_database(settings)
    with database.reading() as session:
        identity = find(session, reference)
        if identity is None:
            fail(f"nobody is known by {reference}")
        found = look(session, identity, policy_of(settings))
    if json:
        output.print_json(found.model_dump_json())
    else:
        show(found)


def find(session: Session, reference: str) -> Identity | None:
    """Find a customer by an identifier, or by what a source calls one of their contacts."""
    kind, colon, value = reference.partition(":")
    if not colon:
        fail("write kind:value, such as email:name@host.example or zendesk:123")
    if kind.lower() not in set(IdentifierKind):
        return by_conversation(session, conversation_id(kind, value))
    try:
        return by_identifiers(session, [Identifier.model_validate(reference)])
    except ValueError:
        fail(f"this is no {kind.lower()}: write it as email:name@host.example or phone:+44…")


def show(found: Context) -> None:
    """Print the points, each with the words it rests on."""
    output.print(f"[bold]{found.identity_id}[/bold]  {found.level} {found.confidence:.0%}")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    before = ""
    for point in found.points:
        name = "" if point.section == before else str(point.section)
        table.add_row(name, escape(point.text) + _quote(point))
        before = point.section
    output.print(table)


def _quote(point: Point) -> str:
    """Give the words behind a point, unless the point says them itself."""
    if point.quote is None or "“" in point.text:
        return ""
    return f"\n[dim]“{escape(point.quote.text)}”[/dim]"
