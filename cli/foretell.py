"""``throughline foretell``: what comes next in open journeys, or in the open cases of a log."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.markup import escape
from rich.table import Table
from typer import Option

from cli.console import fail, output, problems, progress
from cli.days import utc
from cli.lines import UNREADABLE
from cli.mine import tell_problems
from cli.open import open_tables
from domain.base import now
from domain.conversation import Channel
from journey.lenses.page import Looking
from journey.mart import Wanted
from journey.mining import opencases
from journey.mining.csvlog import MissingColumnError
from journey.mining.foretold import Foretold, OpenCase, TooFewEndedError, learn
from journey.mining.foretold_page import render, write
from journey.mining.load import UnknownFormatError
from journey.mining.log import Keys, Quality
from journey.mining.opencases import ForetoldLog
from journey.mining.page import duration, percent
from settings import Settings
from storage.database import Database
from workers import journey_models as work
from workers.policy import policy_of

OF_LOG, OF_JOURNEYS = "Of a log", "Of journeys"
OPENS = "A journey opens by: throughline journeys ID"
Day = datetime | None
app = typer.Typer(add_completion=False)


@app.command()
def foretell(
    log: Annotated[
        Path | None,
        typer.Argument(
            metavar="[LOG.xes[.gz]|EVENTS.csv|EVENTS.parquet]",
            exists=True,
            dir_okay=False,
            help="an event log; without one: the journeys of the database",
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        Option("--output", metavar="DIR", help="Write foretold.html, .csv and .json"),
    ] = None,
    limit: Annotated[int, Option(min=1, max=10_000, help="Rows that are printed")] = 20,
    json: Annotated[bool, Option("--json", help="Print it as JSON")] = False,
    fit: Annotated[
        bool, Option("--fit", help="Learn anew before", rich_help_panel=OF_JOURNEYS)
    ] = False,
    since: Annotated[
        Day, Option(help="Opened from this day on, UTC", rich_help_panel=OF_JOURNEYS)
    ] = None,
    until: Annotated[Day, Option(help="… and before", rich_help_panel=OF_JOURNEYS)] = None,
    brand: Annotated[str | None, Option(rich_help_panel=OF_JOURNEYS)] = None,
    channel: Annotated[
        Channel | None, Option(help="That touched it", rich_help_panel=OF_JOURNEYS)
    ] = None,
    need: Annotated[str | None, Option(help="With it", rich_help_panel=OF_JOURNEYS)] = None,
    case: Annotated[
        str | None, Option(help="Field that names the case", rich_help_panel=OF_LOG)
    ] = None,
    activity: Annotated[
        str | None, Option(help="Field of what happened; joined by +", rich_help_panel=OF_LOG)
    ] = None,
    time: Annotated[
        str | None, Option(help="Field that holds the time", rich_help_panel=OF_LOG)
    ] = None,
    field: Annotated[
        list[str] | None, Option(help="Field to learn from, too", rich_help_panel=OF_LOG)
    ] = None,
    ends: Annotated[
        list[str] | None, Option(help="Activity that ends a case", rich_help_panel=OF_LOG)
    ] = None,
    quiet_days: Annotated[
        float | None, Option(min=0.0, help="Silence that ends a case", rich_help_panel=OF_LOG)
    ] = None,
    as_of: Annotated[
        Day, Option(help="Stand at this time, UTC; forget what came later", rich_help_panel=OF_LOG)
    ] = None,
) -> None:
    """Tell what comes next in what is open, how surely, and how much time is left.

    Several methods are tried on the past, from a Markov chain to gradient boosting together with
    what followed lately; the one that suits the data is used, and what it is worth is printed.
    """
    of_journeys = {"fit": fit or None, "since": since, "until": until, "brand": brand,
                   "channel": channel, "need": need}  # fmt: skip
    of_log = {"case": case, "activity": activity, "time": time, "field": field or None,
              "ends": ends or None, "quiet-days": quiet_days, "as-of": as_of}  # fmt: skip
    if log is None:
        _refuse(of_log, "only of an event log: name one")
    else:
        _refuse(of_journeys, "only of the journeys of the database: leave it out, or the log")
    if log is not None:
        silence = None if quiet_days is None else timedelta(days=quiet_days)
        keys, fields = Keys(case, activity, time), tuple(field or ())
        told, scope, quality = _of_log(log, keys, fields, tuple(ends or ()), silence, utc(as_of))
        _give(told, "case", scope, "", folder, json=json, limit=limit)
        tell_problems(quality)
        if quality.broken:
            raise typer.Exit(UNREADABLE)
        return
    wanted = Wanted(since=utc(since), until=utc(until), brand=brand, channel=channel)
    settings = Settings()
    database = open_tables(settings)
    if fit:
        _learn(database, policy_of(settings).silence)
    found = _of_journeys(database, wanted, need)
    words = Looking(wanted, need).words
    _give(found, "journey", words, OPENS, folder, json=json, limit=limit, fitted_at=found.fitted_at)


def _refuse(options: Mapping[str, object], why: str) -> None:
    """Fail at the first option that was given where it means nothing."""
    for name, value in options.items():
        if value is not None:
            fail(f"--{name} is {why}")


def _of_log(
    path: Path,
    keys: Keys,
    fields: tuple[str, ...],
    ends: tuple[str, ...],
    quiet: timedelta | None,
    as_of: Day,
) -> tuple[ForetoldLog, str, Quality]:
    try:
        with progress("learning what comes next"):
            held, quality = opencases.read(path, keys, fields)
            if not held:
                fail("no event could be used")
            stands = opencases.standing(held, ends, quiet, as_of)
            learned = learn(stands.cases, fields)
    except (UnknownFormatError, MissingColumnError, TooFewEndedError) as error:
        fail(str(error))
    quiet_s = stands.quiet.total_seconds()
    rule = " or ".join(filter(None, [", ".join(stands.ends), f"{duration(quiet_s)} of silence"]))
    scope = f" of {path.name} as of {stands.as_of:%Y-%m-%d %H:%M} (ended by {rule})"
    told = learned.foretell([[one for one in stands.cases if not one.ended]], str)
    ruled = ForetoldLog(**dict(told), as_of=stands.as_of, ends=stands.ends, quiet_s=quiet_s)
    return ruled, scope, quality


def _learn(database: Database, silence: timedelta) -> None:
    try:
        with progress("learning what comes next"):
            work.fit_next_step(database, now(), silence)
    except TooFewEndedError as error:
        fail(str(error))


def _of_journeys(database: Database, wanted: Wanted, need: str | None) -> work.ForetoldOpen:
    told = work.foretold_open(database, wanted, need)
    if told is None:
        fail("what comes next was not learned yet: throughline foretell --fit")
    return told


def _give(
    told: Foretold,
    case: str,
    scope: str,
    opens: str,
    folder: Path | None,
    *,
    json: bool,
    limit: int,
    fitted_at: datetime | None = None,
) -> None:
    """Print it, or write it into a folder."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        page = folder / "foretold.html"
        text = render(told, now(), case, scope, opens, fitted_at=fitted_at)
        page.write_text(text, encoding="utf-8")
        write(told, folder)
        output.print(f"Open {page}", soft_wrap=True, markup=False)
    elif json:
        output.print_json(orjson.dumps(told.model_dump(mode="json")).decode())
    else:
        problems.print(f"Open {case}s: {told.open:,}{scope}", soft_wrap=True, markup=False)
        if told.left_out:
            problems.print(f"of {told.left_out:,} nothing can be told: no step of theirs is known")
        if fitted_at is not None:
            problems.print(f"learned on {fitted_at:%Y-%m-%d %H:%M} UTC; --fit learns anew")
        _show(told, limit)


