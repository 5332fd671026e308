"""``throughline demo``: the main job on the sample, and what came out of it."""

from pathlib import Path

import typer
from rich.table import Table

from cli import analyse_show
from cli.console import output
from cli.ingest import read_in, show_report
from cli.open import open_database
from cli.telling import journey_table, tell, words
from cli.work import work_off
from domain.outcome import OutcomeKind
from ingest.options import ReadOptions
from settings import Settings
from storage.database import Database
from storage.outcomes import OutcomeCount
from storage.summary import LabelCount, Summary, summarise
from workers import analytics
from workers.analytics import Prices

app = typer.Typer(add_completion=False)
EXPORTS = Path(__file__).parent.parent / "samples" / "exports"
SHOWN = 12


@app.command()
def demo() -> None:
    """Ingest the sample exports, tag them, build journeys, and tell what came out.

    A second run finds everything there and changes nothing.
    """
    settings = Settings()
    database = open_database(settings)
    show_report(read_in(database, [EXPORTS], ReadOptions()))
    work_off(settings, database)
    with database.reading() as session:
        summary = summarise(session)
        show_summary(summary, settings.repeat_window_hours)
    show_avoidable(settings, database)
    with database.reading() as session:
        output.rule("One journey, from start to end", align="left")
        if summary.most_effort:
            tell(session, summary.most_effort[0])
    database.dispose()
    output.rule("Go on", align="left")
    output.print(
        "the API, described on http://127.0.0.1:8000/docs:  make serve\n"
        "what brings customers back, and what it costs:  .venv/bin/throughline analyse avoidable\n"
        "more journeys:  .venv/bin/throughline journeys --outcome escalated\n"
        "what an agent needs to know:  .venv/bin/throughline context phone:+441134960112",
        soft_wrap=True,
    )


def show_avoidable(settings: Settings, database: Database) -> None:
    """Print which needs on which channels cost most, and who can decide."""
    period = analytics.latest_period(database)
    if period is None:
        return
    fields = {"window_hours": settings.repeat_window_hours}
    ask = analytics.asked(period, silence_hours=settings.silence_hours, **fields)
    prices = Prices(settings.currency, settings.contact_costs)
    with analytics.ready(database, ask, prices) as given:
        analyse_show.avoidable(analytics.avoidable(given))


def show_summary(summary: Summary, window_hours: float) -> None:
    """Print how much there is, what is asked for, in what mood, and how often again."""
    totals = summary.totals
    output.rule("What is there", align="left")
    output.print(
        f"{totals.conversations:,} conversations with {totals.turns:,} turns and "
        f"{totals.events:,} other events, of {totals.identities:,} identities, "
        f"make {totals.journeys:,} journeys."
    )
    output.print(_bars("intent", summary.intents[:SHOWN], totals.conversations))
    output.print(_bars("mood of the customer", summary.sentiments, totals.conversations))
    output.rule("How often they had to ask again", align="left")
    for count in summary.outcomes:
        if count.kind is OutcomeKind.REPEAT_CONTACT:
            output.print(repeat_line(count, is_main=count.window_hours == window_hours))
    output.rule("The most effort for the customer", align="left")
    output.print(journey_table(summary.most_effort))


def repeat_line(count: OutcomeCount, *, is_main: bool) -> str:
    """Say the share of contacts that were followed by another about the same issue."""
    known = count.yes + count.no
    share = f"{count.yes / known:6.1%}" if known else "   n/a"
    line = (
        f"within {count.window_hours or 0:3.0f} h: {share} of {known:,} contacts came back "
        f"about the same issue ({count.open:,} still open)"
    )
    return f"[bold]{line}[/bold]" if is_main else line


def _bars(title: str, counts: tuple[LabelCount, ...], total: int) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(title, min_width=24)
    table.add_column("conversations", justify="right")
    table.add_column("share", justify="right")
    table.add_column("")
    most = max((count.conversations for count in counts), default=1)
    for count in counts:
        bar = "█" * round(30 * count.conversations / most)
        share = f"{count.conversations / total:.0%}"
        table.add_row(words(count.label), f"{count.conversations:,}", share, f"[cyan]{bar}[/cyan]")
    return table
