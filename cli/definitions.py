"""``throughline definitions``: what a journey is, its map, and the names of events."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.markup import escape
from rich.table import Table
from typer import Option

from cli.console import fail, output, problems
from cli.definitions_events import alias, events
from cli.definitions_show import show_map
from cli.lines import UNREADABLE
from cli.open import open_database, open_tables
from domain.base import now
from domain.conversation import Channel
from journey.definitions.definition import Definition
from journey.definitions.form import Map, Period
from journey.definitions.map import map_of
from journey.definitions.opening import Ran
from journey.definitions.page import render
from journey.definitions.read import DefinitionError, Mistake, read
from journey.mining.csvlog import MissingColumnError
from journey.mining.load import UnknownFormatError
from journey.mining.log import Keys
from settings import Settings
from storage import definitions as stored
from storage.database import Database
from workers.definitions import doubts, ran_definition, save, standing
from workers.definitions_log import FILES, exported, exported_log

BY = "cli"
app = typer.Typer(add_completion=False, help="Journeys as you define them, and their maps.")
app.command("events")(events)
app.command("alias")(alias)
What = Annotated[str, typer.Argument(metavar="ID|FILE.yaml")]
Given = Annotated[
    Path, typer.Argument(metavar="FILE.yaml", exists=True, dir_okay=False, readable=True)
]
First = Annotated[datetime | None, Option("--from", formats=["%Y-%m-%d"], help="opened from, UTC")]
Last = Annotated[datetime | None, Option("--to", formats=["%Y-%m-%d"], help="included")]
Brand = Annotated[str | None, Option(help="Only journeys of this brand")]
Touching = Annotated[Channel | None, Option(help="Only journeys that touch this channel")]
File = Annotated[Path | None, Option(dir_okay=False)]


@app.command("list")
def list_() -> None:
    """List the definitions that count: shipped ones, and own ones above them."""
    with open_database(Settings()).reading() as session:
        table = Table(box=None, pad_edge=False)
        for name in ("id", "title", "from", "stages"):
            table.add_column(name, no_wrap=name != "stages")
        for id_, one in standing(session).items():
            made = one.origin if one.number is None else f"{one.origin}, number {one.number}"
            stages = ", ".join(stage.id for stage in one.definition.stages)
            row = (id_, one.definition.title, made, stages)
            table.add_row(*map(escape, row))
        output.print(table)


@app.command()
def show(what: What) -> None:
    """Write a definition as YAML, to be changed and saved."""
    definition = _definition(open_database(Settings()), what)
    body = definition.model_dump(mode="json", exclude_none=True)
    text = yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=100)
    output.print(text, markup=False, end="", soft_wrap=True)


@app.command()
def check(file: Given) -> None:
    """Say what is wrong with a definition, by field; nothing is kept."""
    definition = _read(file)
    with open_database(Settings()).reading() as session:
        _tell(doubts(session, definition))
    output.print(
        f"{definition.id} can be used: {len(definition.stages)} stages, "
        f"{len(definition.measures)} measures, version {definition.version}"
    )


@app.command("save")
def save_(file: Given) -> None:
    """Let a definition count from now on; the version before it is kept."""
    definition = _read(file)
    database = open_database(Settings())
    with database.session() as session:
        _tell(doubts(session, definition))
        kept = save(session, definition, BY, now())
    output.print(f"{kept.id}: version {kept.version} (number {kept.number}) counts now")


@app.command()
def remove(id_: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Take an own definition away; a shipped one of the same id counts again."""
    with open_database(Settings()).session() as session:
        if not stored.take_away(session, id_, BY, now()):
            fail(f"there is no own definition {id_}")
    output.print(f"{id_} is taken away; its versions are kept")


@app.command("map")
def map_(
    what: What,
    first: First = None,
    last: Last = None,
    brand: Brand = None,
    channel: Touching = None,
    html: File = None,
    json: File = None,
) -> None:
    """Tell how journeys go through the stages: volume, mood, pain points, exits.

    Without a file it is printed. The page (--html) needs nothing else to be read, and each of its
    numbers opens to the journeys behind it.
    """
    settings = Settings()
    database = open_tables(settings)
    period = _period(settings, first, last, brand, channel)
    with ran_definition(database, _definition(database, what), period) as ran:
        _write(ran, map_of(ran), html, json)


