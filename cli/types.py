"""``throughline types``: which kinds of journeys there are."""

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.markup import escape
from rich.table import Table
from typer import Option

from cli.console import fail, output, progress
from cli.open import open_tables
from domain.base import now
from journey.mining.page import percent
from journey.types.choose import TooFewJourneysError
from journey.types.page import render, write
from journey.types.tell import TypesTold
from settings import Settings
from workers import journey_models as work
from workers.policy import policy_of

app = typer.Typer(add_completion=False)


@app.command()
def types(
    fit: Annotated[
        bool, Option("--fit", help="Find the types anew, and learn the next step")
    ] = False,
    open_type: Annotated[
        int | None, Option("--open", metavar="NUMBER", help="List the journeys of a type")
    ] = None,
    folder: Annotated[
        Path | None,
        Option("--output", metavar="DIR", help="Write types.html, .parquet, .csv, .json"),
    ] = None,
    json: Annotated[bool, Option("--json", help="Print it as JSON")] = False,
) -> None:
    """Tell which kinds of journeys there are, what sets each apart, and how the mix drifts.

    Three ways to find types are compared; the one that finds the same types in other halves of
    the journeys is taken. New journeys are sorted into the types that were found last.
    """
    settings = Settings()
    database = open_tables(settings)
    try:
        if fit:
            with progress("comparing ways to find types") as bar:
                learned = work.fit(database, now(), policy_of(settings).silence, bar.at)
            output.print(f"[dim]next step learned from {learned:,} journeys that ended[/dim]")
        told = None if open_type is not None else work.types(database)
    except TooFewJourneysError as error:
        fail(str(error))
    if open_type is not None:
        _list(work.of_type(database, open_type), open_type)
        return
    if told is None:
        fail("no types were looked for yet: throughline types --fit")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "types.html").write_text(render(told, now()), encoding="utf-8")
        write(told, folder)
        output.print(f"Open {folder / 'types.html'}", soft_wrap=True, markup=False)
    elif json:
        output.print_json(orjson.dumps(told.model_dump(mode="json")).decode())
    else:
        _show(told)


def _list(ids: list[str] | None, number: int) -> None:
    if ids is None:
        fail("no types were looked for yet: throughline types --fit")
    if not ids:
        fail(f"there is no journey of type {number}")
    for id_ in ids:
        output.print(id_, markup=False)


def _show(told: TypesTold) -> None:
    sure = "" if told.stable else "; not stable: take them as a sketch"
    output.print(
        f"{len(told.kinds)} types of {told.journeys:,} journeys, found by {told.method}; "
        f"halves of the data agree {told.agreement:.2f} of 1{sure}",
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False)
    for name in ("type", "what sets it apart"):
        table.add_column(name, overflow="fold")
    for name in ("journeys", "share", "contacts", "effort"):
        table.add_column(name, justify="right")
    for one in told.kinds:
        table.add_row(
            str(one.number), escape(one.name), f"{one.journeys:,}", percent(one.share),
            f"{one.contacts:.1f}", f"{one.effort:.0f}",
        )  # fmt: skip
    output.print(table)
    if told.drift is not None:
        output.print(f"older against newer half: {told.drift.words}")
