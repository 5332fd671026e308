"""Results of analyses as people read them in a terminal."""

from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from cli.console import output
from journey.change.form import BeforeAfter, Difference, Verdict
from journey.drivers.form import AvoidableContacts, Drivers, Mark
from journey.kpis.form import Kpis
from journey.measures import say
from journey.measures.ask import Measure
from journey.measures.sums import Figure

SHOWN = 20
FIGURES = {
    Measure.FIRST: "first",
    Measure.REPEAT: "again",
    Measure.ESCALATED: "up",
    Measure.CSAT: "csat",
    Measure.TIME: "half in",
    Measure.EFFORT: "effort",
    Measure.COST: "cost",
}
"""Of the parts of a cut, with short names."""
_SAID = {
    Verdict.FEWER: "Fewer customers come back than before, by more than chance.",
    Verdict.MORE: "More customers come back than before, by more than chance.",
    Verdict.UNCLEAR: "It cannot be said that the change made a difference.",
    Verdict.NOTHING: "There is nothing to compare: no need and channel is known on both sides.",
}


def drivers(found: Drivers) -> None:
    """Print the drivers that come first."""
    output.rule(f"Drivers of repeat contact, {say.period(found.ask)}", align="left")
    output.print(f"{found.contacts:,} contacts of {found.people:,} people; {_came(found.rate)}.")
    shown = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("what", max_width=max(output.width - 48, 14))
    for name in ("came back", "usual", "times usual", "avoidable"):
        shown.add_column(name, justify="right", no_wrap=True)
    for row in found.rows[:SHOWN]:
        sign = {Mark.HIGHER: "▲", Mark.LOWER: "▼", None: " "}[row.mark]
        lift = f"{row.lift.value:.2f}{sign}" if row.lift else "too few"
        more = say.number(row.avoidable.value) if row.avoidable else ""
        rate = f"{row.rate.yes} of {row.rate.known}"
        shown.add_row(escape(row.label), rate, say.percent(row.usual), lift, more)
    output.print(shown)
    if len(found.rows) > SHOWN:
        output.print(f"and {len(found.rows) - SHOWN} more: --html, --csv, --json, --parquet FILE")
    output.print(
        f"▲ more, ▼ fewer than usual beyond chance: {found.marked} of {found.compared} "
        "comparisons, adjusted for need, channel, time and brand. Association, not cause: read "
        "some of the conversations. The page opens every number: --html FILE"
    )