def _show(told: Foretold, limit: int) -> None:
    ways = Table(box=None, pad_edge=False)
    ways.add_column("method", overflow="fold")
    for head in ("right", "95% interval", "calibration error", "time left is off by"):
        ways.add_column(head, justify="right")
    for one in told.measured:
        used = "  (method used)" if one.chosen else ""
        left = "not known" if one.left_error_s is None else duration(one.left_error_s)
        between = f"{percent(one.low)} to {percent(one.high)}"
        ways.add_row(one.label + used, percent(one.accuracy), between, f"{one.ece:.3f}", left)
    if told.measured:
        output.print(ways)
    else:
        output.print(f"by {told.label}; too few have ended to measure it: take it as a hint")
    table = Table(box=None, pad_edge=False)
    for head in ("open", "now at", "next", "simple comparison says"):
        table.add_column(head, overflow="fold")
    table.add_column("time left from this step on", justify="right")
    table.add_column("")
    for row in told.rows[:limit]:
        table.add_row(*_cells(row))
    output.print(table)
    if len(told.rows) > limit:
        output.print(f"[dim]{len(told.rows) - limit:,} more; --limit shows them[/dim]")


def _cells(row: OpenCase) -> list[str]:
    first, markov, left = row.next.steps[0], row.next.markov, row.next.left_s
    return [
        escape(row.id),
        escape(row.label),
        escape(f"{first.label} ({percent(first.probability)})"),
        escape(f"{markov.label} ({percent(markov.probability)})"),
        "not known" if left is None else duration(left),
        "few" if row.next.few else "",
    ]
