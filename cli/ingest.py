"""``throughline ingest``: exports into the database, with a report on their quality."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.table import Table
from typer import Option

from cli.console import fail, output, problems, progress
from cli.work import hint_workers, work_off
from domain.conversation import Channel, Role
from ingest.formats import names
from ingest.options import ReadOptions
from ingest.report import ImportReport
from settings import Settings
from storage.database import Database
from workers.intake import import_paths

app = typer.Typer(add_completion=False)
SHOWN = 20


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders; .gz too")],
    format: Annotated[  # noqa: A002 - the word people type
        str, Option(help=f"auto, or one of {', '.join(names())}")
    ] = "auto",
    timezone: Annotated[str, Option(help="Zone of times that name none")] = "UTC",
    map: Annotated[  # noqa: A002 - the word people type
        list[str] | None, Option(metavar="FIELD=COLUMN", help="CSV: which column holds a field")
    ] = None,
    source: Annotated[str | None, Option(help="Name of the source, for files without one")] = None,
    channel: Annotated[Channel | None, Option(help="Channel, for files without one")] = None,
    brand: Annotated[str | None, Option(help="Brand, for records without one")] = None,
    day_first: Annotated[
        bool | None, Option(help="Read 03/04/2026 as 3 April, or as March 4; refused if not said")
    ] = None,
    started_at: Annotated[
        datetime | None, Option(help="Start of calls whose file does not tell it")
    ] = None,
    speaker: Annotated[
        list[str] | None, Option(metavar="VOICE=ROLE", help="Calls: who is SPEAKER_00, say agent")
    ] = None,
    tag: Annotated[bool, Option(help="Tag at once; --no-tag leaves it to the workers")] = True,
    json: Annotated[bool, Option("--json", help="Print the report as JSON")] = False,
) -> None:
    """Read conversations and events; good records go in, bad ones are named with the reason.

    The exit code is 3 when a record was rejected. Reading the same file again changes nothing.
    """
    from cli.open import open_database  # the models load only if something is to be tagged

    settings = Settings()
    options = ReadOptions(
        format=_known(format),
        timezone=_zone(timezone),
        mapping=_mapping(map or []),
        source=source,
        channel=channel,
        brand=brand,
        day_first=day_first,
        started_at=None if started_at is None else started_at.replace(tzinfo=_zone(timezone)),
        speakers=_speakers(speaker or []),
    )
    missing = [path for path in paths if not path.exists()]
    if missing:
        fail(f"there is no file or folder {missing[0]}")
    database = open_database(settings)
    report = read_in(database, paths, options)
    if json:
        output.print_json(data=report.to_dict())
    else:
        show_report(report)
    if not settings.embedded:
        hint_workers(settings)
    elif tag:
        work_off(settings, database)
    database.dispose()
    if report.rejected:
        raise typer.Exit(3)


def read_in(database: Database, paths: list[Path], options: ReadOptions) -> ImportReport:
    """Import paths under a progress bar."""
    with progress("reading") as bar:
        return import_paths(database, paths, options, lambda report: bar.at(report.read))


def show_report(report: ImportReport) -> None:
    """Print the quality report as a table, and what was refused as lines."""
    table = Table(title="Import quality", title_justify="left", box=None, pad_edge=False)
    table.add_column("group", style="dim")
    table.add_column("what")
    table.add_column("count", justify="right")
    before = ""
    for group, name, count in report.rows():
        table.add_row("" if group == before else group, name.replace("_", " "), f"{count:,}")
        before = group
    output.print(table)
    for rejection in report.rejections[:SHOWN]:
        field = f" {rejection.field}:" if rejection.field else ""
        verb = "left out" if rejection.skipped else "rejected"
        line = f"{verb} {rejection.where}:{field} {rejection.reason}"
        problems.print(line, markup=False, soft_wrap=True)
    hidden = report.rejected + report.skipped - SHOWN
    if hidden > 0:
        problems.print(f"… and {hidden:,} more; --json lists up to 200 with counts by reason")


def _known(name: str) -> str:
    if name != "auto" and name not in names():
        fail(f"there is no format {name!r}; known are auto, {', '.join(names())}")
    return name


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        fail(f"there is no time zone {name!r}; write it as in Europe/Berlin")


def _mapping(pairs: list[str]) -> Mapping[str, str]:
    return dict(_pair(pair, "--map", "text=message_body") for pair in pairs)


def _speakers(pairs: list[str]) -> Mapping[str, Role]:
    split = dict(_pair(pair, "--speaker", "SPEAKER_00=agent") for pair in pairs)
    try:
        return {voice: Role(role) for voice, role in split.items()}
    except ValueError:
        fail(f"--speaker: a role is one of {', '.join(Role)}")


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        fail(f"{option} is written NAME=VALUE, such as {option} {example}")
    return name, value