def avoidable(found: AvoidableContacts, most: int = 10) -> None:
    """Print what costs most, and who can decide."""
    output.rule(f"Avoidable contacts, {say.period(found.ask)}", align="left")
    output.print(f"{found.contacts:,} contacts of {found.people:,} people; {_came(found.rate)}.")
    if not found.rows:
        output.print("No contact whose need is known was followed by another about the same issue.")
        return
    shown = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("need and channel", max_width=max(output.width - 59, 16))
    for name in ("came back", "usual", "cost", "avoidable", "saved"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("decision", no_wrap=True)
    for row in found.rows[:most]:
        d = row.driver
        sure = "▲" if d.mark is Mark.HIGHER else " "
        more = max(d.avoidable.value, 0.0) if d.avoidable else None
        avoided = "too few" if more is None else say.number(more)
        saved = say.money(max(row.saved.value, 0.0), "") if row.saved else ""
        cost = say.money(row.cost, "")
        rate = f"{d.rate.yes} of {d.rate.known}"
        decision = row.decision.value if row.by_signal else f"{row.decision.value}?"
        shown.add_row(
            escape(d.label), rate, say.percent(d.usual), cost, f"{avoided}{sure}", saved, decision
        )
    output.print(shown)
    output.print(
        f"In {found.currency}. Brought to the usual rate: {say.number(found.avoidable)} contacts "
        f"and {say.money(found.saved, found.currency)} less; beyond chance (▲) "
        f"{say.number(found.sure_avoidable)} and {say.money(found.sure_saved, found.currency)}. "
        "A decision with ? is the usual one for the need: no signal of these contacts stands out. "
        "Association, not cause. Five conversations for each line: --html FILE"
    )
    for row in found.rows[:1]:
        output.print(f"To read first, {escape(row.driver.label)}:")
        for quote in row.quotes:
            told = f"{quote.conversation_id}  {escape(quote.text or 'not read yet')}"
            output.print(Padding(told, (0, 0, 0, 2), expand=False))


def kpis(found: Kpis) -> None:
    """Print the key figures, of all and of each part."""
    size = found.whole.size
    output.rule(f"How well support does, {say.period(found.ask)}", align="left")
    output.print(
        f"{size.contacts:,} contacts of {size.people:,} people on {size.journeys:,} journeys, "
        f"with {size.events:,} other events."
    )
    shown = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("")
    for name in ("value", "95 % interval", "of", "too early"):
        shown.add_column(name, justify="right", no_wrap=True)
    for measure, figure in found.whole.figures.items():
        value = say.value(measure, figure.value, found.currency)
        ends = say.ends(measure, figure, found.currency)
        known = f"{figure.yes} of {figure.known}" if figure.yes is not None else f"{figure.known}"
        shown.add_row(say.HEADS[measure], value, ends, known, f"{figure.open}")
    output.print(shown)
    if found.parts:
        output.print(_parts(found))
        output.print(
            "first: settled at the first contact; again: came back; up: escalated; csat: rated 4 "
            f"or 5; half in: half resolved within; cost of a journey in {found.currency}"
        )
    for milestone in found.milestones:
        half = milestone.duration.median_s if milestone.duration else None
        told = f"; half within {say.span(half)}" if half is not None else ""
        output.print(f"{say.code(milestone.name)}: {milestone.why}{told}")


def before_after(found: BeforeAfter) -> None:
    """Print what a change did."""
    output.rule(f"Before and after {found.day:%-d %B %Y}", align="left")
    output.print(f"[bold]{_SAID[found.verdict]}[/bold]")
    for name, side in (("before", found.before), ("after", found.after)):
        output.print(
            f"{name:6}  {side.first} to {side.last}: {say.percent(side.rate.value)} "
            f"({side.rate.yes} of {side.contacts} contacts of {side.people} people) came back; "
            f"{side.unmatched} left out"
        )
    if found.difference:
        output.print(f"difference, same needs and channels: {_ends(found.difference)}")
    if found.control and found.beyond_control:
        output.print(f"all other contacts moved by {_ends(found.control)}")
        output.print(f"beyond that: {_ends(found.beyond_control)}")
    if found.placebos:
        output.print(
            f"{found.as_large} of {len(found.placebos)} earlier dates without a change show as much"
        )
    else:
        output.print("there are too few weeks before the change to try earlier dates")
    output.print(f"{found.too_early} contacts of the days after: too early to say")


def _came(rate: Figure) -> str:
    ends = f" ({say.ends(Measure.REPEAT, rate)} %)" if rate.low is not None else ""
    return (
        f"{say.percent(rate.value)}{ends} of {rate.known:,} came back, "
        f"{rate.open:,} too early to say"
    )


def _parts(found: Kpis) -> Table:
    shown = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column(found.cut.value if found.cut else "", overflow="fold")
    shown.add_column("n", justify="right", no_wrap=True)
    for name in FIGURES.values():
        shown.add_column(name, justify="right", no_wrap=True)
    for part in found.parts[:SHOWN]:
        cells = [say.value(m, part.figures[m].value) for m in FIGURES]
        shown.add_row(escape(part.label), f"{part.size.contacts:,}", *cells)
    return shown


def _ends(found: Difference) -> str:
    low, high = say.points(found.low), say.points(found.high)
    return f"{say.points(found.value)} points ({low} to {high})"
