"""Numbers and findings in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.theme_figures import SHARES, Happening, Measure
from themes.changes import Shift, Way
from themes.report import excess
from themes.report_form import Figure, Mark, Report, Row
from themes.trend import Slope

MOST_FINDINGS = 5
HEADS = {
    Measure.REPEAT_CONTACT: "Came back",
    Measure.REOPENED: "Reopened",
    Measure.ESCALATED: "Escalated",
    Measure.RESOLVED: "Resolved",
    Measure.SENTIMENT: "Mood",
    Measure.EFFORT: "Effort",
}
_SAID = {
    Measure.REPEAT_CONTACT: "came back about the same issue",
    Measure.REOPENED: "were opened again after they had been settled",
    Measure.ESCALATED: "were escalated",
    Measure.RESOLVED: "were resolved",
}


@dataclass(frozen=True)
class Finding:
    """One thing to look at: the row or shift it is about, and how many contacts it concerns."""

    row: Row | None
    figure: Figure | None
    shift: Shift | None
    weight: float


def findings(report: Report) -> list[Finding]:
    """Give what to look at first: most contacts beyond what would be usual, first."""
    rows = {row.theme_id: row for row in report.rows}
    found = [
        Finding(row, figure, None, excess(figure))
        for row in report.rows
        for figure in row.figures
        if excess(figure)
    ]
    found += [
        Finding(rows.get(s.theme_id), None, s, s.contacts - s.expected)
        for s in report.changes.shifts
        if s.way in (Way.NEW, Way.GROWING)
    ]
    return sorted(found, key=lambda f: -f.weight)[:MOST_FINDINGS]


def vague(label: str) -> bool:
    """Tell whether a name says that it covers little: then an example stands beside it."""
    return "mixed" in label.lower()


def said(measure: Measure, window_hours: float) -> str:
    """Say what came of contacts."""
    if measure is Measure.REPEAT_CONTACT:
        return f"{_SAID[measure]} within {span(window_hours)}"
    return _SAID[measure]


def span(hours: float) -> str:
    """Say hours as people do."""
    if hours % 24 == 0:
        return f"{hours / 24:.0f} days" if hours > 24 else "24 hours"
    return f"{hours:g} hours"


def percent(share: float | None) -> str:
    """Write a share: ``56 %``, ``4.5 %``."""
    if share is None:
        return "-"
    return f"{share * 100:.1f} %" if 0 < share < 0.0995 else f"{share * 100:.0f} %"


def value(figure: Figure, number: float | None) -> str:
    """Write a value in the unit of its measure."""
    if number is None:
        return "-"
    if figure.measure in SHARES:
        return percent(number)
    return f"{number:+.2f}" if figure.measure is Measure.SENTIMENT else f"{number:.0f}"


def interval(figure: Figure) -> str:
    """Write the ends of an interval."""
    low, high = figure.estimate.low, figure.estimate.high
    if low is None or high is None:
        return ""
    if figure.measure in SHARES:
        return f"{low * 100:.0f} to {high * 100:.0f}"
    if figure.measure is Measure.SENTIMENT:
        return f"{low:+.2f} to {high:+.2f}"
    return f"{low:.0f} to {high:.0f}"


def worse(figure: Figure) -> bool:
    """Tell whether a marked figure is a bad sign."""
    good = figure.measure in (Measure.RESOLVED, Measure.SENTIMENT)
    return figure.mark is (Mark.LOWER if good else Mark.HIGHER)


def growth(slope: Slope | None, step_days: int) -> str:
    """Say how fast a number grows; nothing where there is too little to tell."""
    if slope is None:
        return ""
    unit = "week" if step_days > 1 else "day"
    ends = f"({(slope.low - 1) * 100:+.0f} to {(slope.high - 1) * 100:+.0f})"
    return f"{(slope.factor - 1) * 100:+.0f} % a {unit} {ends}"


def since(shift: Shift) -> str:
    """Say when a change began."""
    first, last = f"{shift.since_first:%-d %B}", f"{shift.since_last:%-d %B}"
    return f"on {first}" if first == last else f"between {first} and {last}"


def events(before: Sequence[Happening]) -> str:
    """Name what came before."""
    return "; ".join(
        f"{h.name.replace('_', ' ')}{f' ({h.told})' if h.told else ''} on {h.day:%-d %B}"
        f"{f', {h.events:,} events' if h.events > 1 else ''}"
        for h in before
    )
