"""``throughline lenses``: how journeys go, through one lens or all of them."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.markup import escape
from rich.table import Table
from typer import Option

from cli.console import fail, output, progress
from cli.days import utc
from cli.open import open_tables
from domain.base import now
from domain.conversation import Channel
from journey.lenses.files import write
from journey.lenses.lens import NAMES, Told, UnknownLensError
from journey.lenses.page import Looking, render
from journey.lenses.tell import Row
from journey.mart import Wanted
from journey.mining.page import duration, percent
from settings import Settings
from storage.database import Database
from workers import lenses as work

app = typer.Typer(add_completion=False)


@app.command()
def lenses(
    name: Annotated[
        str | None, typer.Argument(help=f"{', '.join(NAMES)}; all when not given")
    ] = None,
    since: Annotated[datetime | None, Option(help="Journeys opened from this day on, UTC")] = None,
    until: Annotated[datetime | None, Option(help="… and before this day")] = None,
    brand: Annotated[str | None, Option(help="Only journeys of this brand")] = None,
    channel: Annotated[Channel | None, Option(help="Only journeys that touched it")] = None,
    need: Annotated[str | None, Option(help="Only journeys with this need")] = None,
    stages: Annotated[
        str, Option(help="Of the funnel, in order, by comma: contact:chat,status:solved")
    ] = "",
    open_row: Annotated[
        str | None, Option("--open", metavar="KEY", help="List the journeys behind a row")
    ] = None,
    folder: Annotated[
        Path | None,
        Option("--output", metavar="DIR", help="Write lenses.html, .parquet, .csv and .json"),
    ] = None,
    limit: Annotated[int, Option(min=1, max=10_000, help="Rows of each lens")] = 10,
    json: Annotated[bool, Option("--json", help="Print it as JSON")] = False,
) -> None:
    """Tell where journeys stall, which paths go badly, and who works hardest.

    Every row opens: --open with the text in the column `key` lists its journeys. Shares carry
    95% intervals; rows with few journeys are marked. Nothing here says what caused what.
    """
    wanted = Wanted(since=utc(since), until=utc(until), brand=brand, channel=channel)
    chosen = tuple(part for part in stages.split(",") if part)
    database = open_tables(Settings())
    try:
        if open_row is not None:
            if name is None:
                fail("--open needs the lens: throughline lenses paths --open KEY")
            _list(work.opens(database, name, open_row, wanted, need, chosen), open_row)
            return
        if folder is not None:
            _write(folder, database, wanted, need)
            return
        with progress("reading journeys") as bar:
            told = work.told(database, (name,) if name else NAMES, wanted, need, chosen)
            bar.advance()
    except UnknownLensError as error:
        fail(str(error))
    if json:
        output.print_json(orjson.dumps([one.model_dump(mode="json") for one in told]).decode())
        return
    for one in told:
        _show(one, limit)
    output.print(
        "[dim]the journeys behind a row: throughline lenses LENS --open KEY; one from start "
        "to end: throughline journeys JOURNEY[/dim]",
        soft_wrap=True,
    )


def _list(ids: list[str], key: str) -> None:
    if not ids:
        fail(f"no journey stands behind {key!r}: copy the key as the table shows it")
    for id_ in ids:
        output.print(id_, markup=False)


def _write(folder: Path, database: Database, wanted: Wanted, need: str | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    told, chain, drawn = work.report(database, wanted, need)
    page = folder / "lenses.html"
    text = render(told, chain, drawn, now(), Looking(wanted, need))
    page.write_text(text, encoding="utf-8")
    held = {
        "lenses": [one.model_dump(mode="json") for one in told],
        "chain": chain and chain.model_dump(mode="json"),
    }
    (folder / "lenses.json").write_bytes(orjson.dumps(held, option=orjson.OPT_INDENT_2))
    write(told, folder)
    output.print(f"Open {page}", soft_wrap=True, markup=False)


def _show(told: Told, limit: int) -> None:
    output.rule(told.title, align="left")
    output.print(f"{told.question}\n[dim]{told.decision}[/dim]")
    beside = "" if told.overall is None else f"; of all {told.journeys:,}: {percent(told.overall)}"
    output.print(f"[dim]share = {told.asked}{beside}[/dim]")
    if not told.rows:
        output.print("no journey has one")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("key", overflow="fold")
    for head in ("journeys", "share", "95% interval", "times the usual"):
        table.add_column(head, justify="right")
    if told.measured:
        table.add_column("half at most", justify="right")
    table.add_column("")
    for row in told.rows[:limit]:
        table.add_row(*_cells(row, told))
    output.print(table)
    if len(told.rows) > limit:
        output.print(f"[dim]{len(told.rows) - limit:,} more; --limit shows them[/dim]")


def _cells(row: Row, told: Told) -> list[str]:
    share = "not known" if row.share is None else percent(row.share)
    ends = (
        "not known"
        if row.low is None or row.high is None
        else f"{percent(row.low)} to {percent(row.high)}"
    )
    cells = [escape(row.key), f"{row.journeys:,}", share, ends]
    cells.append("" if row.lift is None else f"{row.lift:.1f}")
    if told.measured:
        value = row.median
        told_as = "not known" if value is None else f"{value:.0f}"
        cells.append(
            duration(value) if value is not None and told.measured == "seconds" else told_as
        )
    return [*cells, "few" if row.few else "clear" if row.clear else ""]
