"""``throughline definitions events`` and ``alias``: names of events, and what a person says."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from typer import Option

from cli.console import fail, output
from cli.open import open_database, open_tables
from settings import Settings
from storage import event_aliases
from storage.event_aliases import AliasError
from workers.event_names import RegistryReport, report, say

BY = "cli"
SHOWN = 30
Alias = Annotated[str, typer.Argument(metavar="ALIAS")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="the canonical one")]


def events(
    json: Annotated[bool, Option("--json", help="Print all of it as JSON")] = False,
) -> None:
    """Tell which event names are unknown or drift, and which may mean the same.

    Nothing is renamed before you confirm it with `throughline definitions alias ALIAS NAME`.
    """
    found = report(open_tables(Settings()))
    if json:
        output.print_json(found.model_dump_json())
    else:
        _show(found)


def alias(
    alias_: Alias,
    name: Name,
    different: Annotated[bool, Option("--different", help="They do not mean the same")] = False,
    undo: Annotated[bool, Option("--undo", help="Take the word back")] = False,
) -> None:
    """Say that two names of events mean the same, from now on and back to the beginning.

    Stored events stay as they are: names are read through your word, which can be taken back.
    """
    database = open_database(Settings())
    with database.session() as session:
        if undo:
            if not event_aliases.take_back(session, alias_, name):
                fail(f"nobody said anything of {alias_} and {name}")
            output.print(f"{alias_} and {name}: taken back", markup=False)
            return
        try:
            say(session, alias_, name, BY, same=not different)
        except AliasError as error:
            fail(str(error))
    told = "differ" if different else f"mean the same: both are read as {name}"
    output.print(f"{alias_} and {name} {told}", markup=False, soft_wrap=True)


def _show(found: RegistryReport) -> None:
    output.rule("Names that were seen", align="left")
    table = Table(box=None, pad_edge=False)
    for name in ("name", "events", "spellings", "last seen", "where", "tells"):
        right = name in ("events", "spellings")
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for one in found.names[:SHOWN]:
        tells = ", ".join(one.marks).replace("_", " ") if one.known else "[yellow]unknown[/yellow]"
        table.add_row(
            escape(one.name),
            f"{one.events:,}",
            f"{len({s.raw_name or s.name for s in one.spellings}):,}",
            f"{one.last_at:%Y-%m-%d}",
            one.channel or "",
            tells,
        )
    output.print(table)
    if len(found.names) > SHOWN:
        output.print(f"and {len(found.names) - SHOWN} more: --json")
    output.print(
        f"{found.unknown} of {len(found.names)} names are not in the registry; --json lists how "
        "sources spell each, and examples",
        soft_wrap=True,
    )
    output.rule("May mean the same", align="left")
    for pair in found.suggestions:
        place = "" if pair.by_place is None else f", place {pair.by_place:.0%}"
        output.print(
            f"{pair.alias} ({pair.alias_events:,}) as {pair.name} ({pair.name_events:,}): by "
            f"{' and '.join(pair.why)}; name {pair.by_name:.0%}{place}",
            markup=False,
            soft_wrap=True,
        )
    if not found.suggestions:
        output.print("nothing to suggest")
    mended = found.repairs
    output.rule("Mended on reading", align="left")
    output.print(
        f"of {mended['events']:,} events {mended['future']:,} had a time after their receipt, "
        f"{mended['doubled']:,} were logged twice, {mended['reordered']:,} came in out of order, "
        f"and {mended['nobodys']:,} belong to nobody who is known",
        soft_wrap=True,
    )
