"""The map as one page that opens anywhere: no script, nothing loaded from outside."""

from dataclasses import dataclass, field

from markupsafe import Markup

from journey.definitions.followed import Followed
from journey.definitions.form import Ask, Estimate, Map, MeasureFigures, Number
from journey.definitions.opening import Ran
from journey.definitions.plot import flow, strip
from journey.mining.page import percent
from journey.pages import environment

NOTHING = "–"  # noqa: RUF001 - the dash of tables
LISTED = 25
"""Journeys that a number opens to on the page; the API lists all."""
_WORDS = {"ended": "ended", "left": "left", "open": "open"}


@dataclass
class Opened:
    """The numbers on the page, and the journeys that each opens to."""

    ran: Ran
    marks: dict[Ask, tuple[str, str, Number]] = field(default_factory=dict)

    def link(self, number: Number | None, words: str, text: str | None = None) -> Markup:
        """Write a number as a link that opens it; 0 opens nothing."""
        shown = text if text is not None else f"{number.journeys:,}" if number else NOTHING
        if number is None or not number.journeys:
            return Markup("{}").format(shown)
        mark = self.marks.setdefault(number.ask, (f"n{len(self.marks)}", words, number))[0]
        return Markup('<a href="#{}" title="{}">{}</a>').format(mark, f"open: {words}", shown)

    def sections(self) -> list[dict[str, object]]:
        """Give each opened number with its first journeys."""
        first = self.ran.first_of(self.marks, LISTED)
        return [
            {
                "mark": mark,
                "words": words,
                "number": number,
                "journeys": [self._told(journey) for journey in first[ask]],
            }
            for ask, (mark, words, number) in self.marks.items()
        ]

    def _told(self, journey: Followed) -> dict[str, object]:
        titles = [stage.title for stage in self.ran.definition.stages]
        return {
            "ids": journey.journey_ids or [journey.id],
            "opened": journey.opened_at,
            "path": [titles[n] for n in journey.path],
            "how": str(journey.how),
            "contacts": len(journey.contact_ids),
        }


def render(ran: Ran, told: Map) -> str:
    """Give the page as HTML; all that comes from data is escaped.

    Parameters
    ----------
    ran : Ran
        The journeys.
    told : Map
        Their figures.
    """
    templates = environment(percent=percent, span=span, words=words)
    opened = Opened(ran)
    titles = {stage.id: stage.title for stage in told.stages} | _WORDS
    given = {"told": told, "open": opened, "titles": titles, "drawn": Markup(flow(told))}  # noqa: S704
    given |= {"mood": mood, "figure": figure, "gauge": gauge, "listed": LISTED}
    return templates.get_template("definitions/page.html.j2").render(given)


def words(code: str) -> str:
    """Write a code the way it is said."""
    return code.replace("_", " ")


def span(hours: float | None) -> str:
    """Write hours in the unit that people would use."""
    if hours is None:
        return NOTHING
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def mood(estimate: Estimate) -> Markup:
    """Draw and write a mood from -1 to 1."""
    if estimate.value is None:
        return Markup("{}").format(NOTHING)
    text = f"{estimate.value:+.2f}"
    return Markup('{} <span class="soft">{}</span>').format(
        Markup(strip(estimate, -1, 1, 0.0, f"mood {text}")),  # noqa: S704
        text,
    )


def figure(measure: MeasureFigures, value: float | None) -> str:
    """Write a value of a measure in its unit."""
    if value is None:
        return NOTHING
    if measure.unit == "share":
        return percent(value)
    return span(value) if measure.id == "hours" else f"{value:.2f}".rstrip("0").rstrip(".")


def gauge(measure: MeasureFigures) -> Markup:
    """Draw a measure on a scale that holds its interval and its limit."""
    estimate = measure.estimate
    limit = measure.at_least if measure.at_least is not None else measure.at_most
    if estimate.value is None:
        return Markup("")
    if measure.unit == "share":
        return Markup(strip(estimate, 0, 1, limit, measure.title))  # noqa: S704
    ends = [x for x in (estimate.low, estimate.high, estimate.value, limit, 0.0) if x is not None]
    return Markup(strip(estimate, min(ends), max(ends) * 1.1 or 1.0, limit, measure.title))  # noqa: S704
