"""A map on the terminal."""

from rich.markup import escape
from rich.table import Table

from cli.console import output
from journey.definitions.form import Map, MeasureFigures
from journey.definitions.page import NOTHING, figure, span
from journey.mining.page import percent

COLOURS = {"held": "green", "broken": "red", "unsure": "yellow"}
SHOWN = 8


def show_map(told: Map) -> None:
    """Print the stages, the measures and what hurts."""
    output.rule(f"{escape(told.title)}", align="left")
    if not told.journeys.journeys:
        output.print("no journey begins here: look at the start rule, or choose another period")
        return
    closed = ", ".join(f"{number.journeys:,} {how}" for how, number in told.closed.items())
    output.print(
        f"{told.journeys.journeys:,} journeys of {told.people:,} customers with "
        f"{told.contacts:,} contacts: {closed}. Known up to {told.as_of:%Y-%m-%d %H:%M} UTC."
    )
    output.print(_stages(told))
    output.rule("Is it good enough?", align="left")
    output.print(_measures(told))
    output.rule("Where it hurts", align="left")
    _pains(told)
    output.print("[dim]the page opens every number: --html FILE[/dim]")


def _stages(told: Map) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("stage", no_wrap=True)
    for name in ("journeys", "of all", "contacts", "mood", "half stay", "left here", "back"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    top = max(stage.reached.journeys for stage in told.stages) or 1
    for stage in told.stages:
        mood = NOTHING if stage.mood.value is None else f"{stage.mood.value:+.2f}"
        bar = "█" * round(20 * stage.reached.journeys / top)
        table.add_row(
            escape(stage.title),
            f"{stage.reached.journeys:,}",
            percent(stage.share.value or 0.0),
            f"{stage.contacts:,}",
            mood,
            span(stage.hours),
            f"{stage.exits.journeys:,}",
            f"{stage.back.journeys:,}",
            f"[cyan]{bar}[/cyan]",
        )
    return table


def _measures(told: Map) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("measure", "now", "95% interval", "limit", "stands"):
        table.add_column(name, no_wrap=True)
    for one in told.measures:
        e = one.estimate
        ends = NOTHING if e.low is None else f"{figure(one, e.low)} to {figure(one, e.high)}"
        colour = COLOURS.get(str(one.standing), "default")
        stands = f"[{colour}]{one.standing or NOTHING}[/{colour}]"
        few = " [yellow]few[/yellow]" if e.few else ""
        table.add_row(escape(one.title) + few, figure(one, e.value), ends, _limit(one), stands)
    return table


def _limit(one: MeasureFigures) -> str:
    if one.at_most is not None:
        return f"at most {figure(one, one.at_most)}"
    return NOTHING if one.at_least is None else f"at least {figure(one, one.at_least)}"


def _pains(told: Map) -> None:
    titles = {stage.id: stage.title for stage in told.stages}
    worse = [pain for pain in told.pains if pain.stands_out or pain.excess > 0]
    for pain in worse[:SHOWN]:
        mark = "[red]stands out[/red]" if pain.stands_out else ""
        there = NOTHING if pain.elsewhere is None else percent(pain.elsewhere)
        output.print(
            f"{escape(titles[pain.stage])}: {pain.behind.journeys:,} {pain.words}, "
            f"{percent(pain.share.value or 0.0)} where elsewhere {there} {mark}"
        )
    if not worse:
        output.print("no sign is more frequent in one stage than in the others")
