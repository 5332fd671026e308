"""The before-and-after page: one file that opens anywhere."""

from collections.abc import Sequence

from markupsafe import Markup

from journey.change.form import BeforeAfter, Difference, Stratum
from journey.measures import say
from journey.measures.ask import Measure
from journey.measures.behind import Behind
from journey.measures.openings import render
from journey.measures.svg import Dot, bar, dots_in_row, line, week_names

SHOWN = 25
"""Needs x channels on the page."""


def change_page(found: BeforeAfter, contacts: Sequence[Behind]) -> str:
    """Write the page.

    Parameters
    ----------
    found : BeforeAfter
    contacts : sequence of Behind
        That the numbers open to, the latest first.
    """
    given = {
        "found": found,
        "strata": found.strata[:SHOWN],
        "weeks": _weeks(found),
        "placebos": _placebos(found),
        "draw": _draw,
    }
    return render("change/change.html.j2", contacts, given)


def _weeks(found: BeforeAfter) -> Markup:
    dots = []
    for point in found.weeks:
        figure = point.figure
        if figure.value is None:
            continue
        told = say.value(Measure.REPEAT, figure.value)
        title = f"week of {point.week:%-d %b}: {told} of {figure.known} known"
        ends = (figure.low or 0.0, figure.high or figure.value)
        dots.append(Dot(float(point.week.toordinal()), figure.value, *ends, title))
    weeks = [p.week for p in found.weeks if p.figure.value is not None]
    marks = [(float(found.day.toordinal()), "the change")]
    return line(dots, "Came back, by week", percent=True, marks=marks, names=week_names(weeks))


def _placebos(found: BeforeAfter) -> Markup:
    if found.difference is None:
        return Markup("")
    rows = [_dot(found.difference, f"{found.day:%-d %b %Y}", strong=True)]
    rows += [_dot(p.difference, f"{p.day:%-d %b %Y}") for p in found.placebos]
    return dots_in_row(rows, "The difference at the change and at placebo dates")


def _dot(of: Difference, title: str, *, strong: bool = False) -> Dot:
    return Dot(0.0, of.value, of.low, of.high, title, strong)


def _draw(row: Stratum) -> Markup:
    after = row.after
    told = f"{row.need}, {row.channel}: {say.percent(after.value)} after"
    return bar(after.value, after.low, after.high, (0.0, 1.0), told, row.before.value)
