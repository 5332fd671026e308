"""A discovery as one HTML page that needs nothing else: no script, no font, no network."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.interval import wilson
from themes.assign import Assignment, State
from themes.model import Theme, ThemeModel

_STABLE, _SHAKY = 0.75, 0.5
"""Hennig's (2007) marks for the Jaccard overlap of a group with its refits."""
_REST = 8
_UNKNOWN = (0.0, 1.0)
"""A share of nothing can be anything."""


@dataclass(frozen=True)
class Row:
    """One theme on the page; shares are 0 to 1 of all texts, the interval is 95 %."""

    theme: Theme
    count: int
    near: int
    share: float
    low: float
    high: float

    @property
    def firmness(self) -> str:
        """How far to trust that the theme is there."""
        if self.theme.stability >= _STABLE:
            return "stable"
        return "fair" if self.theme.stability >= _SHAKY else "loose"


def page(model: ThemeModel, texts: Sequence[str], found: Assignment, title: str) -> str:
    """Write the report.

    Parameters
    ----------
    model : ThemeModel
    texts : sequence of str
        All that were assigned, redacted; N of them.
    found : Assignment
        Of these texts.
    title : str
        Shown on top, such as the file's name.
    """
    states = found.states
    rows = _rows(model, found, states)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rest = [text for text, state in zip(texts, states, strict=True) if state is State.NONE]
    return environment.get_template("page_discovery.html.j2").render(
        title=title,
        total=len(texts),
        states=Counter(str(state) for state in states),
        rows=rows,
        widest=max((row.high for row in rows), default=1.0),
        stability=model.stability,
        families=_families(rows),
        rest=list(dict.fromkeys(rest))[:_REST],
    )


def _rows(model: ThemeModel, found: Assignment, states: Sequence[State]) -> list[Row]:
    counts = Counter(zip(found.themes.tolist(), states, strict=True))
    rows = []
    for place, theme in enumerate(model.themes):
        count = counts[place, State.ASSIGNED]
        low, high = wilson(count, len(states)) or _UNKNOWN
        share = count / max(len(states), 1)
        rows.append(Row(theme, count, counts[place, State.NEAR], share, low, high))
    return sorted(rows, key=lambda row: (-row.count, row.theme.id))


def _families(rows: Sequence[Row]) -> list[tuple[str, int, list[Row]]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.theme.parent:
            found.setdefault(row.theme.parent, []).append(row)
    named = [(name, sum(row.count for row in own), own) for name, own in found.items()]
    return sorted(named, key=lambda family: -family[1])
