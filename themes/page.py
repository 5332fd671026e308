"""A theme report as one HTML page that needs nothing else: no script, no font, no network."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from domain.outcome import OutcomeState
from domain.theme import Theme
from domain.theme_figures import MEANS, SHARES, Behind, Measure, Period
from themes import page_words as words
from themes.page_openings import Openings, class_of, known
from themes.page_svg import interval_bar, trend_line
from themes.report_form import Figure, Report, Row, Trend

LISTED = 3_000
"""Contacts that stand on a page, the latest: some hundred bytes each."""


def page(report: Report, themes: Mapping[str, Theme], contacts: Sequence[Behind]) -> str:
    """Write the page.

    Parameters
    ----------
    report : Report
    themes : mapping
        All that ever were, by id: for the names in the ledger.
    contacts : sequence of Behind
        Of the period and the time before, the latest first; ``LISTED`` at most.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    named = dict.fromkeys([row.theme_id for row in report.rows]) | dict.fromkeys(themes)
    places = {theme_id: place for place, theme_id in enumerate(named)}
    openings = Openings(contacts, places, report.trend.points, _times(report))
    labels = {id_: theme.label for id_, theme in themes.items()}
    return environment.get_template("page.html.j2").render(
        report=report,
        rows=report.rows,
        leaders={row.theme_id: row.label for row in report.rows},
        labels=labels,
        here={contact.conversation_id for contact in contacts},
        contacts=list(zip(contacts, openings.classes, strict=True)),
        findings=words.findings(report),
        w=words,
        measures=(*SHARES, *MEANS),
        draw=_Drawer(report, openings),
        listed=sum("now" in classes for classes in openings.classes),
        open=openings,
        Measure=Measure,
        State=OutcomeState,
    )


class _Drawer:
    """Numbers as links and pictures."""

    def __init__(self, report: Report, openings: Openings) -> None:
        self.report, self.openings = report, openings
        self.tops = {measure: self._top(measure) for measure in (*SHARES, *MEANS)}

    def link(self, text: str, said: str, path: str, *classes: str, time: str = "now") -> Markup:
        """Open contacts that have all of some classes."""
        return self.openings.link(text, said, path, *((c,) for c in classes), time=time)

    def of(self, row: Row | None) -> tuple[str, ...]:
        """Give the class of a theme's contacts; of all contacts where there is none."""
        return ("now",) if row is None else (f"t{self.openings.places[row.theme_id]}",)

    def theme(self, theme_id: str, text: str, said: str, path: str, time: str = "now") -> Markup:
        """Open the contacts of a theme, of the period or of a time before."""
        place = self.openings.places[theme_id]
        return self.openings.link(text, said, path, (f"t{place}",), time=time)

    def family(self, row: Row) -> Markup:
        """Open the contacts of a theme and its sub-themes."""
        places = self.openings.places
        own = [r for r in self.report.rows if row.theme_id in (r.theme_id, r.parent_id)]
        classes = tuple(f"t{places[r.theme_id]}" for r in own)
        said = f"{row.label} and its sub-themes"
        return self.openings.link(f"{row.family:,}", said, row.opens["family"], classes)

    def known(self, row: Row | None, figure: Figure, text: str) -> Markup:
        """Open the contacts of which a figure is known."""
        said = f"{_name(row)}: {words.HEADS[figure.measure].lower()} is known"
        return self.openings.link(
            text, said, figure.opens["known"], self.of(row), known(figure.measure)
        )

    def state(self, row: Row | None, figure: Figure, state: OutcomeState, text: str) -> Markup:
        """Open the contacts of which a figure is yes, no or open."""
        said = f"{_name(row)}: {words.HEADS[figure.measure].lower()}, {state}"
        classes = (class_of(figure.measure, state),)
        return self.openings.link(text, said, figure.opens[state], self.of(row), classes)

    def elsewhere(self, row: Row, figure: Figure) -> Markup:
        """Open all other contacts of which a figure is known."""
        said = f"all but {_name(row)}: {words.HEADS[figure.measure].lower()} is known"
        text = words.value(figure, figure.elsewhere)
        return self.openings.link(
            text, said, figure.opens["elsewhere"], known(figure.measure), never=self.of(row)
        )

    def trend(self, trend: Trend, name: str) -> Markup:
        """Draw a trend."""
        counts = ", ".join(str(point.contacts) for point in trend.points)
        unit = "week" if self.report.step_days > 1 else "day"
        return Markup(trend_line(trend.points, f"{name}: contacts by {unit}: {counts}"))  # noqa: S704

    def bar(self, figure: Figure) -> Markup:
        """Draw a figure with its interval and where all others stand."""
        label = (
            f"{words.value(figure, figure.estimate.value)}, interval {words.interval(figure)}, "
            f"elsewhere {words.value(figure, figure.elsewhere)}"
        )
        ends = self.tops[figure.measure]
        return Markup(interval_bar(figure.estimate, figure.elsewhere, ends, label))  # noqa: S704

    def _top(self, measure: Measure) -> tuple[float, float]:
        if measure is Measure.SENTIMENT:
            return -1.0, 1.0
        highs = [
            figure.estimate.high or 0.0
            for row in self.report.rows
            for figure in row.figures
            if figure.measure is measure
        ]
        return 0.0, max([*highs, 0.1 if measure in SHARES else 10.0])


def _times(report: Report) -> dict[str, Period]:
    period, past = report.scope.period, report.changes.past
    times = {"now": period, "before": period.before()}
    return times if past is None else times | {"past": past}


def _name(row: Row | None) -> str:
    return "all contacts" if row is None else row.label
