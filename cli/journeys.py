"""``throughline journeys``: which journeys there are, or one told as a timeline."""

from typing import Annotated

import typer
from sqlalchemy.orm import Session
from typer import Option

from cli.console import fail, output
from cli.open import open_database
from cli.telling import journey_table, tell
from domain.conversation import conversation_id
from domain.journey import Journey
from settings import Settings
from storage import journeys as stored
from storage.search import JourneyFilter, journey_page

app = typer.Typer(add_completion=False)


@app.command()
def journeys(
    reference: Annotated[
        str | None,
        typer.Argument(help="jny_… or a conversation as zendesk:123: tell that journey"),
    ] = None,
    intent: Annotated[str | None, Option(help="Only journeys with this main need")] = None,
    brand: Annotated[str | None, Option(help="Only journeys of this brand")] = None,
    outcome: Annotated[str | None, Option(help="Only with this outcome, e.g. escalated")] = None,
    min_effort: Annotated[float | None, Option(min=0, max=100, help="Only above")] = None,
    limit: Annotated[int, Option(min=1, max=1000)] = 20,
) -> None:
    """List journeys, the last opened first; or tell one from start to end."""
    database = open_database(Settings())
    with database.reading() as session:
        if reference is not None:
            for journey in _named(session, reference):
                tell(session, journey)
            return
        wanted = JourneyFilter.model_validate(
            {
                "intent": intent,
                "brand": brand,
                "min_effort": min_effort,
                "outcome": None if outcome is None else {"kind": outcome},
            }
        )
        page = journey_page(session, wanted, limit)
        found = stored.get_many(session, page.ids).values()
        output.print(journey_table(list(found)))
        if page.next is not None:
            output.print(f"[dim]the last {limit}; --limit shows more[/dim]")


def _named(session: Session, reference: str) -> tuple[Journey, ...]:
    journey = stored.get(session, reference)
    if journey is not None:
        return (journey,)
    source, _, source_id = reference.partition(":")
    found = stored.of_conversation(session, conversation_id(source, source_id))
    if not found:
        fail(f"there is no journey or conversation {reference}")
    return found
