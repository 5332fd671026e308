"""How every number of the theme page opens, without a script.

All contacts stand once on the page, each with classes for its themes, outcomes and times. A
number is a link to a mark of its own; while that mark is the target, style rules show the list
and hide the contacts in it that do not belong to the number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from domain.outcome import OutcomeState
from domain.theme import AssignmentState
from domain.theme_figures import SHARES, Behind, Measure, Period
from themes.trend import Point


@dataclass(frozen=True)
class Mark:
    """One number, opened.

    Attributes
    ----------
    here : int
        Contacts of it that stand on the page.
    path : str
        Where the API lists all of them.
    """

    id: str
    words: str
    show: str
    here: int
    path: str


@dataclass
class Openings:
    """The contacts on the page, and the numbers that open to them.

    Attributes
    ----------
    contacts : sequence of Behind
    places : dict of str to int
        Place of each theme, for short class names.
    steps : sequence of Point
        Of all contacts.
    times : dict of str to Period
        By class: the period, and those before it that numbers tell of.
    """

    contacts: Sequence[Behind]
    places: dict[str, int]
    steps: Sequence[Point]
    times: dict[str, Period]
    marks: dict[tuple[str, str], Mark] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Classify the contacts."""
        self.classes = [frozenset(self._classes(contact)) for contact in self.contacts]

    def link(
        self,
        text: str,
        words: str,
        path: str,
        *must: Iterable[str],
        never: Iterable[str] = (),
        time: str = "now",
    ) -> Markup:
        """Write a number as a link that opens it.

        Parameters
        ----------
        words : str
            What the contacts are.
        path : str
            Where the API lists them.
        must : iterables of str
            Of each, a contact has at least one class.
        never : iterable of str
            Classes that it has none of.
        time : str
            One of ``times``.
        """
        either = [(time,), *(tuple(one) for one in must)]
        none = tuple(never)
        show = "".join(f":is({','.join('.' + c for c in one)})" for one in either)
        show += "".join(f":not(.{c})" for c in none)
        mark = self.marks.get((words, path))
        if mark is None:
            here = sum(
                all(any(c in mine for c in one) for one in either)
                and not any(c in mine for c in none)
                for mine in self.classes
            )
            mark = Mark(f"n{len(self.marks)}", words, show, here, path)
            self.marks[words, path] = mark
        return Markup('<a href="#{}" aria-label="{}">{}</a>').format(
            mark.id, f"{text}: {words}, open", text
        )

    @property
    def rules(self) -> Markup:
        """Give the style rules; each hides what does not belong to one number."""
        marks = self.marks.values()
        return Markup(  # noqa: S704 - made of class names alone
            "\n".join(
                f"body:has(#{mark.id}:target) .k:not({mark.show}){{display:none}}" for mark in marks
            )
        )

    def _classes(self, contact: Behind) -> Iterable[str]:
        yield contact.standing
        yield f"c-{contact.channel}"
        for theme in contact.themes():
            yield f"t{self.places.get(theme, 'x')}"
        for theme in contact.themes(AssignmentState.NEAR) - contact.themes():
            yield f"l{self.places.get(theme, 'x')}"
        for measure, state in contact.outcomes.items():
            yield class_of(measure, state)
        if contact.sentiment is not None:
            yield "mood"
        if contact.journey_ids:
            yield "jny"
        day = contact.started_at.date()
        for time, period in self.times.items():
            if period.first <= day <= period.last:
                yield time
        for place, step in enumerate(self.steps):
            if step.first <= day <= step.last:
                yield f"d{place}"


def class_of(measure: Measure, state: OutcomeState) -> str:
    """Name the contacts with an outcome."""
    return f"{measure}-{state}"


def known(measure: Measure) -> tuple[str, ...]:
    """Name the contacts of which a measure is known."""
    if measure in SHARES:
        return (class_of(measure, OutcomeState.YES), class_of(measure, OutcomeState.NO))
    return ("mood",) if measure is Measure.SENTIMENT else ("jny",)