@app.command()
def run(
    what: What,
    folder: Annotated[
        Path, Option("--output", metavar="DIR", file_okay=False, help="is made if missing")
    ],
    log: Annotated[
        Path | None,
        Option(exists=True, dir_okay=False, help="XES or CSV in the place of the database"),
    ] = None,
    case: Annotated[str | None, Option(help="of the log: field that names the case")] = None,
    activity: Annotated[str | None, Option(help="of the log: field that names the step")] = None,
    time: Annotated[str | None, Option(help="of the log: field that holds the time")] = None,
    first: First = None,
    last: Last = None,
    brand: Brand = None,
    channel: Touching = None,
) -> None:
    """Write map.html, map.json, and the journeys as XES and OCEL 2.0.

    With --log the definition is followed in an event log from elsewhere: its rules on events are
    used, by canonical names.
    """
    settings = Settings()
    database = open_tables(settings) if log is None else open_database(settings)
    found, broken = _definition(database, what), 0
    if log is None:
        period = _period(settings, first, last, brand, channel)
        with exported(database, found, period, folder) as ran:
            _write(ran, map_of(ran), folder / "map.html", folder / "map.json")
    else:
        try:
            with exported_log(log, found, Keys(case, activity, time), folder) as (ran, quality):
                _write(ran, map_of(ran), folder / "map.html", folder / "map.json")
        except (UnknownFormatError, MissingColumnError) as error:
            fail(str(error))
        broken = quality.broken
    output.print(f"and {', '.join(FILES)} in {folder}", markup=False, soft_wrap=True)
    if broken:
        problems.print(f"{broken:,} events of the log could not be used and were left out")
        raise typer.Exit(UNREADABLE)


def _write(ran: Ran, told: Map, html: Path | None, json: Path | None) -> None:
    files = {html: render(ran, told) if html else "", json: told.model_dump_json()}
    written = [path for path in files if path is not None]
    for path in written:
        try:
            path.write_text(files[path], encoding="utf-8")
        except OSError as error:
            fail(f"cannot write {path}: {error.strerror}")
    if not written:
        show_map(told)
        return
    output.print(
        f"{told.journeys.journeys:,} journeys of {told.people:,} customers: "
        + ", ".join(f"{number.journeys:,} {how}" for how, number in told.closed.items()),
        soft_wrap=True,
    )
    output.print(f"Open {', '.join(map(str, written))}", markup=False, soft_wrap=True)


def _period(
    settings: Settings,
    first: datetime | None,
    last: datetime | None,
    brand: str | None,
    channel: Channel | None,
) -> Period:
    if first and last and last < first:
        fail("--to lies before --from")
    return Period(
        first=first.date() if first else None,
        last=last.date() if last else None,
        brand=brand,
        channel=channel,
        window_hours=settings.repeat_window_hours,
    )


def _definition(database: Database, what: str) -> Definition:
    """Take a definition by its id, or read it from a file."""
    if what.endswith((".yaml", ".yml", ".json")):
        if not Path(what).is_file():
            fail(f"there is no file {what}")
        return _read(Path(what))
    with database.reading() as session:
        known = standing(session)
    if what not in known:
        fail(f"there is no definition {what}; known are {', '.join(known)}")
    return known[what].definition


def _read(file: Path) -> Definition:
    try:
        return read(file.read_text("utf-8"))
    except UnicodeDecodeError:
        fail(f"{file} is not UTF-8")
    except DefinitionError as error:
        for mistake in error.mistakes:
            problems.print(f"{file.name}: {mistake}", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None


def _tell(found: list[Mistake]) -> None:
    for mistake in found:
        problems.print(f"perhaps a typing error: {mistake}", markup=False, soft_wrap=True)
