"""``throughline themes report`` and ``changes``: what is asked, what came of it, what changed."""

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from sqlalchemy.orm import Session

from cli.console import fail, output
from cli.open import open_database
from domain.conversation import Channel
from domain.theme_figures import MEANS, SHARES, Cut, Period, Scope
from settings import Settings
from themes.changes import Changes
from themes.page import LISTED, page
from themes.page_words import HEADS, events, percent, since, value
from themes.report_form import Figure, Mark, Report
from workers.theme_report import (
    Asked,
    NoThemesError,
    UnknownWindowError,
    changed,
    latest_period,
    listed,
    names,
    reported,
)

First = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="in UTC")]
Last = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="in UTC, included")
]
File = Annotated[Path | None, typer.Option(dir_okay=False)]
COLUMNS = (
    "theme_id", "theme", "parent_id", "cut", "part", "measure", "value", "low", "high",
    "known", "yes", "open", "elsewhere", "p", "mark", "opens",
)  # fmt: skip
SHOWN = 20
_SIGNS: dict[Mark | None, str] = {Mark.HIGHER: "▲", Mark.LOWER: "▼"}


def report(
    first: First = None,
    last: Last = None,
    cut: Annotated[Cut | None, typer.Option(help="Tell each theme's parts by this")] = None,
    channel: Channel | None = None,
    brand: str | None = None,
    window: Annotated[float | None, typer.Option(help="Hours, of repeat contact")] = None,
    json: File = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", dir_okay=False)] = None,
    html: File = None,
) -> None:
    """Report themes of a period; without one, of the 28 days up to the latest contact.

    Without a file it is printed. The page (--html) needs nothing else to be read and opens every
    number to its contacts; in JSON and CSV each number has an address of the API.
    """
    settings = Settings()
    database = open_database(settings)
    with database.reading() as session:
        scope = _scope(session, first, last, channel, brand, window or settings.repeat_window_hours)
        try:
            found = reported(session, Asked(scope=scope, cut=cut))
        except NoThemesError:
            fail("there are no themes yet: run `throughline themes refit`", code=1)
        except UnknownWindowError as error:
            fail(str(error))
        if json is not None:
            _write(json, found.model_dump_json(indent=1))
        if csv_file is not None:
            _write(csv_file, table(found))
        if html is not None:
            _write(html, page(found, names(session), listed(session, found, LISTED)))
    if json is None and csv_file is None and html is None:
        _show(found)
    database.dispose()


def changes(
    first: First = None,
    last: Last = None,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON")] = False,
) -> None:
    """Tell which themes have unusually many or few contacts, and what came before."""
    settings = Settings()
    database = open_database(settings)
    with database.reading() as session:
        scope = _scope(session, first, last, None, None, settings.repeat_window_hours)
        try:
            found = changed(session, Asked(scope=scope))
        except NoThemesError:
            fail("there are no themes yet: run `throughline themes refit`", code=1)
    if json:
        output.print_json(found.model_dump_json())
    else:
        _show_changes(found)
    database.dispose()


def table(found: Report) -> str:
    """Write a report as CSV, one line a theme, part and measure."""
    sink = io.StringIO()
    lines = csv.writer(sink)
    lines.writerow(COLUMNS)
    for figure in found.figures:
        lines.writerow(["", "all contacts", "", "", "", *_cells(figure)])
    for row in found.rows:
        name = [row.theme_id, _plain(row.label), row.parent_id or ""]
        share, path = row.share, row.opens["contacts"]
        size = ["contacts", share.value, share.low, share.high, found.contacts, row.contacts]
        lines.writerow([*name, "", "", *size, "", "", "", "", path])
        lines.writerows([*name, "", "", *_cells(figure)] for figure in row.figures)
        for part in row.parts:
            at = [*name, part.cut, _plain(part.value or "")]
            size = ["contacts", part.share, "", "", row.contacts, part.contacts]
            lines.writerow([*at, *size, "", "", "", "", part.opens])
            lines.writerows([*at, *_cells(figure)] for figure in part.figures)
    return sink.getvalue()


def _cells(figure: Figure) -> list[object]:
    e, mark = figure.estimate, figure.mark or ""
    told = [figure.measure, e.value, e.low, e.high, figure.known, figure.yes, figure.open]
    return [*told, figure.elsewhere, figure.p, mark, figure.opens["known"]]


def _plain(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _scope(
    session: Session,
    first: datetime | None,
    last: datetime | None,
    channel: Channel | None,
    brand: str | None,
    window_hours: float,
) -> Scope:
    usual = latest_period(session)
    if usual is None:
        fail("there are no conversations yet: run `throughline ingest`", code=1)
    end = last.date() if last else usual.last
    start = first.date() if first else Period(first=end, last=end).before(usual.days - 1).first
    if end < start:
        fail("--to lies before --from")
    period = Period(first=start, last=end)
    return Scope(period=period, channel=channel, brand=brand, window_hours=window_hours)


def _show(found: Report) -> None:
    period = found.scope.period
    output.rule(f"Themes, {period.first} to {period.last}", align="left")
    shown = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    heads = ("contacts", *(HEADS[m].lower() for m in (*SHARES, *MEANS)))
    left = output.width - sum(len(head) + 1 for head in heads) - 1
    shown.add_column("theme", max_width=max(left, 12), no_wrap=True)
    for head in heads:
        shown.add_column(head, justify="right", no_wrap=True)
    for row in found.rows[:SHOWN]:
        name = f"  {row.label}" if row.parent_id else row.label
        trend = _SIGNS.get(row.trend.mark, " ")
        cells = [value(f, f.estimate.value) + _SIGNS.get(f.mark, " ") for f in row.figures]
        shown.add_row(escape(name), f"{row.contacts:,}{trend}", *cells)
    output.print(shown)
    if len(found.rows) > SHOWN:
        output.print(f"and {len(found.rows) - SHOWN} more: --html, --csv or --json FILE")
    stands = ", ".join(
        f"{s.standing} {percent(s.contacts / found.contacts)}"
        for s in found.standings
        if found.contacts
    )
    output.print(
        f"{found.contacts:,} contacts ({stands}). ▲ higher, ▼ lower than elsewhere, and contacts "
        f"growing or shrinking, beyond chance: {found.marked} of {found.compared} comparisons. "
        "The page opens every number: --html FILE"
    )
    _show_changes(found.changes)


def _show_changes(found: Changes) -> None:
    output.rule("What changed", align="left")
    if found.past is None:
        output.print(
            "fewer than four weeks of contacts before: nothing can be said of what is usual"
        )
        return
    for shift in found.shifts:
        output.print(
            f"[bold]{escape(shift.label)}[/bold] {shift.way}: {shift.contacts:,} contacts where "
            f"{shift.low:.0f} to {shift.high:.0f} would be usual; most likely began {since(shift)}",
        )
        if shift.before:
            told = f"came before, which does not make it the cause: {events(shift.before)}"
            output.print(Padding(escape(told), (0, 0, 0, 2), expand=False))
    if not found.shifts:
        output.print(f"no theme of {found.tested} has unusually many or few contacts")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror}")
