"""``throughline analyse …``: what brings customers back, what it costs, what a change did."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import fail, output
from domain.base import Record
from domain.conversation import Channel
from journey.measures.ask import Factor
from settings import Settings
from workers import analytics
from workers.analytics import Prices, Ready

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="What brings customers back, what it costs, how well it goes, what a change did.",
)
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="in UTC")]
First = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="in UTC")]
Last = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="in UTC, included")
]
Moment = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"],
        help="look as at this moment, UTC; now by default",
    ),
]
Window = Annotated[float | None, typer.Option(help="hours, of repeat contact")]
Need = Annotated[str | None, typer.Option(help="such as refund_request")]
File = Annotated[Path | None, typer.Option(dir_okay=False)]
Csv = Annotated[Path | None, typer.Option("--csv", dir_okay=False)]


@dataclass(frozen=True)
class Files:
    """Where a result goes; to the terminal where none is given."""

    json: Path | None
    csv: Path | None
    parquet: Path | None
    html: Path | None

    def write(
        self,
        found: Record,
        rows: Sequence[dict[str, Any]],
        page: Callable[[], str],
    ) -> bool:
        """Write what was asked for; say whether anything was."""
        from cli.analyse_files import write_rows  # after --help

        if self.json is not None:
            _text(self.json, found.model_dump_json(indent=1))
        if self.csv is not None or self.parquet is not None:
            write_rows(rows, self.csv, self.parquet)
        if self.html is not None:
            _text(self.html, page())
        written = [p for p in (self.json, self.csv, self.parquet, self.html) if p is not None]
        for path in written:
            output.print(f"Wrote {path}", soft_wrap=True, markup=False)
        return bool(written)


@app.command()
def drivers(
    first: First = None,
    last: Last = None,
    channel: Channel | None = None,
    brand: str | None = None,
    window: Window = None,
    as_of: Moment = None,
    json: File = None,
    csv: Csv = None,
    parquet: File = None,
    html: File = None,
) -> None:
    """Which needs, channels, times and themes carry the repeat contacts: what to look at first.

    Without a period, the 26 weeks up to the latest contact.
    """
    from cli import analyse_files, analyse_show
    from journey.drivers.page import drivers_page

    asked = {"channel": channel, "brand": brand}
    with _ready(first, last, window, as_of, asked) as given:
        found = analytics.drivers(given)
        files = Files(json, csv, parquet, html)
        page = lambda: drivers_page(found, given.recent())  # noqa: E731 - only when asked for
        if not files.write(found, analyse_files.driver_lines(found), page):
            analyse_show.drivers(found)


@app.command()
def avoidable(
    first: First = None,
    last: Last = None,
    brand: str | None = None,
    window: Window = None,
    as_of: Moment = None,
    json: File = None,
    csv: Csv = None,
    parquet: File = None,
    html: File = None,
) -> None:
    """Which needs on which channels cost most, what could be saved, and who can decide.

    What a contact costs by channel is THROUGHLINE_CONTACT_COSTS, as JSON.
    """
    from cli import analyse_files, analyse_show
    from journey.drivers.page import avoidable_page

    with _ready(first, last, window, as_of, {"brand": brand}) as given:
        found = analytics.avoidable(given)
        files = Files(json, csv, parquet, html)
        page = lambda: avoidable_page(found, given.recent())  # noqa: E731 - only when asked for
        if not files.write(found, analyse_files.avoidable_lines(found), page):
            analyse_show.avoidable(found)


@app.command()
def kpis(
    first: First = None,
    last: Last = None,
    cut: Annotated[Factor | None, typer.Option(help="tell the figures of each part")] = None,
    channel: Channel | None = None,
    brand: str | None = None,
    need: Need = None,
    definition: Annotated[
        str | None,
        typer.Option(help="journey definition, for --cut stage, such as refund_return"),
    ] = None,
    window: Window = None,
    as_of: Moment = None,
    start: Annotated[
        list[str] | None, typer.Option(help="event that starts the way to value")
    ] = None,
    value: Annotated[list[str] | None, typer.Option(help="event that is the value")] = None,
    leave: Annotated[list[str] | None, typer.Option(help="event by which people leave")] = None,
    json: File = None,
    csv: Csv = None,
    parquet: File = None,
    html: File = None,
) -> None:
    """How well it goes: first-contact resolution, repeats, time, effort, satisfaction, cost."""
    from cli import analyse_files, analyse_show
    from journey.kpis.page import kpis_page

    if cut is Factor.STAGE and definition is None:
        fail("--cut stage needs --definition, such as refund_return")
    asked = {"channel": channel, "brand": brand, "need": need, "definition": definition}
    clocks = {
        "time_to_value": (start or [], value or []),
        "retention": (start or [], leave or []),
    }
    with _ready(first, last, window, as_of, asked) as given:
        found = analytics.kpis(given, cut, clocks)
        files = Files(json, csv, parquet, html)
        page = lambda: kpis_page(found, given.recent())  # noqa: E731 - only when asked for
        if not files.write(found, analyse_files.kpi_lines(found), page):
            analyse_show.kpis(found)


@app.command("before-after")
def before_after(
    day: Annotated[
        datetime, typer.Argument(formats=["%Y-%m-%d"], help="the first day after the change, UTC")
    ],
    days: Annotated[int, typer.Option(min=7, max=366, help="of each side")] = 28,
    channel: Channel | None = None,
    brand: str | None = None,
    need: Need = None,
    window: Window = None,
    as_of: Moment = None,
    json: File = None,
    csv: Csv = None,
    parquet: File = None,
    html: File = None,
) -> None:
    """Did a change make a difference: the repeat rate before and after a day.

    Name what the change touched by --need, --channel or --brand: all other contacts are then the
    control.
    """
    from cli import analyse_files, analyse_show
    from journey.change.page import change_page

    asked = {"channel": channel, "brand": brand, "need": need}
    with _ready(None, None, window, as_of, asked, whole=True) as given:
        found = analytics.compared(given, day.date(), days)
        files = Files(json, csv, parquet, html)
        page = lambda: change_page(found, given.around(found))  # noqa: E731 - only when asked for
        if not files.write(found, analyse_files.change_lines(found), page):
            analyse_show.before_after(found)


@contextmanager
def _ready(
    first: datetime | None,
    last: datetime | None,
    window: float | None,
    as_of: datetime | None,
    asked: dict[str, str | None],
    *,
    whole: bool = False,
) -> Iterator[Ready]:
    from cli.open import open_tables  # after --help

    settings = Settings()
    database = open_tables(settings)
    usual = analytics.latest_period(database)
    if usual is None:
        fail("there are no conversations yet: run `throughline ingest`", code=1)
    hours = window or settings.repeat_window_hours
    if hours not in analytics.windows(database):
        told = ", ".join(f"{kept:g}" for kept in analytics.windows(database))
        fail(f"repeat contact is kept for windows of {told} hours")
    fields: dict[str, object] = {"window_hours": hours, "silence_hours": settings.silence_hours}
    fields |= {name: value for name, value in asked.items() if value is not None}
    if as_of is not None:
        fields["as_of"] = as_of.replace(tzinfo=UTC)
    if not whole:
        fields |= _period(first, last, usual)
    prices = Prices(settings.currency, settings.contact_costs)
    try:
        with analytics.ready(
            database, analytics.asked(None, **fields), prices, whole=whole
        ) as given:
            yield given
    except analytics.UnknownDefinitionError as error:
        fail(f"there is no journey definition {error}: see `throughline definitions`")
    finally:
        database.dispose()


def _period(first: datetime | None, last: datetime | None, usual: Any) -> dict[str, object]:  # noqa: ANN401
    end = last.date() if last else usual.last
    start = first.date() if first else end - (usual.last - usual.first)
    if end < start:
        fail("--to lies before --from")
    return {"first": start, "last": end}


def _text(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror}")
