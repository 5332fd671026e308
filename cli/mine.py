"""``throughline mine``: an event log in, its paths as tables and a page out; no database."""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import fail, output, problems
from cli.lines import UNREADABLE
from journey.mining.csvlog import MissingColumnError
from journey.mining.load import UnknownFormatError, embedded, load
from journey.mining.log import Keys, Quality
from journey.mining.mine import EmptyLogError, Mined, write_tables
from journey.mining.page import write_page

SHOWN = 10
app = typer.Typer(add_completion=False)


@app.command()
def mine(
    log: Annotated[
        Path,
        typer.Argument(
            metavar="LOG.xes[.gz]|EVENTS.csv", exists=True, dir_okay=False, readable=True
        ),
    ],
    folder: Annotated[
        Path, typer.Option("--output", metavar="DIR", file_okay=False, help="is made if missing")
    ],
    case: Annotated[str | None, typer.Option(help="field that names the case")] = None,
    activity: Annotated[
        str | None, typer.Option(help="field that names what happened; several joined by +")
    ] = None,
    time: Annotated[str | None, typer.Option(help="field that holds the time")] = None,
    memory: Annotated[str, typer.Option(help="ceiling of the engine's memory")] = "4GB",
) -> None:
    """Find the paths of a log: what follows what, how often, and the paths taken most.

    Writes dfg.csv, transitions.csv, variants.csv and report.html. Events that cannot be used are
    left out and named; the exit code is then 3.
    """
    keys = Keys(case, activity, time)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with embedded(memory) as connection:
            events, quality = load(connection, log, keys)
            mined = write_tables(connection, events, quality, folder)
    except (UnknownFormatError, MissingColumnError, EmptyLogError) as error:
        fail(str(error))
    write_page(mined, log.name, folder / "report.html")
    tell(mined, folder)
    tell_problems(quality)
    if quality.broken:
        raise typer.Exit(UNREADABLE)


def tell(mined: Mined, folder: Path) -> None:
    """Say in two lines what was found and where it lies."""
    top = mined.variants[0]
    output.print(
        f"{mined.cases:,} cases, {mined.events:,} events, {len(mined.names)} activities, "
        f"{mined.variant_count:,} paths; the most frequent covers {top.count / mined.cases:.0%}",
        soft_wrap=True,
    )
    output.print(f"Open {folder / 'report.html'}", soft_wrap=True, markup=False)


def tell_problems(quality: Quality) -> None:
    """Name the first broken events, count the rest."""
    if quality.without_zone:
        problems.print(f"{quality.without_zone:,} times name no time zone: read as UTC")
    if not quality.broken:
        return
    problems.print(f"{quality.broken:,} events could not be used and were left out:")
    for item in quality.examples[:SHOWN]:
        field = f", {item.field}" if item.field else ""
        problems.print(f"  {item.where}{field}: {item.reason}", markup=False, soft_wrap=True)
    if quality.broken > SHOWN:
        problems.print(f"  … and {quality.broken - SHOWN:,} more")
