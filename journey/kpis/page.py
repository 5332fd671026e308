"""The page of key figures: one file that opens anywhere."""

from collections.abc import Sequence

from markupsafe import Markup

from journey.kpis.form import Duration, Kpis, Part
from journey.measures import say
from journey.measures.ask import SHARES, Measure
from journey.measures.behind import Behind
from journey.measures.openings import render
from journey.measures.svg import Dot, bar, line, stairs, week_names

DAY = 86_400.0
COLUMNS = (*SHARES, Measure.SATISFACTION, Measure.EFFORT, Measure.TIME, Measure.COST)
DRAWN = (Measure.REPEAT, Measure.FIRST, Measure.CSAT, Measure.EFFORT)
"""What is drawn by week."""


def kpis_page(found: Kpis, contacts: Sequence[Behind]) -> str:
    """Write the page.

    Parameters
    ----------
    found : Kpis
    contacts : sequence of Behind
        That the numbers open to, the latest first.
    """
    given = {
        "found": found,
        "columns": COLUMNS,
        "drawn": {m: _weeks(found, m) for m in DRAWN},
        "curve": lambda of, told: _curve(of, told),
        "draw": lambda part, m: _draw(found, part, m),
        "cell": lambda part, m: say.value(m, part.figures[m].value, found.currency),
        "Measure": Measure,
    }
    return render("kpis/kpis.html.j2", contacts, given)


def _weeks(found: Kpis, measure: Measure) -> Markup:
    dots = []
    for point in found.weeks[measure]:
        figure = point.figure
        if figure.value is None:
            continue
        told = say.value(measure, figure.value, found.currency)
        title = f"week of {point.week:%-d %b}: {told} of {figure.known} known"
        low = figure.value if figure.low is None else figure.low
        high = figure.value if figure.high is None else figure.high
        dots.append(Dot(float(point.week.toordinal()), figure.value, low, high, title))
    weeks = [p.week for p in found.weeks[measure] if p.figure.value is not None]
    label = f"{say.HEADS[measure]} by week"
    return line(dots, label, percent=measure in SHARES, names=week_names(weeks))


def _curve(of: Duration, told: str) -> Markup:
    return stairs(of.steps, told, DAY, "days")


def _draw(found: Kpis, part: Part, measure: Measure) -> Markup:
    figure, whole = part.figures[measure], found.whole.figures[measure]
    ends = [p.figures[measure].high or 0.0 for p in found.parts]
    told = f"{part.label}: {say.value(measure, figure.value, found.currency)}"
    top = max([*ends, 0.1])
    return bar(figure.value, figure.low, figure.high, (0.0, top), told, whole.value)
