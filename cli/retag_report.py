"""What a run that tags again would change, as people read it: in the terminal and as a page."""

from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from cli.console import output
from cli.telling import words
from domain.difference import Tally, What
from domain.retag import Retag
from domain.signal import SubjectKind
from journey.pages import environment

HERE = Path(__file__).parent
MOST = 20
"""Rows in the terminal; the page has all."""


def report(run: Retag, tallies: Sequence[Tally]) -> None:
    """Print where a run stands and what it would change."""
    output.print(
        f"[bold]{run.id}[/bold]  {run.state}, version {run.tagger}: {run.read:,} of "
        f"{run.total:,} conversations read again"
        + (f", {run.failed:,} could not be read" if run.failed else ""),
        soft_wrap=True,
    )
    differing = [tally for tally in tallies if tally.what is not What.SAME]
    if not differing:
        output.print("no statement changes")
        return
    output.print(_kinds(tallies))
    output.print(_labels(differing))
    if len(differing) > MOST:
        output.print(f"[dim]{len(differing) - MOST} more; --html FILE writes all[/dim]")


def by_kind(tallies: Sequence[Tally]) -> list[tuple[str, dict[What, int]]]:
    """Sum up by kind of statement and subject: how many differ in which way."""
    sums: dict[str, dict[What, int]] = {}
    for tally in tallies:
        row = sums.setdefault(f"{words(tally.kind)}, {tally.subject_kind}", dict.fromkeys(What, 0))
        row[tally.what] += tally.count
    return sorted(sums.items())


def seen(rows: Sequence[tuple[str, dict[What, int]]]) -> list[What]:
    """Give the ways in which any of them differs."""
    return [what for what in What if any(counts[what] for _, counts in rows)]


def head(what: What) -> str:
    """Write a way to differ as the head of a column."""
    return f"now {what}" if what in (What.SURE, What.UNSURE) else str(what)


def told(tally: Tally) -> str:
    """Write one difference the way people say it."""
    before, after = words(tally.before or "nothing"), words(tally.after or "nothing")
    ways = {
        What.SURE: f"{after}: now sure",
        What.UNSURE: f"{after}: now unsure",
        What.CHANGED: f"{after}: another value or sentence",
    }
    return ways.get(tally.what, f"{before} → {after}")


def write_page(path: Path, run: Retag, tallies: Sequence[Tally]) -> None:
    """Write all differences as a page that needs nothing from elsewhere."""
    page = environment(HERE).get_template("retag.html.j2")
    differing = [tally for tally in tallies if tally.what is not What.SAME]
    on = {
        subject: [tally for tally in differing if tally.subject_kind is subject]
        for subject in (SubjectKind.CONVERSATION, SubjectKind.TURN)
    }
    rows = by_kind(tallies)
    kinds = [(name, counts) for name, counts in rows if sum(counts.values()) > counts[What.SAME]]
    same = [(name, counts[What.SAME]) for name, counts in rows if (name, counts) not in kinds]
    say = {"told": told, "words": words, "head": head}
    text = page.render(run=run, kinds=kinds, same=same, ways=seen(kinds), on=on, **say)
    path.write_text(text, encoding="utf-8")
    output.print(f"{path} shows all of it", soft_wrap=True)


def _kinds(tallies: Sequence[Tally]) -> Table:
    rows = by_kind(tallies)
    ways = seen(rows)
    table = Table(box=None, pad_edge=False)
    table.add_column("what, about what")
    for what in ways:
        table.add_column(head(what), justify="right", no_wrap=True)
    for name, counts in rows:
        table.add_row(name, *(f"{counts[what]:,}" if counts[what] else "" for what in ways))
    return table


def _labels(differing: Sequence[Tally]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("times", justify="right")
    table.add_column("what")
    table.add_column("change, and where for example")
    for tally in differing[:MOST]:
        about = f"{words(tally.kind)}, {tally.subject_kind}"
        example = f"[dim]{tally.examples[0]}[/dim]"
        table.add_row(f"{tally.count:,}", about, f"{escape(told(tally))}\n{example}")
    return table
